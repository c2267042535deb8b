import type { Cells } from "../../workloads/results/cells";
import type { Source } from "../compare/sources";
import type { MissingFaults } from "../faults/missing";
import { serversLines, type ServersLine, type TimeUntil } from "../faults/servers";
import type { Summary } from "../statistics/summary";
import { withNever } from "./shownFigures";
import { inWords } from "./summary";

/** What users of a control plane saw of faults, for people. */
export interface ShownServers extends Cells {
  readonly explanation: string;
}

/** What users of a control plane saw of each fault; undefined where none was made while servers were asked for. */
export function shownServers({ table }: Source): ShownServers | undefined {
  const { lines, missing } = serversLines(table.rows, table.parameters);
  if (lines.length === 0) return undefined;
  return { explanation: `${explanation}${missingInWords(missing)}`, head, rows: lines.map(row) };
}

/** Faults that have no line. */
function missingInWords(missing: readonly MissingFaults[]): string {
  const items = missing.map(({ of, faults }) => {
    const told = faults.join("; ") || "some faults";
    return of === "" ? told : `${of}: ${told}`;
  });
  return items.length === 0 ? "" : ` Of these faults there is no figure: ${items.join(". ")}.`;
}

/** What stands above the table of what users of a control plane saw. */
const explanation =
  "One thing was broken at a time, while servers and tokens were asked for at a steady rate. Counts are of all repetitions that were measured. " +
  "Refused are those without an answer, too; lost are servers that were accepted and were neither ACTIVE nor in ERROR in the end. " +
  "Until ACTIVE there are medians, of what was asked for before the fault, while it lasted and after it. Well again is the first request from which on all " +
  "ended well, from the fault's start: 0 where all did, and – where nothing was asked for from then on. Nova takes a service that is silent for up for a minute: heard of is when all had said that they live since the fault's end.";

const head = [
  "",
  "fault",
  "workload",
  "n",
  "not measured",
  "servers asked",
  "refused",
  "in ERROR",
  "lost",
  "ACTIVE s, before",
  "during",
  "after",
  "servers well again s",
  "tokens asked",
  "refused",
  "tokens well again s",
  "Nova's services down, most",
  "all up s",
  "all heard of s",
];

function row({ servers, tokens, novaServices: nova, ...line }: ServersLine): string[] {
  return [
    line.of,
    line.fault,
    line.workload,
    ...[line.repetitions, line.failed].map(String),
    ...[servers.asked, servers.refused, servers.error, servers.lost].map(String),
    ...[servers.before, servers.during, servers.after].map(shown),
    until(servers.back),
    ...[tokens.asked, tokens.refused].map(String),
    until(tokens.back),
    ...(nova ? [String(nova.downMost), until(nova.up), until(nova.heard)] : ["–", "–", "–"]),
  ];
}

function shown(summary: Summary | undefined): string {
  return summary ? inWords(summary) : "–";
}

function until({ seconds, ...awaited }: TimeUntil): string {
  return withNever(seconds && inWords(seconds), awaited);
}
