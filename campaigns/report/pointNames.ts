import type { Source } from "../compare/sources";
import type { Json } from "../schema";
import type { Row } from "../table/rows";

/**
 * What a point is called, by its index: as the campaign wrote what it varies, the words of
 * `{ kind: rabbitmq, topology: single }`; of runs outside a campaign, their stack.
 */
export function pointName(source: Source, index: number): string {
  const point = source.kind === "campaign" ? source.journal.points[index] : undefined;
  if (!point) return source.runs[0]?.results.stack ?? "";
  return Object.values(point).map(words).join(", ");
}

/** What the point of a table's row is called; tables count points from 1. */
export function rowName(source: Source, row: Row | undefined): string {
  return pointName(source, Number(row?.point ?? 1) - 1);
}

function words(value: Json): string {
  if (Array.isArray(value)) return value.map(words).join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => (["kind", "topology"].includes(key) ? words(inner) : `${key} ${words(inner)}`))
    .join(", ");
}
