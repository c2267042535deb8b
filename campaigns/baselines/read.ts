import { readFileSync } from "fs";
import { join } from "path";
import { z } from "zod";

const about = { title: z.string(), source: z.string(), conditions: z.string() };

const rpc = z.strictObject({
  ...about,
  figures: z.array(
    z.strictObject({
      bus: z.enum(["rabbitmq", "router"]),
      instances: z.int().positive(),
      clients: z.int().positive(),
      /** At 10,000 clients of five routers 2.5 to 3.5, of which this is the middle. */
      latencyMedianMs: z.number().positive(),
      memoryGigabytes: z.number().positive().optional(),
      /** Lowest and highest seen. */
      cores: z.tuple([z.number(), z.number()]).optional(),
      connections: z.int().optional(),
    }),
  ),
  rates: z.array(
    z.strictObject({
      bus: z.enum(["rabbitmq", "router"]),
      instances: z.int().positive(),
      /** Lowest and highest seen; absent: none was published. */
      messagesPerSecond: z.tuple([z.number(), z.number()]).optional(),
      /** The most clients of which there is a figure. */
      mostClients: z.int().positive(),
      /** How long calls took that are far from all others; absent: none were plotted. */
      outliersSeconds: z.number().positive().optional(),
    }),
  ),
});

const tcp = z.strictObject({
  ...about,
  figures: z.array(
    z.strictObject({ rttMs: z.number().nonnegative(), megabitsPerSecond: z.number().positive() }),
  ),
});

const keystone = z.strictObject({
  ...about,
  figures: z.array(
    z.strictObject({
      operation: z.enum(["authenticate", "update password"]),
      sites: z.int().positive(),
      load: z.enum(["light", "high"]),
      /** Between sites, milliseconds; absent: not said. */
      rttMs: z.number().optional(),
      database: z.enum(["mariadb", "galera", "cockroachdb"]),
      /** Whether data is kept near where it is used; absent: not said. */
      localityZones: z.boolean().optional(),
      /** Absent: none was published. */
      seconds: z.number().positive().optional(),
      /** That the time is below this, seconds. */
      belowSeconds: z.number().positive().optional(),
      failedPercent: z.number().optional(),
    }),
  ),
});

const thousandNodes = z.strictObject({
  ...about,
  figures: z.array(
    z.strictObject({
      service: z.enum(["rabbitmq", "mariadb"]),
      instances: z.int().positive().optional(),
      /** Of each instance. */
      cores: z.number().optional(),
      memoryGigabytes: z.number().optional(),
      connections: z.int(),
    }),
  ),
});

const wan = z.strictObject({
  ...about,
  figures: z.array(
    z.strictObject({
      operation: z.string(),
      rttMs: z.number().nonnegative(),
      seconds: z.number().positive(),
    }),
  ),
});

/** Published figures of RPC over a massively distributed bus, test case 1. */
export function rpcBaseline(): z.infer<typeof rpc> {
  return rpc.parse(read("massively-distributed-rpc"));
}

/** Published figures of OpenStack operations over a WAN. */
export function wanBaseline(): z.infer<typeof wan> {
  return wan.parse(read("wan"));
}

/** Published figures of one TCP stream over a round-trip time. */
export function tcpBaseline(): z.infer<typeof tcp> {
  return tcp.parse(read("wan-tcp"));
}

/** Published figures of Keystone on distributed databases. */
export function keystoneBaseline(): z.infer<typeof keystone> {
  return keystone.parse(read("keystone-databases"));
}

/** Published figures of a control plane of 1,000 computes. Nothing is held against them: they are of one size alone. */
export function thousandNodesBaseline(): z.infer<typeof thousandNodes> {
  return thousandNodes.parse(read("thousand-nodes"));
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, `${name}.json`), "utf8"));
}
