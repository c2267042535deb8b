import type { ParameterColumn, Value } from "../columns";
import type { BootstrapOptions } from "../statistics/bootstrap";
import { effectOf, type Effect } from "../statistics/effect";
import type { Row } from "../table/rows";
import { environmentDifferences, saysMachine, type EnvironmentDifference } from "./environment";
import { metrics, valuesOf, type Metric } from "./metrics";
import { isAlwaysReached, neverReached } from "./never";
import { trendsOf, type ComparedTrend } from "./trends";

/** One side of a comparison. */
export interface Side {
  readonly label: string;
  /** None for runs. */
  readonly parameters: readonly Pick<ParameterColumn, "name" | "path">[];
  readonly rows: readonly Row[];
}

export interface ComparedEffect {
  /** The values of the parameters that both sides vary; empty where there are none. */
  readonly point: Readonly<Record<string, Value>>;
  readonly workload: string;
  readonly metric: Metric;
  readonly effect: Effect;
}

export interface Comparison {
  readonly a: string;
  readonly b: string;
  /** Said first: what is not the same about the surroundings. */
  readonly environment: readonly EnvironmentDifference[];
  /** Whether both say which machine they are of, and it is one; of absolutes compared without that, no verdict may hold. */
  readonly sameMachine: boolean;
  /** By `absolutes` on one machine; by `trend` on two, whose absolutes are not comparable. */
  readonly by: "absolutes" | "trend";
  /** Parameters that have one value on either side, and not the same: what the comparison is about. */
  readonly treatment: readonly { readonly parameter: string; readonly a: Value; readonly b: Value }[];
  readonly effects: readonly ComparedEffect[];
  readonly trends: readonly ComparedTrend[];
  /** What was left out and why, a sentence each. */
  readonly notes: readonly string[];
}

/** Two sides that have nothing in common to compare. */
export class IncomparableError extends Error {
  override readonly name = "IncomparableError";
}

/**
 * Compares two sets of measurements: on one machine by their effects, point for point; across machines by trend.
 * Errors: {@link IncomparableError}.
 */
export function compareSides(a: Side, b: Side, options: BootstrapOptions = {}): Comparison {
  const environment = environmentDifferences(a.rows, b.rows);
  const by = environment.some(({ kind }) => kind === "machine") ? "trend" : "absolutes";
  const { matched, treatment } = matchParameters(a, b);
  const [left, right] = [group(a, matched), group(b, matched)];
  refusePooled(a, left);
  refusePooled(b, right);
  const keys = [...left.keys()].filter((key) => right.has(key));
  if (keys.length === 0)
    throw new IncomparableError(
      `${a.label} and ${b.label} have no point and workload in common that was measured`,
    );
  const notes = [...leftOut(a), ...leftOut(b), ...onlyIn(a, left, right), ...onlyIn(b, right, left)];
  const pairs = keys.flatMap((key) => {
    const [one, other] = [left.get(key), right.get(key)];
    return one && other ? [{ one, other }] : [];
  });
  return {
    a: a.label,
    b: b.label,
    environment,
    sameMachine: by === "absolutes" && [...a.rows, ...b.rows].filter(isMeasured).every(saysMachine),
    by,
    treatment,
    effects:
      by === "trend"
        ? []
        : pairs.flatMap(({ one, other }) =>
            metrics.filter(isAlwaysReached(one, other)).flatMap((metric) => {
              const [before, after] = [valuesOf(one.rows, metric), valuesOf(other.rows, metric)];
              if (before.length === 0 || after.length === 0) return [];
              const effect = effectOf(before, after, metric.lowerIsBetter, options);
              return [{ point: one.point, workload: one.workload, metric, effect }];
            }),
          ),
    trends: by === "absolutes" ? [] : trendsOf(pairs, options),
    notes: [...notes, ...neverReached(pairs)],
  };
}

/** The measurements of a workload at a point. */
export interface Group {
  readonly point: Readonly<Record<string, Value>>;
  readonly workload: string;
  readonly rows: readonly Row[];
}

/**
 * The parameters to match points by, and those whose difference is what is compared. That a point does not have a
 * parameter tells it from those that do: `{ kind: rabbitmq }` is not `{ kind: rabbitmq, tls: true }`.
 */
function matchParameters(a: Side, b: Side) {
  const matched: string[] = [];
  const treatment: { parameter: string; a: Value; b: Value }[] = [];
  for (const parameter of new Set([...a.parameters, ...b.parameters].map(({ name }) => name))) {
    const [left, right] = [distinct(a.rows, parameter), distinct(b.rows, parameter)];
    if (left.length <= 1 && right.length <= 1) {
      if (left[0] !== right[0]) treatment.push({ parameter, a: left[0], b: right[0] });
      continue;
    }
    const missing = [a, b].find((side) => !knows(side, parameter, [a, b]));
    if (missing)
      throw new IncomparableError(
        `${missing.label} does not have ${parameter}, of which the other side has several values: compare with one of them`,
      );
    matched.push(parameter);
  }
  return { matched, treatment };
}

/** Whether a side varies a parameter, or what it is a part of: what the side then does not have was left out on purpose. */
function knows({ parameters }: Side, parameter: string, sides: readonly Side[]): boolean {
  const paths = sides.flatMap((side) =>
    side.parameters.filter(({ name }) => name === parameter).map(({ path }) => path),
  );
  return parameters.some(({ name, path }) => name === parameter || paths.includes(path));
}

/** Points that no parameter tells apart are not repetitions of one. Errors: {@link IncomparableError}. */
function refusePooled({ label }: Side, groups: ReadonlyMap<string, Group>): void {
  for (const { rows } of groups.values()) {
    const points = distinct(rows, "point");
    if (points.length > 1)
      throw new IncomparableError(
        `${label}: its points ${points.join(", ")} have the same values of all that is varied, so that it is not known which of them to compare`,
      );
  }
}

function group({ rows }: Side, parameters: readonly string[]): Map<string, Group> {
  const groups = new Map<string, Group & { rows: Row[] }>();
  // Measured in random order; told in the campaign's.
  const ordered = [...rows].sort((one, other) => Number(one.point ?? 0) - Number(other.point ?? 0));
  for (const row of ordered) {
    const { workload } = row;
    if (!isMeasured(row) || typeof workload !== "string") continue;
    const point = Object.fromEntries(parameters.map((name) => [name, row[name]]));
    const key = JSON.stringify([workload, point]);
    const known = groups.get(key) ?? { point, workload, rows: [] };
    known.rows.push(row);
    groups.set(key, known);
  }
  return groups;
}

/** The values of a column; undefined is one of them where rows lack it. */
function distinct(rows: readonly Row[], column: string): Value[] {
  return [...new Set(rows.map((row) => row[column]))];
}

function isMeasured({ status, workload_status }: Row): boolean {
  return status === "complete" && workload_status === "complete";
}

function leftOut({ label, rows }: Side): string[] {
  const failed = rows.filter((row) => !isMeasured(row)).length;
  return failed === 0 ? [] : [`${label}: ${failed} of ${rows.length} measurements failed and are left out.`];
}

function onlyIn(
  { label }: Side,
  own: ReadonlyMap<string, Group>,
  other: ReadonlyMap<string, Group>,
): string[] {
  const only = [...own].filter(([key]) => !other.has(key)).length;
  return only === 0 ? [] : [`${label}: ${only} points and workloads are only there.`];
}
