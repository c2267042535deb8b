import { z } from "zod";
import { overridingFigures } from "../../stacks/scenario/links/figures";

/** The path at which a point has its fault. */
export const faultPath = "timeline";

const quantity = z.string().min(1);

const service = z.strictObject({
  what: z
    .enum(["kill", "stop", "restart", "pause", "starve", "fill"])
    .describe("What is done to each service in turn."),
  of: z
    .union([z.enum(["bus", "controlPlane"]), z.array(z.string().min(1)).min(1)])
    .default("bus")
    .describe(
      "To which: those of the bus (the default), those of the control plane with its database and computes, or these by name, `<site>/<service>`.",
    ),
  for: quantity.optional().describe("How long, such as 10s; a restart has no length."),
  grace: quantity.optional().describe("How long it may take to end, of `stop` and `restart`."),
  cpu: quantity.optional().describe("CPU that it is left, of `starve`."),
  memory: quantity.optional().describe("Memory that it may take beyond what it uses, of `starve`."),
});

const lasts = quantity.optional().describe("How long, such as 60s; absent: to the window's end.");

/** As it would be written in a timeline, whose schema says whether it fits. */
const value = z.json();
/** The figures of a link that may be others for a time, under the names that a timeline has them by. */
const changed = Object.fromEntries(
  Object.entries(overridingFigures).map(([name, figure]) => [
    name,
    value.optional().describe(figure.unwrap().description ?? name),
  ]),
) as Record<keyof typeof overridingFigures, z.ZodOptional<typeof value>>;

function range(what: string) {
  return z
    .strictObject({ from: quantity.describe("At first."), to: quantity.describe("In the end.") })
    .optional()
    .describe(what);
}
const ramped = {
  delay: range("One-way delay, such as { from: 20ms, to: 200ms }."),
  jitter: range("Size of the jitter; its distribution stays."),
  loss: range("Packets lost at random, each by itself."),
  rate: range("Rate limit."),
};

const link = z.discriminatedUnion("what", [
  z
    .strictObject({ what: z.literal("cut"), for: lasts })
    .describe("Each link in turn carries nothing for a time."),
  z
    .strictObject({
      what: z.literal("flap"),
      for: lasts,
      down: quantity.describe("How long it carries nothing each time."),
      up: quantity.describe("How long it is as before in between."),
    })
    .describe("Each link in turn goes and comes back again and again."),
  z
    .strictObject({ what: z.literal("change"), for: lasts, ...changed })
    .describe("Each link in turn is degraded for a time: it has other figures; what is left out stays."),
  z
    .strictObject({
      what: z.literal("ramp"),
      for: lasts,
      over: quantity.describe(
        "How long the change takes, of `for`; then the link stays as it is until that is over.",
      ),
      ...ramped,
    })
    .describe("Each link in turn is degraded steadily: figures go from where to where."),
]);

const site = z.discriminatedUnion("what", [
  z
    .strictObject({ what: z.literal("isolate"), for: lasts })
    .describe("Each site in turn is reached by no link."),
  z
    .strictObject({
      what: z.literal("split"),
      together: z
        .array(z.string().min(1))
        .min(1)
        .describe("Sites and groups that stay together; all others are on the other side. It is one point."),
      for: lasts,
    })
    .describe("The network is in two parts."),
]);

/** What is broken at the points of a campaign, one thing at each, whatever the bus of the point is made of. */
export const faultsSchema = z
  .strictObject({
    at: quantity.default("5s").describe("When, from the start of the measured window; default 5s."),
    services: z.array(service).default([]),
    links: z.array(link).default([]).describe("What is done to each link in turn."),
    sites: z
      .array(site)
      .default([])
      .describe("What is done to each site in turn, or to the network between two parts of them."),
  })
  .refine(({ services, links, sites }) => services.length + links.length + sites.length > 0, {
    error: "nothing is broken: say services, links or sites, such as `services: [{ what: kill, for: 10s }]`",
  })
  .describe(
    "Breaks each service of the bus or of the control plane, each link or each site in turn, or splits the network: every one is a point, with each of the others' values, and is the scenario's `timeline` there.",
  );

export type Faults = z.infer<typeof faultsSchema>;
