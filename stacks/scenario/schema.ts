import { z } from "zod";
import { busSchema } from "../../components/bus/schema";
import { controlPlaneSchema } from "../../components/controlplane/schema";
import { metricsSchema } from "../../components/metrics/schema";
import { targetSchema } from "../../components/target/schema";
import { wantsSettings } from "./messages";
import { siteName, workloadName } from "./names";
import { linkSchema } from "./links/schema";
import { frequency, memory, messageLength, seconds, secondsOrZero } from "./quantities";
import { checkReferences } from "./references";
import { timelineSchema } from "./timeline/schema";
import { rallyIssues, rallySchema } from "./tools/rally";
import { serversIssues, serversSchema } from "./tools/servers";
import { shakerSchema } from "./tools/shaker";
import { traceSchema } from "./tools/trace";

const site = z
  .strictObject(
    {
      count: z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe(
          "Makes the name a group of this many sites, <name>-1 to <name>-<count>. Absent: one site of that name.",
        ),
      at: z
        .tuple([z.number().min(-90).max(90), z.number().min(-180).max(180)], {
          error: (issue) =>
            issue.code === "invalid_type"
              ? "expected [latitude, longitude], such as [48.86, 2.35]"
              : undefined,
        })
        .optional()
        .describe(
          "Where the site is: latitude and longitude in degrees, north and east positive, such as [48.86, 2.35].",
        ),
      description: z.string().optional().describe("What the site stands for, for the reader."),
    },
    {
      error: (issue) =>
        issue.code === "invalid_type" ? "expected {} for one site, or { count: 3 } for a group" : undefined,
    },
  )
  .superRefine(({ at, count }, context) => {
    if (at === undefined || count === undefined) return;
    context.addIssue({
      code: "custom",
      path: ["at"],
      message: `[${at.join(", ")}] is one place, and the group has ${count} sites: name each site with its own place`,
      input: at,
    });
  })
  .describe("A site or a group of sites: networks of their own, each behind a gateway.");

const agents = z
  .record(siteName, z.int().min(1).max(10_000), {
    error: (issue) =>
      issue.code === "invalid_type" ? "expected sites with how many at each, such as { core: 2 }" : undefined,
  })
  .describe("How many at each site, by site or group: `edge: 10` is ten at every site of the group edge.");

const load = {
  name: workloadName.describe("Names the workload in results; unique in the scenario."),
  clients: agents,
  servers: agents,
  topics: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe("Topics over which servers and clients are dealt in turn."),
  length: messageLength
    .prefault("1KiB")
    .describe("Length of a message's payload, such as 1KiB (the default)."),
  rate: frequency
    .optional()
    .describe("Open loop: operations per second of all clients together, such as 50/s."),
  duration: seconds.optional().describe("Open loop: how long to measure, such as 20s."),
  calls: z.int().min(1).optional().describe("Closed loop: operations of each client, one after the other."),
  pause: secondsOrZero
    .optional()
    .describe("Closed loop: how long each client waits after an operation, such as 1s; default not at all."),
  warmup: secondsOrZero
    .prefault("2s")
    .describe("Load before the measured window, left out of every figure; default 2s."),
  timeout: seconds.prefault("30s").describe("After this long an operation has failed; default 30s."),
  timeline: timelineSchema.optional(),
};

const workload = z
  .discriminatedUnion(
    "kind",
    [
      z
        .strictObject({
          kind: z.literal("rpc"),
          pattern: z
            .enum(["call", "cast", "fanout"])
            .default("call")
            .describe(
              "call: a reply is awaited. cast: none is. fanout: a cast to every server of the topic.",
            ),
          ...load,
          tool: z
            .enum(["probe", "ombt"])
            .default("probe")
            .describe(
              "What makes the load and measures it: buswide's own probe, or ombt 3.0.0 (closed loop).",
            ),
          case: z
            .enum(["TC1", "TC2", "TC3", "TC4"])
            .optional()
            .describe(
              "The test case of OpenStack's massively distributed RPC plan that the workload is: one topic, several topics, one fanout, several fanouts. Results then have the plan's metrics.",
            ),
        })
        .describe("oslo.messaging RPC between clients and servers."),
      z
        .strictObject({ kind: z.literal("notification"), ...load })
        .describe(
          "oslo.messaging notifications from clients (notifiers) to servers (listeners of one pool).",
        ),
      shakerSchema,
      rallySchema,
      serversSchema,
      traceSchema,
    ],
    {
      error: wantsSettings("{ name: call, kind: rpc, … }"),
    },
  )
  .superRefine((value, context) => {
    if (context.issues.length > 0) return;
    if (value.kind === "rally")
      for (const { path, message } of rallyIssues(value))
        context.addIssue({ code: "custom", path, message, input: value });
    if (value.kind === "servers")
      for (const { path, message } of serversIssues(value))
        context.addIssue({ code: "custom", path, message, input: value });
    if (value.kind !== "rpc" && value.kind !== "notification") return;
    if (value.kind === "rpc") checkTool(value, context);
    const open = value.rate !== undefined || value.duration !== undefined;
    if (open && value.pause !== undefined)
      context.addIssue({
        code: "custom",
        path: ["pause"],
        message:
          "an open loop sends at its rate and has no pause: use calls instead of rate and duration, or drop it",
        input: value.pause,
      });
    if (open && value.calls !== undefined)
      context.addIssue({
        code: "custom",
        path: ["calls"],
        message: `calls: ${value.calls} (closed loop) cannot go with rate and duration (open loop): keep one of the two`,
        input: value.calls,
      });
    else if (open && (value.rate === undefined || value.duration === undefined))
      context.addIssue({
        code: "custom",
        path: [value.rate === undefined ? "rate" : "duration"],
        message: "an open loop takes both a rate, such as 50/s, and a duration, such as 20s",
        input: undefined,
      });
    else if (!open && value.timeline !== undefined)
      context.addIssue({
        code: "custom",
        path: ["timeline"],
        message:
          "a closed loop takes as long as it takes, and no time in it is known: use rate and duration instead of calls",
        input: value.timeline,
      });
    else if (!open && value.calls === undefined)
      context.addIssue({
        code: "custom",
        path: ["calls"],
        message:
          "say how much to send: `calls: 100` (closed loop) or `rate: 50/s` with `duration: 20s` (open loop)",
        input: undefined,
      });
  });

