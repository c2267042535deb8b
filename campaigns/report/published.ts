import type { BaselineRatios } from "../baselines/ratios";
import type { Cells } from "../../workloads/results/cells";

export const publishedExplanation =
  "Only ratios: absolutes of different machines say nothing about each other.";

/** Published ratios beside ours, a row a ratio. */
export function publishedCells({ columns, ratios }: BaselineRatios): Cells {
  return {
    head: ["ratio", ...columns],
    rows: ratios.map(({ what, values }) => [what, ...values.map(times)]),
  };
}

function times(value: number | undefined): string {
  return value === undefined ? "–" : `×${Number(value.toPrecision(3))}`;
}
