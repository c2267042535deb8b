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
      latencyMedianMs: z.number().positive(),
      memoryGigabytes: z.number().positive().optional(),
      /** Lowest and highest seen. */
      cores: z.tuple([z.number(), z.number()]).optional(),
      connections: z.int().optional(),
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

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, `${name}.json`), "utf8"));
}
