import type { ParameterColumn } from "../columns";
import { awaitedInColumn } from "../compare/metrics";
import { summarizeValues, type Summary } from "../statistics/summary";
import { measuredRows, type Row } from "../table/rows";
import { missingOf, type MissingFaults } from "./missing";
import { namesIn } from "./names";

/** A time until all was well; in some repetitions it may never have come to that. */
export interface TimeUntil {
  /** Undefined: in no repetition. */
  readonly seconds: Summary | undefined;
  readonly never: number;
  /** Repetitions in which it was waited for. */
  readonly of: number;
}

/** What users of a control plane saw of one fault, over the repetitions. Counts are sums, of the whole workload. */
export interface ServersLine {
  readonly of: string;
  readonly fault: string;
  readonly workload: string;
  readonly repetitions: number;
  /** Measurements that failed or did not end, and are in no other figure. */
  readonly failed: number;
  readonly servers: {
    readonly asked: number;
    readonly refused: number;
    readonly error: number;
    readonly lost: number;
    /** Medians until ACTIVE, seconds, of what was asked for before, while the fault lasted, and after it. */
    readonly before: Summary | undefined;
    readonly during: Summary | undefined;
    readonly after: Summary | undefined;
    readonly back: TimeUntil;
  };
  readonly tokens: { readonly asked: number; readonly refused: number; readonly back: TimeUntil };
  /** Of Nova's own services; undefined: they were not told of. */
  readonly novaServices:
    { readonly downMost: number; readonly up: TimeUntil; readonly heard: TimeUntil } | undefined;
}

/** What users of a control plane saw of faults. */
export interface ServersLines {
  /** In the order of the points. */
  readonly lines: readonly ServersLine[];
  readonly missing: readonly MissingFaults[];
}

/**
 * A line for each fault under which servers were asked for at a steady rate.
 * @param rows All rows of a table, failed ones too.
 */
export function serversLines(rows: readonly Row[], parameters: readonly ParameterColumn[]): ServersLines {
  const measured = measuredRows({ rows });
  const broken = measured
    .filter((row) => row.fault !== undefined && isOfServers(row))
    .sort((one, other) => Number(one.point ?? 1) - Number(other.point ?? 1));
  const { nameOf, nameOfFault } = namesIn(broken, parameters);
  const groups = new Map<string, Row[]>();
  for (const row of broken) {
    const key = [nameOf(row), nameOfFault(row), row.workload].join("\n");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const known = new Set(measured);
  const unmeasured = rows.filter((row) => !known.has(row));
  const lines = [...groups.values()].map((own) => {
    const [first = {}] = own;
    const points = new Set(own.map(({ point }) => point));
    const counted = new Set(own.map(runOf));
    // Runs outside a campaign are all of one point, which has no number.
    const failed = unmeasured.filter((row) => points.has(row.point) && !counted.has(runOf(row)));
    return {
      of: nameOf(first),
      fault: nameOfFault(first),
      workload: String(first.workload),
      repetitions: own.length,
      failed: new Set(failed.map(runOf)).size,
      ...figuresOf(own),
    };
  });
  return { lines, missing: missingOf(rows, parameters, { nameOf }, isOfServers) };
}

function isOfServers({ kind }: Row): boolean {
  return kind === "servers";
}

function runOf({ point, repetition }: Row): string {
  return `${String(point)} ${String(repetition)}`;
}

function figuresOf(rows: readonly Row[]): Pick<ServersLine, "servers" | "tokens" | "novaServices"> {
  const numbers = (column: string) =>
    rows.map((row) => row[column]).filter((value) => typeof value === "number");
  const total = (column: string) => numbers(column).reduce((sum, count) => sum + count, 0);
  const summary = (column: string) => summarizeValues(numbers(column));
  const until = (column: string) => ({
    seconds: summary(column),
    ...(awaitedInColumn(rows, column) ?? { of: 0, never: 0 }),
  });
  const told = numbers("nova_services_down_max");
  return {
    servers: {
      asked: total("servers_asked"),
      refused: total("servers_refused"),
      error: total("servers_error"),
      lost: total("servers_lost"),
      before: summary("before_servers_median_s"),
      during: summary("during_servers_median_s"),
      after: summary("after_servers_median_s"),
      back: until("servers_back_s"),
    },
    tokens: {
      asked: total("tokens_asked"),
      refused: total("tokens_refused"),
      back: until("tokens_back_s"),
    },
    novaServices:
      told.length === 0
        ? undefined
        : {
            downMost: Math.max(...told),
            up: until("nova_services_up_s"),
            heard: until("nova_services_reported_s"),
          },
  };
}
