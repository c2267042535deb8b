import type { Journal } from "../journal";
import { describePoint } from "../points";
import type { Json } from "../schema";
import { nextStep, type Outcome, type Trial, type Vote } from "./bisect";
import type { Saturated } from "./judge";
import { scaleOf } from "./scale";

/** What a search came to for one of the campaign's points. */
export interface FoundLimit {
  readonly base: Readonly<Record<string, Json>>;
  readonly outcome:
    Outcome | { readonly kind: "unfinished" } | { readonly kind: "broken"; readonly why: string };
  /** Why the value at which it fails does, in words, those that differ only in numbers once. */
  readonly reasons: readonly string[];
  /** What was at its limit in those measurements; what was found may be its limit, and not the bus's. */
  readonly saturated: readonly Saturated[];
}

/** What was measured for one of a search's points. `broken`: why it can't be gone on with. */
export function trialsOf(
  { cells }: Pick<Journal, "cells">,
  base: number,
): { readonly trials: readonly Trial[]; readonly broken?: string } {
  const own = cells.flatMap(({ search }) => (search?.base === base ? [search] : []));
  const trials = own.flatMap(({ value, verdict }) =>
    verdict?.holds === undefined ? [] : [{ value, holds: verdict.holds }],
  );
  const failed = own.find(({ verdict }) => verdict !== undefined && verdict.holds === undefined);
  return failed ? { trials, broken: failed.verdict?.reasons.join("; ") ?? "" } : { trials };
}

/** What a campaign's search has found so far; nothing for a campaign without one. */
export function outcomesOf(journal: Journal): FoundLimit[] {
  const { bases = [], definition } = journal;
  const { search } = definition;
  if (!search) return [];
  return bases.map((values, base) => {
    const { trials, broken } = trialsOf(journal, base);
    if (broken !== undefined)
      return { base: values, outcome: { kind: "broken", why: broken }, reasons: [], saturated: [] };
    const step = nextStep(scaleOf(search), trials, definition.repetitions);
    if (step.kind === "measure")
      return { base: values, outcome: { kind: "unfinished" }, reasons: [], saturated: [] };
    const { outcome } = step;
    const failing = outcome.kind === "beyond" ? undefined : outcome.fails.value;
    const verdicts = journal.cells.flatMap(({ search: of }) =>
      of?.base === base && of.value === failing && of.verdict ? [of.verdict] : [],
    );
    const kinds = new Map(
      verdicts.flatMap(({ reasons }) => reasons.map((reason) => [reason.replace(/\d[\d.]*/g, "#"), reason])),
    );
    const saturated = [...new Set(verdicts.flatMap(({ saturated: what }) => what ?? []))];
    return { base: values, outcome, reasons: [...kinds.values()], saturated };
  });
}

/** `bus rabbitmq: workloads[0].rate 400/s holds (3 of 3), 420/s does not (0 of 2): latency_p99_ms is 140, above 100`. */
export function outcomeInWords(found: FoundLimit, { definition }: Pick<Journal, "definition">): string {
  const { search, labels } = definition;
  if (!search) throw new Error("the campaign has no search");
  const { outcome, reasons, saturated } = found;
  const scale = scaleOf(search);
  const what = labels[search.path] ?? search.path;
  const at = ({ value, held, of }: Vote) => `${scale.write(value)} (${held} of ${of})`;
  const why = reasons.length > 0 ? `: ${reasons.join("; ")}` : "";
  const limit = saturated.length > 0 ? `. ${limitInWords(saturated)}: the bus itself may hold more` : "";
  const where = Object.keys(found.base).length > 0 ? `${describePoint(found.base, labels)}: ` : "";
  switch (outcome.kind) {
    case "limit":
      return `${where}${what} holds at ${at(outcome.holds)} and no longer at ${at(outcome.fails)}${why}${limit}`;
    case "beyond":
      return `${where}${what} still holds at ${at(outcome.holds)}, where the search ends: the limit is beyond`;
    case "never":
      return `${where}${what} does not even hold at ${at(outcome.fails)}, where the search begins${why}${limit}`;
    case "broken":
      return `${where}${what} could not be searched: ${outcome.why}`;
    case "unfinished":
      return `${where}${what}: the search is not at its end`;
  }
}

const subjects: Readonly<Record<Saturated, string>> = {
  "load generator": "load generator",
  machine: "machine",
  host: "busiest host",
  hosts: "hosts, taken together,",
};

/** `The load generator and the busiest host were at their limits there`. */
function limitInWords(saturated: readonly Saturated[]): string {
  const several = saturated.length > 1 || saturated.includes("hosts");
  const names = saturated.map((one) => subjects[one]).join(" and the ");
  return `The ${names} ${several ? "were at their limits" : "was at its limit"} there`;
}
