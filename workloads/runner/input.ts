import { z } from "zod";
import { impairment, pattern, plannedDirection, testCaseName } from "../results/schema";
import { plannedRally } from "../rally/input";
import { plannedServers } from "../servers/input";
import { plannedShaker } from "../shaker/input";
import { plannedTrace } from "../trace/input";
import { sshDestination } from "../hosts/destination";
import { plannedEpisode } from "./episodes";

export {
  ofLinks,
  ofServices,
  type PlannedEpisode,
  type PlannedLinkEpisode,
  type PlannedServiceEpisode,
} from "./episodes";

/** A probe workload with every site, count and quantity resolved. */
export const plannedWorkload = z.strictObject({
  name: z.string(),
  kind: z.enum(["rpc", "notification"]),
  pattern,
  clients: z.record(z.string(), z.number().int().positive()).describe("Clients per site."),
  servers: z
    .record(z.string(), z.number().int().positive())
    .describe("Servers (listeners, for notify) per site."),
  topics: z
    .number()
    .int()
    .positive()
    .describe("Servers and clients are dealt over this many topics, round robin."),
  messageBytes: z.number().int().nonnegative(),
  ratePerSecond: z
    .number()
    .positive()
    .optional()
    .describe("Open loop: operations per second over all clients together."),
  durationSeconds: z.number().positive().optional().describe("Open loop: length of the measured window."),
  callsPerClient: z.number().int().positive().optional().describe("Closed loop: operations per client."),
  pauseSeconds: z
    .number()
    .nonnegative()
    .optional()
    .describe("Closed loop: time between an operation of a client and its next; absent: none."),
  warmupSeconds: z.number().nonnegative(),
  timeoutSeconds: z.number().positive().describe("Time after which a call fails."),
  tool: z.literal("ombt").optional().describe("What makes the load; absent: the probe."),
  testCase: testCaseName.optional(),
  timeline: z
    .array(plannedEpisode)
    .optional()
    .describe("What happens to links and services; absent: nothing."),
});
export type PlannedWorkload = z.infer<typeof plannedWorkload>;

/** Anything that is run against the deployed system: load on the bus, or a tool that measures something else. */
const plannedLoad = z.discriminatedUnion("kind", [
  plannedWorkload,
  plannedShaker,
  plannedRally,
  plannedServers,
  plannedTrace,
]);
export type PlannedLoad = z.infer<typeof plannedLoad>;

/** Whether it puts messages on the bus. */
export function isOnBus(load: PlannedLoad): load is PlannedWorkload {
  return load.kind === "rpc" || load.kind === "notification";
}

/**
 * Everything a measurement needs to know about the deployed system, handed to the runner on its standard
 * input as JSON. It holds secrets (transport URLs): it is never written anywhere as it is.
 */
export const measurementInput = z.strictObject({
  stack: z.string(),
  runsDirectory: z
    .string()
    .describe("Where run folders are made, relative to the project's root: `runs/<stack>`."),
  scenario: z.unknown().describe("The scenario as parsed, for the backup."),
  written: z
    .unknown()
    .optional()
    .describe(
      "The scenario as written, overrides and the files it names in place: enough to repeat the run.",
    ),
  scenarioSha256: z.string(),
  seed: z.number().int(),
  clockShared: z.boolean().describe("Whether all containers read one clock."),
  clocksAgree: z
    .boolean()
    .optional()
    .describe(
      "Of containers that read different ones, what the runner has found before it measures anything: these are so near each other that one-way latencies hold.",
    ),
  hosts: z
    .record(z.string(), sshDestination)
    .optional()
    .describe(
      "How the hosts on which there are containers are reached, by name; absent: all are on this machine.",
    ),
  emulator: z.enum(["netem", "nfqueue", "auto"]),
  sites: z.array(
    z.strictObject({
      name: z.string(),
      gateway: z.strictObject({ container: z.string(), wanAddress: z.string() }),
      agents: z
        .string()
        .optional()
        .describe("The container in which the site's agents are started; absent: no agents here."),
      shaker: z
        .strictObject({ container: z.string(), address: z.string() })
        .optional()
        .describe("The container of Shaker; absent: nothing is measured with it here."),
      rally: z
        .string()
        .optional()
        .describe(
          "The container that asks the control plane, by Rally or at a steady rate; absent: none here.",
        ),
      client: z.string().optional().describe("The container of a user of OpenStack; absent: none here."),
    }),
  ),
  links: z.array(
    z.strictObject({
      name: z.string(),
      between: z.tuple([z.string(), z.string()]),
      there: impairment,
      back: impairment,
    }),
  ),
  paths: z
    .strictObject({
      pairs: z.number().int().nonnegative().describe("Pairs of sites that talk over more than one link."),
      sample: z
        .array(
          z.strictObject({
            between: z.tuple([z.string(), z.string()]),
            there: plannedDirection,
            back: plannedDirection,
          }),
        )
        .describe("Those that are measured, drawn by the seed where they are not all."),
      ends: z
        .record(z.string(), z.string())
        .describe("The address of the gateway inside each site of the sample."),
    })
    .describe("Ways over several links, to be measured end to end."),
  bus: z.strictObject({
    kind: z.string(),
    topology: z.string().optional(),
    brokers: z.array(z.strictObject({ name: z.string(), site: z.string(), container: z.string() })),
    transports: z
      .record(z.string(), z.string())
      .describe("Site to the oslo.messaging transport URL its agents use. Secret."),
    endpoints: z
      .record(z.string(), z.array(z.string()))
      .describe(
        "Site to the services at which its agents are while nothing is wrong, `<site>/<service>`: one, or any of several that are equally near.",
      ),
    settings: z
      .record(
        z.string(),
        z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()])),
      )
      .describe(
        "oslo.config options for the agents by group, e.g. { oslo_messaging_rabbit: { heartbeat_timeout_threshold: 0 } }; a list is an option of several values.",
      ),
  }),
  services: z
    .array(
      z.strictObject({
        name: z.string(),
        container: z.string(),
        image: z.string(),
        host: z.string().optional().describe("The host whose engine runs it; absent: this machine's does."),
      }),
    )
    .describe("Every container of the stack: for usage, logs and image digests."),
  configuration: z
    .record(z.string(), z.string())
    .describe("Rendered configuration files for the backup, secrets redacted."),
  controlPlane: z
    .strictObject({
      url: z.string().describe("Keystone's."),
      region: z.string(),
      password: z.string().describe("The administrator's. Secret."),
      hosts: z.array(z.string()).readonly().describe("Every host of the region that servers can be put on."),
      regions: z
        .record(
          z.string(),
          z.strictObject({
            url: z.string().describe("That of the region's own Keystone."),
            hosts: z.array(z.string()).readonly(),
          }),
        )
        .optional()
        .describe("Further regions, by name, in which the same password is good; absent: there are none."),
      traceKey: z
        .string()
        .optional()
        .describe("What traced requests are signed with; absent: none can be. Secret."),
    })
    .optional()
    .describe("OpenStack's control plane; absent: there is none."),
  secrets: z
    .array(z.string())
    .optional()
    .describe("What else is not to be written anywhere: secrets of services besides the bus. Secret."),
  metrics: z
    .strictObject({
      site: z.string(),
      container: z.string().describe("Prometheus'."),
      intervalSeconds: z.number().positive().describe("How often it asks for figures."),
    })
    .optional()
    .describe("What watches the deployment; absent: nothing does."),
  workloads: z.array(plannedLoad),
  backup: z.strictObject({ keep: z.number().int().positive() }),
});
export type MeasurementInput = z.infer<typeof measurementInput>;
