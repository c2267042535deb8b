import type { Row } from "../table/rows";

/** Something about the surroundings that is not the same on both sides. */
export interface EnvironmentDifference {
  /**
   * `machine`: absolutes cannot be compared across it. `unsure`: one side does not say which machine it was. `steering`: of the
   * machine that measures where all that is measured is on hosts, which decides nothing.
   */
  readonly kind: "machine" | "unsure" | "steering" | "emulator" | "version" | "code";
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

/** Two readings of one machine's memory differ by what its kernel keeps for itself, some pages or more after an update. */
const memoryTolerance = 0.01;

/** What differs between the surroundings of two sets of measurements, the gravest first. */
export function environmentDifferences(a: readonly Row[], b: readonly Row[]): EnvironmentDifference[] {
  const columns = [...new Set([...a, ...b].flatMap((row) => Object.keys(row)))];
  const compare = (
    kind: EnvironmentDifference["kind"],
    column: string,
    what: string,
    none = "not known",
  ): EnvironmentDifference[] => {
    const [left, right] = [valuesOf(a, column, none), valuesOf(b, column, none)];
    return left === right ? [] : [{ kind, what, a: left, b: right }];
  };
  const beginning = (prefix: string, what: (name: string) => string) =>
    columns
      .filter((column) => column.startsWith(prefix))
      .sort()
      // What one side does not have was not there, or is of before it was noted.
      .flatMap((column) => known(a, b, column, "version", what(column.slice(prefix.length))));
  // Measurements that failed and left nothing say nothing of it.
  const told = [...a, ...b].filter(({ cpu }) => cpu !== undefined);
  const onHosts = told.length > 0 && told.every(({ hosts }) => hosts !== undefined);
  const asSteering = (difference: EnvironmentDifference): EnvironmentDifference =>
    onHosts
      ? { ...difference, kind: "steering", what: `of the machine that measures, ${difference.what}` }
      : difference;
  const own = [
    ...compare("machine", "cpu", "CPU"),
    ...compare("machine", "cores", "cores"),
    ...memory(a, b, "memory_bytes", "memory, bytes"),
    ...machines(a, b, "machine", "machine, by a hash of its id"),
  ];
  return [
    ...own.map(asSteering),
    // Results that do not say it are of before there was another target, or of runs that could not find out.
    ...known(a, b, "target", "machine", "kind of target"),
    ...compare("machine", "hosts", "hosts of the sites", "none: all on the machine above"),
    ...memory(a, b, "hosts_memory_bytes", "memory of the hosts, bytes"),
    ...machines(a, b, "hosts_machines", "hosts, by a hash of their ids"),
    ...compare("emulator", "emulator", "emulator of the links"),
    ...[
      ...compare("emulator", "held_awake", "processors kept awake"),
      ...compare("version", "kernel", "kernel"),
      ...compare("version", "os", "operating system"),
    ].map(asSteering),
    ...compare("version", "hosts_kernel", "kernel of the hosts", "none"),
    ...compare("version", "hosts_os", "operating system of the hosts", "none"),
    ...beginning("version_", (name) => name),
    ...beginning("image_", (name) => `image of ${name}`),
    ...compare("code", "commit", "commit of buswide"),
    ...compare("code", "dirty", "uncommitted changes"),
    ...unsureChanges(a, b),
  ];
}

/** A difference between what both sides know; what one does not know is no difference. */
function known(
  a: readonly Row[],
  b: readonly Row[],
  column: string,
  kind: EnvironmentDifference["kind"],
  what: string,
): EnvironmentDifference[] {
  const [left, right] = [a, b].map((rows) => valuesOf(rows, column, ""));
  return left === right || !left || !right ? [] : [{ kind, what, a: left, b: right }];
}

/** Whether a row says which machine it is of; of sites on hosts, which one each host is. */
export function saysMachine({ machine, hosts, hosts_machines: ids }: Row): boolean {
  return hosts === undefined ? machine !== undefined : ids !== undefined;
}

/** As {@link known}; that one side does not say which machine it was is said, and decides nothing. */
function machines(
  a: readonly Row[],
  b: readonly Row[],
  column: string,
  what: string,
): EnvironmentDifference[] {
  const [left, right] = [a, b].map((rows) => valuesOf(rows, column, "not known"));
  if (left === undefined || right === undefined || left === right) return [];
  const sure = left !== "not known" && right !== "not known";
  return [{ kind: sure ? "machine" : "unsure", what, a: left, b: right }];
}

function memory(a: readonly Row[], b: readonly Row[], column: string, what: string): EnvironmentDifference[] {
  const [left = [], right = []] = [a, b].map((rows) =>
    [...new Set(rows.map((row) => row[column]))].filter((value) => typeof value === "number"),
  );
  const near = (value: number) => (other: number) =>
    Math.abs(value - other) <= memoryTolerance * Math.max(value, other);
  // Of one side that has none, something else about it differs, and is said.
  if (left.length === 0 || right.length === 0) return [];
  const alike =
    left.every((value) => right.some(near(value))) && right.every((value) => left.some(near(value)));
  return alike ? [] : [{ kind: "machine", what, a: valuesOf(a, column), b: valuesOf(b, column) }];
}

/** The same commit, with changes on both sides, may be two different programs. */
function unsureChanges(a: readonly Row[], b: readonly Row[]): EnvironmentDifference[] {
  const unsure = [a, b].every((rows) => rows.some(({ dirty }) => dirty === true));
  // Where the changes themselves are on one side only, or on a part of it, that is said already.
  return unsure && valuesOf(a, "dirty") === valuesOf(b, "dirty")
    ? [{ kind: "code", what: "uncommitted changes", a: "some", b: "some, which may be others" }]
    : [];
}

function valuesOf(rows: readonly Row[], column: string, none = "not known"): string {
  const values = [...new Set(rows.map((row) => row[column]).filter((value) => value !== undefined))];
  return values.length === 0 ? none : values.map(String).sort().join(", ");
}
