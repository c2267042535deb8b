import { strict as assert } from "assert";
import { setTimeout as sleep } from "timers/promises";
import { runProbe, type ProbeRecord } from "../../workloads/probe";
import type { PlannedWorkload } from "../../workloads/runner/input";
import { makeStage, workload, type Stage } from "./probeStage";

/** What came of a workload that was probed. */
export interface Seen {
  record: ProbeRecord;
  series: { second?: number; succeeded?: number; received?: number }[];
  windows: Date[];
  seconds: number;
}

/** A stage whose broker tells its figures as a deployed one's configuration has it. */
export async function makeProbedStage(): Promise<Stage> {
  const stage = await makeStage();
  try {
    for (const command of [
      ["rabbitmqctl", "eval", "application:set_env(rabbit, collect_statistics_interval, 1000)."],
      ["rabbitmq-plugins", "enable", "rabbitmq_prometheus"],
    ]) {
      const { exitCode, stderr } = await stage.containers.exec(stage.broker, command);
      assert.equal(exitCode, 0, stderr);
    }
  } catch (error) {
    await stage.remove();
    throw error;
  }
  return stage;
}

/** Runs a workload of the stage, changed as asked, and what is to happen in its window beside it. */
export async function probed(
  stage: Stage,
  change: Partial<PlannedWorkload>,
  duringWindow: (interrupt: () => void) => Promise<void> = () => Promise.resolve(),
): Promise<Seen> {
  const seen: Omit<Seen, "record" | "seconds"> = { series: [], windows: [] };
  const controller = new AbortController();
  let meddling: Promise<void> = Promise.resolve();
  const start = Date.now();
  const hooks = {
    progress: () => undefined,
    series: (record: object) => void seen.series.push(record),
    windowStarted: (at: Date) => {
      seen.windows.push(at);
      meddling = duringWindow(() => controller.abort());
    },
    windowEnded: (at: Date) => void seen.windows.push(at),
  };
  const record = await runProbe(stage.containers, stage.input, workload(change), hooks, controller.signal);
  const seconds = (Date.now() - start) / 1000;
  await meddling;
  await agentsGone(stage);
  assert(!JSON.stringify(record).includes(stage.password), "the record holds the password");
  return { record, seconds, ...seen };
}

/** An interrupted probe does not wait for its agents, nor does one that is killed. */
export async function agentsGone(stage: Stage): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await stage.agentProcesses()) > 0) {
    assert(Date.now() < deadline, "agents still run 10 s after the end of their probe");
    await sleep(200);
  }
}

/** An open loop of a pattern, of so many copies of each message, keeps its rate and is accounted for to the last message. */
export async function keepsItsRate(
  stage: Stage,
  pattern: PlannedWorkload["pattern"],
  copies: number,
): Promise<void> {
  const { record } = await probed(stage, { pattern, ratePerSecond: 40, durationSeconds: 3 });
  assert.equal(record.failure, undefined);
  assert.deepEqual([record.sent, record.lost, record.duplicated], [120, 0, 0]);
  assert.equal(record.received, 120 * copies);
  assert(record.durationSeconds >= 2.95 && record.durationSeconds < 5, `${record.durationSeconds} s`);
  assert.equal(record.offeredPerSecond, 40);
  assert(record.latencyMs && record.serviceLatencyMs && record.lateStartsPercent !== undefined);
  assert(record.serviceLatencyMs.mean <= record.latencyMs.mean);
}
