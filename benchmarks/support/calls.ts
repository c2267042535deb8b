import { randomBytes } from "crypto";
import { runProbe } from "../../workloads/probe";
import type { MeasurementInput, PlannedWorkload } from "../../workloads/runner/input";
import type { Bench } from "../benchmark";
import { MemoryWatch } from "./memory";

/*
 * The load with which the probe is compared with other tools: calls in a closed loop on one broker.
 */

export const site = "core";
export const servers = 2;
export const clients = 4;
const callsPerClient = 1000;
const messageBytes = 1024;
export const load = { servers, clients, callsPerClient, messageBytes };
const timeoutSeconds = 30;

/** What a tool did. */
export interface Reading {
  readonly callsPerSecond: number;
  readonly bytesPerAgent: number;
}

/** The load, made by the probe. Errors: not every call succeeded. */
export async function measureProbe(bench: Bench, input: MeasurementInput): Promise<Reading> {
  const container = input.sites.find(({ name }) => name === site)?.agents;
  if (container === undefined) throw new Error(`${site} has no agents`);
  const memory = await MemoryWatch.of(bench.containers, container);
  const workload: PlannedWorkload = {
    // A topic of its own, so that nothing an earlier pair left is in its queues.
    name: `bench-${randomBytes(4).toString("hex")}`,
    ...{ kind: "rpc", pattern: "call", topics: 1 },
    clients: { [site]: clients },
    servers: { [site]: servers },
    ...{ messageBytes, callsPerClient, timeoutSeconds, warmupSeconds: 1 },
  };
  const hooks = {
    progress: () => undefined,
    series: () => undefined,
    windowStarted: () => memory.begin(),
    windowEnded: () => memory.end(),
  };
  const record = await runProbe(bench.containers, input, workload, hooks, bench.signal);
  bench.signal.throwIfAborted();
  if (record.status === "failed" || record.succeeded !== clients * callsPerClient)
    throw new Error(`the probe: ${record.failure ?? `${record.succeeded} calls succeeded`}`);
  const reading = {
    callsPerSecond: record.throughputPerSecond,
    bytesPerAgent: (await memory.most()) / (servers + clients),
  };
  bench.progress(`probe: ${inWords(reading)}`);
  return reading;
}

/** `540 calls/s, 13.2 MiB an agent`. */
export function inWords({ callsPerSecond, bytesPerAgent }: Reading): string {
  return `${callsPerSecond.toFixed(0)} calls/s, ${(bytesPerAgent / 1024 ** 2).toFixed(1)} MiB an agent`;
}
