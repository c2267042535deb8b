import { z } from "zod";
import { siteName } from "../names";
import { delay, distance, speed } from "../quantities";
import { delayOfLink, figures, figuresButDelay, overridingFigures, trustedLink } from "./figures";
import { matrixTable } from "./matrix";

const between = z.tuple([siteName, siteName]);

const exceptions = z
  .array(
    z
      .strictObject({
        between: between.describe("Sites or groups; each of their pairs must be one that this entry links."),
        ...overridingFigures,
        trusted: trustedLink,
      })
      .describe("Links of this entry that differ from the rest of it, by the fields named."),
  )
  .default([])
  .describe("Links of this entry that differ from the rest of it.");

const explicit = z
  .strictObject({
    between: between.describe(
      "Two sites or groups. A group stands for each of its sites; a group with itself, for each pair in it.",
    ),
    ...figures,
    exceptions,
  })
  .describe("A WAN path between two sites, or between each pair of two groups.");

const sites = z
  .array(siteName)
  .min(1, { error: "name sites or groups of sites, such as [core, edge]" })
  .describe("The sites it links, by site or group, in this order.");

const generated = z
  .discriminatedUnion("generate", [
    z
      .strictObject({
        generate: z.literal("star"),
        center: siteName.describe("The site that all others are linked to."),
        sites,
        ...figures,
        exceptions,
      })
      .describe("Every site linked to one in the middle."),
    z
      .strictObject({ generate: z.literal("ring"), sites, ...figures, exceptions })
      .describe("Every site linked to the next, and the last to the first."),
    z
      .strictObject({
        generate: z.literal("tree"),
        arity: z.int().min(1).max(1000).default(2).describe("How many sites hang below each; default 2."),
        sites,
        ...figures,
        exceptions,
      })
      .describe("A tree filled level by level; the first site is its root. `there` is away from the root."),
    z
      .strictObject({ generate: z.literal("mesh"), sites, ...figures, exceptions })
      .describe("Every pair of sites linked."),
    z
      .strictObject({
        generate: z.literal("random"),
        sites,
        degree: z
          .number()
          .min(0)
          .max(1000)
          .optional()
          .describe("Links of a site, on average over the sites; give this or `probability`."),
        probability: z
          .number()
          .min(0)
          .max(1)
          .optional()
          .describe("Chance of each pair to be linked, 0 to 1 (Erdős–Rényi); give this or `degree`."),
        seed: z.int().min(0).optional().describe("Seed of what is drawn; default: the scenario's."),
        ...figures,
        delay: z
          .union([
            delayOfLink,
            z
              .strictObject({ from: delay.describe("The least."), to: delay.describe("The most.") })
              .superRefine(({ from, to }, context) => {
                if (from > to)
                  context.addIssue({
                    code: "custom",
                    message: `from ${from}ms to ${to}ms goes backwards: give the smaller delay as \`from\``,
                    input: from,
                  });
              }),
          ])
          .prefault("0ms")
          .describe(
            "One-way propagation delay, such as 25ms or { there, back }; or { from, to }: drawn uniformly for each link.",
          ),
        exceptions,
      })
      .superRefine((value, context) => {
        if ((value.degree === undefined) === (value.probability === undefined))
          context.addIssue({
            code: "custom",
            path: [value.degree === undefined ? "degree" : "probability"],
            message:
              value.degree === undefined
                ? "say how many links: a `degree`, such as 3, or a `probability`, such as 0.1"
                : `${value.probability} cannot go with a degree of ${value.degree}: keep one of them`,
            input: value.probability,
          });
      })
      .describe("Links drawn at random by a seed; what they leave apart is joined by further ones."),
  ])
  .describe("Links made by a rule.");

const matrix = z
  .strictObject({
    matrix: matrixTable,
    holds: z
      .enum(["one-way", "rtt"])
      .describe(
        "What the table's numbers are: one-way delays, or round-trip times (halved), in milliseconds.",
      ),
    ...figuresButDelay,
    exceptions,
  })
  .describe("A link for each pair of a table of delays.");

const geography = z
  .strictObject({
    geography: z
      .strictObject({
        sites: z
          .array(siteName)
          .min(2, { error: "name at least two sites that have a place (`at`)" })
          .describe("The sites it links; each needs its `at`."),
        fibreSpeed: speed
          .prefault("200000km/s")
          .describe(
            "Speed of light in the fibre; default 200000km/s, 5 µs a kilometre as ITU-T G.114 reckons (2/3 of c).",
          ),
        stretch: z
          .number()
          .min(1)
          .max(20)
          .default(1.5)
          .describe(
            "Length of the cable over the great circle's; default 1.5, ITU-T Y.1541's for routes below 1000 km (1.25 beyond 1200 km).",
          ),
        neighbours: z
          .union([
            z.literal("all"),
            z.strictObject({
              nearest: z
                .int()
                .min(1)
                .max(1000)
                .describe("So many nearest sites of each, whichever end counts it."),
            }),
            z.strictObject({ within: distance.describe("Every pair at most so far apart, such as 500km.") }),
          ])
          .default("all")
          .describe("Which pairs are linked: all, { nearest: 3 }, or { within: 500km }."),
      })
      .describe("Which of the sites are linked, and how fast the cable between them is."),
    ...figuresButDelay,
    exceptions,
  })
  .describe("Links whose delay follows from where the sites are.");

/** An entry of `links`. */
export const linkSchema = z
  .union([explicit, generated, matrix, geography])
  .describe("WAN paths: one by one, by a rule (`generate`), from a table (`matrix`), or from `geography`.");

export type LinkDefinition = z.infer<typeof linkSchema>;
export type ExplicitLink = z.infer<typeof explicit>;
export type GeneratedLinks = z.infer<typeof generated>;
export type MatrixLinks = z.infer<typeof matrix>;
export type GeographyLinks = z.infer<typeof geography>;
