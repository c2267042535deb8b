import { z } from "zod";

/** A bound on one column of the campaign's table. */
const condition = z
  .strictObject({
    column: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, { error: "expected a column of the table, such as latency_p99_ms" })
      .describe(
        "A column of the campaign's table, such as latency_p99_ms, lost, errors or throughput_per_s.",
      ),
    most: z.number().optional().describe("It must not be above this, in the column's unit."),
    least: z.number().optional().describe("It must not be below this, in the column's unit."),
  })
  .superRefine(({ most, least }, context) => {
    if (most === undefined && least === undefined)
      context.addIssue({
        code: "custom",
        message: "say how much it may be: most, least or both, such as { column: latency_p99_ms, most: 100 }",
        input: undefined,
      });
  })
  .describe("What must be so for a value to hold.");
export type Condition = z.infer<typeof condition>;

const bound = z.union([z.string().min(1), z.number()], {
  error: "expected a value as the scenario writes it, such as 50/s, 10ms, 0.1% or 20",
});

/** What `search` says in a campaign file. */
export const searchSchema = z
  .strictObject({
    path: z.string().min(1).describe("Where in the scenario the value is, such as `workloads[0].rate`."),
    from: bound.describe("A value at which the conditions are expected to hold, such as 50/s."),
    to: bound.describe("A value at which they are expected not to hold, on either side of `from`."),
    within: bound.describe(
      "When the limit is known well enough: a share of it, such as 10%, or a difference in the value's own unit, such as 5ms.",
    ),
    workload: z.string().optional().describe("The workload whose figures are judged; default: the first."),
    holds: z.array(condition).min(1).describe("All of these must be so."),
  })
  .describe(
    "Looks for the limit along one value by bisection instead of measuring given values: each value is measured until the majority of `repetitions` is certain.",
  );
export type SearchDefinition = z.infer<typeof searchSchema>;
