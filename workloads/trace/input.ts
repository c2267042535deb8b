import { z } from "zod";

const way = z.strictObject({
  from: z.string(),
  to: z.string(),
  links: z
    .array(z.string())
    .describe("The links on the way, in order; one that is crossed twice is there twice."),
});

const service = z.strictObject({
  name: z.string().describe("`<site>/<service>`."),
  site: z.string(),
  address: z.string().describe("The address at which it is reached, as URLs of APIs have it."),
  hosts: z.array(z.string()).describe("What it calls itself, as messages are addressed to it."),
  replicaOf: z
    .string()
    .optional()
    .describe("The first server of its service; a request goes through one of them. Absent: it is that."),
  cell: z
    .string()
    .optional()
    .describe("The site of the cell of Nova's whose bus it is on; absent: it is on that of its region."),
});

/** The services that requests go through, and what lies between them. */
export const tracedServices = z.strictObject({
  services: z.array(service).describe("Those that a server's request goes through."),
  computes: z
    .array(service)
    .describe("The nova-computes of each site; a server's request goes through those of its host."),
  proxies: z
    .array(
      z.strictObject({
        address: z.string(),
        port: z.int().positive(),
        of: z.string().describe("The first server of the service that it is before."),
      }),
    )
    .optional()
    .describe("Where requests are sent that go to one of several servers; absent: no API has several."),
  databases: z
    .record(z.string(), z.string())
    .describe(
      "Site of services to the site of the server that they use of the control plane's, or region's, database.",
    ),
  brokers: z
    .record(z.string(), z.string())
    .describe(
      "Site of services to the site of the broker that they use of the scenario's bus, or the region's; those are missing that may use any of several at different sites.",
    ),
  regionBrokers: z
    .array(z.string())
    .describe("Names of all brokers of the region that is asked, those of its cells among them."),
  confirmedBy: z
    .enum(["broker", "receiver"])
    .describe("Who tells whoever sent a message that it has come, for which the sender waits."),
  single: z
    .strictObject({
      broker: z.string().optional().describe("The site of the bus's only broker; absent: it has several."),
      database: z
        .string()
        .optional()
        .describe("The site of the database's only server; absent: it has several."),
    })
    .describe("What is at one site and might as well be at another."),
  servers: z
    .record(z.string(), z.record(z.string(), z.string()))
    .optional()
    .describe(
      "Where there are several databases: site of services to the sites of their servers, by what the services call these.",
    ),
  apart: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "Of these servers, by what services call them, those that are not of the control plane's, or region's, database, but of cells', or of Keystone's where that is another: `<site>/<service>`. Absent: there are none.",
    ),
  regions: z
    .array(z.string())
    .optional()
    .describe(
      "Sites that have a region for themselves: nothing of it is elsewhere, and nothing of another is there. Absent: there are none.",
    ),
  ways: z
    .strictObject({
      direct: z
        .array(way)
        .describe(
          "Between two sites of those that have services, brokers or a database, as HTTP and SQL go.",
        ),
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
  region: z.string().optional().describe("The region that is asked; absent: the control plane's own."),
  hosts: z
    .array(z.strictObject({ name: z.string(), site: z.string() }))
    .describe("Where servers are made, in turn."),
  times: z.int().positive().describe("Requests that are traced; as many are not."),
  timeoutSeconds: z.number().positive(),
  backgroundSeconds: z
    .number()
    .nonnegative()
    .describe("How long services are watched while nobody asks anything of them; 0: they are not."),
});
export type PlannedTrace = z.infer<typeof plannedTrace>;
export type Way = z.infer<typeof way>;
