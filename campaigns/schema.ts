import { z } from "zod";
import { faultPath, faultsSchema } from "./faults/schema";
import { ScaleError, scaleOf } from "./search/scale";
import { searchSchema } from "./search/schema";

/** A campaign's name: its file's. With `c-` before it, it names the campaign's stack. */
export const campaignName = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,28}$/;

const path = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*|\[\d+\])*$/, {
    error: ({ input }) =>
      `${JSON.stringify(input)} is not the path of a scenario's value: write names and indices, such as "links[0].delay"`,
  })
  .describe("Where the value is in the scenario, such as `links[0].delay`.");

/** Whatever a scenario may hold at a path; the scenario's own schema says whether it fits there. */
const value = z.json().describe("A value as it would be written in the scenario.");

const axes = z.record(path, z.array(value).min(1));

/** What a campaign file says. Everything it varies is a value of its scenario, by path. */
export const campaignSchema = z
  .strictObject({
    question: z.string().min(1).describe("What the campaign is to answer; the report's headline."),
    scenario: z
      .union([z.string().min(1), z.record(z.string(), value)], {
        error: "expected the name of a scenario in stacks/, the path of its file, or a scenario as it stands",
      })
      .describe(
        "The scenario that is varied: a name in stacks/, a file's path from here, or a scenario in place.",
      ),
    set: z.record(path, value).default({}).describe("Values of the scenario to use at every point, by path."),
    grid: axes
      .optional()
      .describe(
        "Values by path: every combination of them is a point, such as { links[0].delay: [0ms, 25ms] }.",
      ),
    zip: axes
      .optional()
      .describe("Values by path that change together: the first of each, the second of each, and so on."),
    list: z
      .array(z.record(path, value))
      .min(1)
      .optional()
      .describe("Points one by one, each its values by path."),
    faults: faultsSchema.optional(),
    search: searchSchema.optional(),
    labels: z
      .record(path, z.string().min(1))
      .default({})
      .describe("What to call a path in reports, such as { links[0].delay: one-way delay }."),
    repetitions: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe("How often each point is measured; default 5. Each repetition has a seed of its own."),
    seed: z.int().min(0).default(1).describe("Seed of the random order in which points are measured."),
  })
  .superRefine((campaign, context) => {
    const refuse = (at: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path: at, message, input: undefined });
    if (!campaign.grid && !campaign.zip && !campaign.list && !campaign.faults && !campaign.search)
      refuse(
        [],
        "say what to vary: grid, zip, list, faults or search, such as `grid: { links[0].delay: [0ms, 25ms] }`",
      );
    const lengths = Object.entries(campaign.zip ?? {}).map(([key, values]) => [key, values.length] as const);
    const [first] = lengths;
    for (const [key, length] of lengths)
      if (first && length !== first[1])
        refuse(
          ["zip", key],
          `${length} values, but ${first[0]} has ${first[1]}: zipped paths need as many each`,
        );
    for (const [index, point] of (campaign.list ?? []).entries()) {
      const keys = Object.keys(point).sort().join(", ");
      const expected = Object.keys(campaign.list?.[0] ?? {})
        .sort()
        .join(", ");
      if (keys !== expected)
        refuse(
          ["list", index],
          `it sets ${keys || "nothing"}, but the first point sets ${expected || "nothing"}`,
        );
    }
    const sources = {
      set: campaign.set,
      grid: campaign.grid,
      zip: campaign.zip,
      list: campaign.list?.[0],
      faults: campaign.faults && { [faultPath]: null },
      search: campaign.search && { [campaign.search.path]: campaign.search.from },
    };
    const given = Object.entries(sources).flatMap(([source, paths]) =>
      Object.keys(paths ?? {}).map((key) => [source, key] as const),
    );
    for (const [at, [source, key]] of given.entries()) {
      const other = given.slice(0, at).find(([, earlier]) => overlap(earlier, key));
      if (other)
        refuse(
          source === "search" ? [source, "path"] : source === "faults" ? [source] : [source, key],
          `${other[0]} sets ${other[1]} already: keep one of the two`,
        );
    }
    const varied = given.filter(([source]) => source !== "set").map(([, key]) => key);
    for (const key of Object.keys(campaign.labels))
      if (!varied.includes(key))
        refuse(["labels", key], `nothing varies ${key}; what is varied: ${varied.join(", ")}`);
    if (campaign.search) {
      if (!path.safeParse(campaign.search.path).success)
        refuse(["search", "path"], path.safeParse(campaign.search.path).error?.issues[0]?.message ?? "");
      try {
        scaleOf(campaign.search);
      } catch (error) {
        if (!(error instanceof ScaleError)) throw error;
        refuse(["search", error.setting], error.message);
      }
    }
  })
  .meta({ title: "A buswide campaign", description: "Runs over values of a scenario's parameters." });

export type CampaignDefinition = z.infer<typeof campaignSchema>;
export type Json = z.infer<typeof value>;

/** Whether two paths are the same, or one leads through the other, so that setting both means nothing. */
function overlap(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return long === short || (long.startsWith(short) && /^[.[]/.test(long.slice(short.length)));
}
