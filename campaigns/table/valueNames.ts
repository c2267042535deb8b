import type { ParameterColumn } from "../columns";
import type { Row } from "./rows";

type Named = Pick<ParameterColumn, "name" | "path" | "unit">;

/**
 * What rows are called by their values of parameters: `cluster, quorum, tls true`. Unlike values have unlike names: where
 * the words alone would be those of other values, each has its column before it.
 * @param rows All that there is to be named, points without a row too.
 * @param write A value and its unit in words; default without the unit.
 */
export function namesOfValues(
  parameters: readonly Named[],
  rows: readonly Row[],
  write: (value: NonNullable<Row[string]>, parameter: Named) => string = String,
): (row: Row) => string {
  const wordsOf = (row: Row, all: boolean) =>
    parameters
      .flatMap((parameter) => {
        const { name } = parameter;
        const value = row[name];
        if (value === undefined) return [];
        if (all) return [`${name} ${String(value)}`];
        // A switch says nothing without what it switches.
        return [typeof value === "boolean" ? `${lastOf(name)} ${value}` : write(value, parameter)];
      })
      .join(", ");
  const keyOf = (row: Row) => JSON.stringify(parameters.map(({ name }) => row[name] ?? null));
  const keys = new Map<string, Set<string>>();
  for (const row of rows) {
    const words = wordsOf(row, false);
    keys.set(words, (keys.get(words) ?? new Set()).add(keyOf(row)));
  }
  return (row) => {
    const words = wordsOf(row, false);
    return wordsOf(row, (keys.get(words)?.size ?? 0) > 1);
  };
}

/** The points of a campaign as rows have them: the values of its parameters, each at one. */
export function pointsOf(parameters: readonly Pick<ParameterColumn, "name" | "values">[]): Row[] {
  return (parameters[0]?.values ?? []).map((_, point) =>
    Object.fromEntries(parameters.map(({ name, values }) => [name, values[point]])),
  );
}

/** `tls` of `bus.tls`. */
function lastOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
