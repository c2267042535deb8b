import { mean } from "simple-statistics";
import type { Row } from "../table/rows";

/** What tells measurements apart, under names that every table has. */
export const descriptions = [
  ...["bus_kind", "bus_topology", "workload", "kind", "pattern", "tool", "test_case"],
  ...["loop", "pair", "offered_per_s", "clients", "servers", "topics", "message_bytes"],
  ...["link_rtt_asked_ms", "link_loss_asked_percent"],
  ...["rally_scenario", "rally_times", "rally_concurrency"],
];

/** Whether a parameter makes the round-trip time of links, and nothing else. */
export function isDelay(name: string): boolean {
  return /^links\b.*\.(delay|distance|speed)(_|$)/.test(name);
}

/** Whether a parameter is a number of clients. */
export function isClients(name: string): boolean {
  return /\.clients(\.|$)/.test(name);
}

/** Rows by what they have in these columns. A switch that is off is the same as one that there is not. */
export function alike(rows: readonly Row[], columns: readonly string[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const values = columns.map((name) => (row[name] === false ? null : (row[name] ?? null)));
    const key = JSON.stringify(values);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/**
 * What tells each of some rows from the others besides what their names say already: `, bus.tls true`, empty where that
 * is enough. Of the columns, in order, those are told that are needed.
 */
export function differences(
  rows: readonly Row[],
  named: readonly string[],
  columns: readonly string[],
): string[] {
  const told: string[] = [];
  for (const column of columns) {
    const [before, after] = [[], [column]].map((more) => alike(rows, [...named, ...told, ...more]).length);
    if (before !== after) told.push(column);
  }
  return rows.map((row) =>
    told
      .map((name) => `, ${row[name] === undefined ? `no ${name}` : `${name} ${String(row[name])}`}`)
      .join(""),
  );
}

/** Where rows were measured: `on one machine`, `on 20 hosts`, or either. */
export function whereMeasured(rows: readonly Row[]): string {
  const places = rows.map(({ hosts_count: hosts }) =>
    typeof hosts !== "number" || hosts === 1 ? "on one machine" : `on ${hosts} hosts`,
  );
  return [...new Set(places)].sort().join(" or ");
}

export function busOf({ bus_kind, bus_topology }: Row): string {
  return [bus_kind, bus_topology]
    .filter((part) => part !== undefined)
    .map(String)
    .join(" ");
}

export function over(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base === 0 ? undefined : value / base;
}

/** Which published bus a kind of ours is held against; undefined: none. */
export function busClass(kind: string): "rabbitmq" | "router" | undefined {
  if (kind === "rabbitmq") return "rabbitmq";
  return /router|mesh/.test(kind) ? "router" : undefined;
}

export function meanOf(rows: readonly Row[], by: string, value: number, column: string): number | undefined {
  return meanOfPoint(
    rows.filter((row) => row[by] === value),
    column,
  );
}

/** The mean of a column over the repetitions of one point; undefined of several, which differ in something, and of none. */
export function meanOfPoint(rows: readonly Row[], column: string): number | undefined {
  const values = rows.map((row) => row[column]).filter((entry) => typeof entry === "number");
  return values.length === 0 || new Set(rows.map(({ point }) => point)).size > 1 ? undefined : mean(values);
}
