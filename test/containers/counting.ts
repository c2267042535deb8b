import { strict as assert } from "assert";
import { rabbitmq } from "../../workloads/brokers/rabbitmq";
import { runOmbt } from "../../workloads/ombt";
import type { ProbeRecord, runProbe } from "../../workloads/probe";
import type { PlannedWorkload } from "../../workloads/runner/input";
import { makeStage, workload, type Stage } from "./probeStage";

/** A workload's record beside its broker's own counters. */
export interface Counted {
  record: ProbeRecord;
  /** Messages the broker itself counted in the window. */
  published: number;
  delivered: number;
}

/** Operations of each client, unless told otherwise. */
export const calls = 100;

/** A stage whose broker tells its counters. */
export async function makeCountedStage(): Promise<Stage> {
  const stage = await makeStage();
  const enable = ["rabbitmq-plugins", "enable", "--quiet", "rabbitmq_prometheus"];
  const { exitCode, stderr } = await stage.containers.exec(stage.broker, enable);
  if (exitCode !== 0) {
    await stage.remove();
    throw new Error(stderr);
  }
  return stage;
}

/** Runs a workload and reads the broker's own counters at both ends of its window. */
export async function counted(
  stage: Stage,
  run: typeof runProbe,
  change: Partial<PlannedWorkload>,
): Promise<Counted> {
  const readings: ReturnType<typeof rabbitmq.sample>[] = [];
  const read = () => void readings.push(rabbitmq.sample(stage.containers, stage.broker));
  const silent = { progress: () => undefined, series: () => undefined };
  const record = await run(
    stage.containers,
    stage.input,
    workload({ callsPerClient: calls, ...change }),
    { ...silent, windowStarted: read, windowEnded: read },
    new AbortController().signal,
  );
  assert(!JSON.stringify(record).includes(stage.password), "the record holds the password");
  const [before, after] = await Promise.all(readings);
  const grown = (key: "publishedTotal" | "deliveredTotal") => (after?.[key] ?? NaN) - (before?.[key] ?? NaN);
  return { record, published: grown("publishedTotal"), delivered: grown("deliveredTotal") };
}

/** A test of ombt's whose messages arrive as often as `copies` says, and of which no message of the warm-up is counted. */
export async function arrivesWhereItShould(
  stage: Stage,
  change: Partial<PlannedWorkload>,
  copies: number,
): Promise<void> {
  const { record } = await counted(stage, runOmbt, { tool: "ombt", callsPerClient: 30, ...change });
  assert.equal(record.failure, undefined);
  assert.deepEqual(
    [record.sent, record.received, record.lost, record.duplicated, record.testCase?.processed],
    [120, 120 * copies, 0, 0, 120 * copies],
  );
  assert.deepEqual([record.ombt?.sent, record.ombt?.processed], [120, 120 * copies]);
  assert(record.latencyMs?.count === 120 * copies && record.latencyMs.p50 > 0);
}