interface RpcLoad {
  readonly tool: "probe" | "ombt";
  readonly case?: keyof typeof testCases | undefined;
  readonly pattern: "call" | "cast" | "fanout";
  readonly topics: number;
  readonly rate?: number | undefined;
}

/** What the plan has a test case do. */
const testCases = {
  TC1: { patterns: ["call", "cast"], several: false, other: "TC2" },
  TC2: { patterns: ["call", "cast"], several: true, other: "TC1" },
  TC3: { patterns: ["fanout"], several: false, other: "TC4" },
  TC4: { patterns: ["fanout"], several: true, other: "TC3" },
} as const;

/** What ombt, or a test case of the plan, does not do. */
function checkTool(load: RpcLoad, context: z.RefinementCtx): void {
  const refuse = (path: string, message: string, input: unknown) =>
    context.addIssue({ code: "custom", path: [path], message, input });
  if (load.tool === "ombt" && load.rate !== undefined)
    refuse("rate", "ombt has no open loop: use calls, and pause to slow it down, or tool: probe", load.rate);
  if (load.case === undefined) return;
  const { patterns, several, other } = testCases[load.case];
  if (!patterns.some((pattern) => pattern === load.pattern))
    refuse(
      "pattern",
      `${load.case} is of ${patterns.join(" or ")}, and this is a ${load.pattern}`,
      load.pattern,
    );
  if (!several && load.topics > 1)
    refuse("topics", `${load.case} has one topic, and this has ${load.topics}: use ${other}`, load.topics);
}

/** The shape of a scenario, before anything that needs two of its fields at once is checked. */
const shape = z.strictObject({
  description: z.string().optional().describe("What the scenario is for, for the reader."),
  target: targetSchema.prefault({ kind: "local" }),
  sites: z
    .record(siteName, site)
    .refine((value) => Object.keys(value).length > 0, {
      error: "a scenario needs at least one site, such as `core: {}`",
    })
    .describe("Sites and groups of sites by name."),
  links: z
    .array(linkSchema)
    .default([])
    .describe("WAN paths. Sites without a link of their own talk over the shortest path."),
  paths: z
    .strictObject({
      measured: z
        .int()
        .min(0)
        .max(1000)
        .default(24)
        .describe(
          "At most so many pairs of sites that talk over several links are measured end to end, default 24; of more, a sample by the seed.",
        ),
    })
    .prefault({})
    .describe("What is measured of the ways over several links."),
  bus: busSchema,
  controlPlane: controlPlaneSchema.optional(),
  metrics: metricsSchema.optional(),
  agents: z
    .strictObject({
      memory: memory
        .prefault("512MiB")
        .describe("Memory limit of a site's agents, such as 512MiB (the default)."),
    })
    .prefault({})
    .describe("The containers in which the probe's clients and servers run."),
  workloads: z
    .array(workload)
    .default([])
    .describe("What is run against the deployed system, in this order."),
  timeline: timelineSchema
    .optional()
    .describe(
      "What happens during each workload that has a rate, and no timeline of its own; the same as a workload's `timeline`.",
    ),
  backup: z
    .strictObject({ keep: z.int().min(1).default(10).describe("How many backups of this stack to keep.") })
    .prefault({})
    .describe("The archive a run leaves."),
  seed: z
    .int()
    .min(0)
    .default(1)
    .describe("Seed of everything random in the load and the emulation; the kernel's netem takes none."),
});

/** A whole scenario. Errors name the path, the value and what would be right. */
export const scenarioSchema = shape.superRefine(checkReferences).describe("A buswide scenario.");

export type Scenario = z.infer<typeof scenarioSchema>;
export type ScenarioShape = z.infer<typeof shape>;
export type WorkloadDefinition = z.infer<typeof workload>;
