import type { Row } from "../table/rows";

/** Something about the surroundings that is not the same on both sides. */
export interface EnvironmentDifference {
  /** `machine`: absolutes cannot be compared across it. */
  readonly kind: "machine" | "emulator" | "version" | "code";
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

const machine: Readonly<Record<string, string>> = {
  cpu: "CPU",
  cores: "cores",
  memory_bytes: "memory, bytes",
};

/** What differs between the surroundings of two sets of measurements, the gravest first. */
export function environmentDifferences(a: readonly Row[], b: readonly Row[]): EnvironmentDifference[] {
  const columns = [...new Set([...a, ...b].flatMap((row) => Object.keys(row)))];
  const compare = (kind: EnvironmentDifference["kind"], column: string, what: string) => {
    const [left, right] = [valuesOf(a, column), valuesOf(b, column)];
    return left === right ? [] : [{ kind, what, a: left, b: right }];
  };
  return [
    ...Object.entries(machine).flatMap(([column, what]) => compare("machine", column, what)),
    ...compare("emulator", "emulator", "emulator of the links"),
    ...compare("emulator", "held_awake", "processors kept awake"),
    ...compare("version", "kernel", "kernel"),
    ...compare("version", "os", "operating system"),
    ...columns
      .filter((column) => column.startsWith("version_"))
      .sort()
      .flatMap((column) => compare("version", column, column.slice("version_".length))),
    ...compare("code", "commit", "commit of buswide"),
    ...compare("code", "dirty", "uncommitted changes"),
    ...unsureChanges(a, b),
  ];
}

/** The same commit, with changes on both sides, may be two different programs. */
function unsureChanges(a: readonly Row[], b: readonly Row[]): EnvironmentDifference[] {
  const unsure = [a, b].every((rows) => rows.some(({ dirty }) => dirty === true));
  // Where the changes themselves are on one side only, or on a part of it, that is said already.
  return unsure && valuesOf(a, "dirty") === valuesOf(b, "dirty")
    ? [{ kind: "code", what: "uncommitted changes", a: "some", b: "some, which may be others" }]
    : [];
}

function valuesOf(rows: readonly Row[], column: string): string {
  const values = [...new Set(rows.map((row) => row[column]).filter((value) => value !== undefined))];
  return values.length === 0 ? "not known" : values.map(String).sort().join(", ");
}
