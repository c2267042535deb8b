import { z } from "zod";

const way = z.strictObject({
  from: z.string(),
  to: z.string(),
  links: z
    .array(z.string())
    .describe("The links on the way, in order; one that is crossed twice is there twice."),
});

const service = z.strictObject({ name: z.string().describe("`<site>/<service>`."), site: z.string() });

/** The services that requests go through, and what lies between them. */
export const tracedServices = z.strictObject({
  services: z.array(service).describe("Those that a server's request goes through."),
  computes: z
    .array(service)
    .describe("The nova-computes of each site; a server's request goes through those of its host."),
  database: z.string().describe("The site of the database."),
  ways: z
    .strictObject({
      direct: z.array(way).describe("Between two sites, as HTTP and SQL go."),
      bus: z
        .array(way)
        .describe(
          "Between services of two sites by way of the brokers that they use; those are missing for which it is not known.",
        ),
    })
    .describe("What lies between sites."),
});
export type TracedServices = z.infer<typeof tracedServices>;

/** What is to be traced, in full. */
export const plannedTrace = tracedServices.extend({
  name: z.string(),
  kind: z.literal("trace"),
  site: z.string().describe("The site of the user who asks."),
  hosts: z
    .array(z.strictObject({ name: z.string(), site: z.string() }))
    .describe("Where servers are made, in turn."),
  times: z.int().positive().describe("Requests that are traced; as many are not."),
  timeoutSeconds: z.number().positive(),
});
export type PlannedTrace = z.infer<typeof plannedTrace>;
export type Way = z.infer<typeof way>;
