import type { Group } from "./compare";
import { awaitedIn, metrics, valuesOf, type Metric } from "./metrics";
import { describeValues } from "./pointWords";

/**
 * Whether of a time until something that came in all repetitions in which it was waited for, on either side. Where it did
 * not, the times of the others are those of the repetitions that went well, and the worse side would look the better.
 */
export function isAlwaysReached(one: Group, other: Group): (metric: Metric) => boolean {
  return (metric) => [one, other].every(({ rows }) => (awaitedIn(rows, metric)?.never ?? 0) === 0);
}

/** What of such times has no verdict, a sentence each. */
export function neverReached(pairs: readonly { readonly one: Group; readonly other: Group }[]): string[] {
  return pairs.flatMap(({ one, other }) =>
    metrics
      .filter((metric) => !isAlwaysReached(one, other)(metric))
      .map((metric) => {
        const where = [describeValues(one.point), one.workload].filter((part) => part !== "").join(", ");
        return `${where}: ${metric.label} has no verdict: ${inWords("A", one, metric)}, ${inWords("B", other, metric)}.`;
      }),
  );
}

/** `A never came to it in 2 of 5`. */
function inWords(side: string, { rows }: Group, metric: Metric): string {
  const awaited = awaitedIn(rows, metric);
  if (!awaited) return `${side} was not waited for`;
  const { never, of } = awaited;
  const came = valuesOf(rows, metric);
  const shown = came.map((value) => Number(value.toPrecision(3)));
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  const times =
    came.length === 0 ? "" : ` (else ${least === most ? least : `${least} to ${most}`} ${metric.unit})`;
  return `${side} never came to it in ${never} of ${of}${times}`;
}
