import { z } from "zod";

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

const link = z.strictObject({
  what: z.enum(["cut", "flap"]).describe("What is done to each link in turn."),
  for: quantity.optional().describe("How long, such as 60s."),
  down: quantity.optional().describe("How long it carries nothing each time, of `flap`."),
  up: quantity.optional().describe("How long it is as before in between, of `flap`."),
});

const site = z.strictObject({
  what: z.literal("isolate").describe("What is done to each site in turn."),
  for: quantity.optional().describe("How long, such as 60s."),
});

/** What is broken at the points of a campaign, one thing at each, whatever the bus of the point is made of. */
export const faultsSchema = z
  .strictObject({
    at: quantity.default("5s").describe("When, from the start of the measured window; default 5s."),
    services: z.array(service).default([]),
    links: z.array(link).default([]),
    sites: z.array(site).default([]),
  })
  .refine(({ services, links, sites }) => services.length + links.length + sites.length > 0, {
    error: "nothing is broken: say services, links or sites, such as `services: [{ what: kill, for: 10s }]`",
  })
  .describe(
    "Breaks each service of the bus or of the control plane, each link or each site in turn: every one is a point, with each of the others' values, and is the scenario's `timeline` there.",
  );

export type Faults = z.infer<typeof faultsSchema>;
