import { randomUUID } from "crypto";
import { setTimeout as sleep } from "timers/promises";
import type { Containers } from "../containers";
import type { Leftovers } from "../results/leftovers";
import type { WorkloadRecord } from "../results/schema";
import type { MeasurementInput, PlannedWorkload } from "../runner/input";
import { unlessInterrupted } from "../runner/interruption";
import { unixNow } from "./agentProcess";
import { deal, sitesOf, total, type Hand } from "./deal";
import { Fleet, redact } from "./fleet";
import { GeneratorWatch } from "./generator";
import { Latencies } from "./latency";
import type { Interval } from "./protocol";
import { failureOf, makeRecord, type ProbeRecord, type Window } from "./record";
import { RollCall } from "./rollCall";
import { losesPackets } from "./lossy";
import { lossyQuietSeconds, quietSeconds, Rounds, Unreported } from "./rounds";
import { Series, type SeriesRecord } from "./series";

export { deal, RefusedWorkload, topicName } from "./deal";
export type { ProbeRecord } from "./record";
export type { SeriesRecord } from "./series";

/** Something that happened while a workload ran, a line of `series.jsonl`. */
export interface ProbeEvent {
  workload: string;
  event: string;
  /** Unix time, seconds. */
  time: number;
  [detail: string]: unknown;
}

/** What the probe tells its caller while it runs. */
export interface ProbeHooks {
  /** How far the workload is, 0 to 1, and what it does, for a person. */
  progress(fraction: number, text: string): void;
  /** A line for `series.jsonl`: a second of the window, or an event. */
  series(record: SeriesRecord | ProbeEvent): void;
  /** The measured window starts at `at`; called up to half a second ahead. */
  windowStarted(at: Date): void;
  /** All clients are done; messages may still be under way. Called exactly if `windowStarted` was. */
  windowEnded(at: Date): void;
  /**
   * All agents are connected and nothing is under way: before the window, and after all has been waited for. Awaited;
   * only of workloads in which something is broken on purpose.
   */
  atRest?(when: "before" | "after"): Promise<void>;
}

/** Seconds an operation may take beyond its timeout: retries of the library, and a busy machine. */
const slackSeconds = 15;

/**
 * What each of the two steps after an interruption may take, milliseconds: taking in what was counted, and ending the
 * agents. Together it is less than the three seconds that the runner waits for a record.
 */
const graceMs = 1_000;

/**
 * The longest time between two attempts of oslo.messaging to reach its bus again, seconds: 30 (`rabbit_interval_max`,
 * `connection_retry_interval_max`), and some to connect.
 */
const reconnectSeconds = 35;

/**
 * Runs one workload: starts agents in the sites' containers, checks that every server is reached, warms up,
 * measures, waits for what is under way, and ends the agents.
 *
 * It never throws and never waits without bound: if an agent dies, the bus fails, the workload can't be run
 * as asked or `signal` is aborted, the record has status `failed`, the reason in words, and what was measured
 * until then. No agent process is left behind; but an interrupted run, whose caller waits for nothing else, does
 * not wait for the last of them, which then end a little later, as they do if this program ends before.
 */
export async function runProbe(
  containers: Containers,
  input: MeasurementInput,
  workload: PlannedWorkload,
  hooks: ProbeHooks,
  signal: AbortSignal,
): Promise<ProbeRecord> {
  const probe = new Probe(containers, input, workload, hooks);
  let failure: string | undefined;
  try {
    await probe.run(signal);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    await unlessInterrupted(probe.salvage(), signal, graceMs);
  }
  try {
    const record = probe.record(failure);
    if (record.failure !== undefined) record.failure = redact(record.failure, input.bus.transports);
    return record;
  } finally {
    await unlessInterrupted(probe.end(), signal, graceMs);
  }
}

class Probe {
  private readonly fleet: Fleet;
  private readonly latencies = new Latencies();
  private readonly startedAt = new Date();
  private hands: Hand[] = [];
  private rounds: Rounds | undefined;
  private series: Series | undefined;
  private rollCall: RollCall | undefined;
  private leftovers: Leftovers | undefined;
  private window: Window | undefined;
  private round = -1;
  private late = 0;
  private readonly generator = new GeneratorWatch();
  private stale = 0;
  private negative = 0;
  private stillArriving: WorkloadRecord["stillArriving"];
  private ended = false;
  private recorded = false;

  constructor(
    containers: Containers,
    private readonly input: MeasurementInput,
    private readonly workload: PlannedWorkload,
    private readonly hooks: ProbeHooks,
  ) {
    this.fleet = new Fleet(containers, input, workload, {
      interval: (agent, interval) => this.take(agent.index, interval),
      stale: (messages) => (this.stale += messages),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const interrupt = () => this.fleet.break(new Error("interrupted"));
    if (signal.aborted) interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
    try {
      this.hands = deal(this.workload);
      this.rounds = new Rounds(this.fleet, this.workload, this.hands);
      if (this.workload.timeline !== undefined) this.rollCall = new RollCall(this.workload, this.hands);
      this.hooks.progress(0, "starting agents");
      await this.fleet.race(this.fleet.start(this.hands, randomUUID()));
      await this.prepare(this.rounds);
      if (this.rollCall) await this.fleet.race(this.atRest("before"));
      await this.measure(this.rounds);
      if (this.rollCall) await this.lookForLeftovers(this.rollCall, this.rounds);
      this.hooks.progress(1, "done");
    } finally {
      signal.removeEventListener("abort", interrupt);
    }
  }

  /** After a failure: stops what still sends and takes in what was counted. */
  async salvage(): Promise<void> {
    this.cutShort();
    this.fleet.tell(() => ({ type: "abort" }));
    await this.fleet.flush();
  }

  /** Ends the agents; what they report from then on is in nothing. */
  async end(): Promise<void> {
    await this.fleet.stop();
  }

  /** Ends the window, hands on the rest of the series, and puts the record together: what comes later is in neither. */
  record(failure: string | undefined): ProbeRecord {
    this.endWindow();
    this.series?.end();
    this.recorded = true;
    const rounds = this.rounds;
    const ledger = rounds !== undefined && this.window !== undefined ? rounds.ledger(this.round) : undefined;
    return makeRecord(this.workload, {
      startedAt: this.window?.startedAt ?? this.startedAt,
      window: this.window,
      ledger,
      latencies: this.latencies,
      late: this.late,
      generator: this.generator,
      hands: this.hands,
      failure: failure ?? failureOf(ledger),
      leftovers: this.leftovers,
      stillArriving: this.stillArriving,
    });
  }

  private async prepare(rounds: Rounds): Promise<void> {
    const { endedEarlier } = this.fleet;
    if (endedEarlier > 0) this.event("agents-of-earlier-runs", { ended: endedEarlier });
    if (this.fleet.clocksDisagree) this.event("clocks-disagree", {});
    this.hooks.progress(0.05, "reaching every server");
    const { unreached } = await rounds.hello();
    if (unreached.length > 0) this.event("servers-not-reached", { servers: unreached });
    if (this.stale > 0) this.event("messages-of-earlier-runs", { messages: this.stale });
    if (this.workload.warmupSeconds <= 0) return;
    this.hooks.progress(0.08, "warming up");
    const { warmupSeconds: seconds, ratePerSecond: rate, timeoutSeconds } = this.workload;
    const { round } = rounds.begin({ seconds, ...(rate === undefined ? this.pause : { rate }) });
    const patience = this.patience();
    await rounds.finish(round, seconds + 2 * timeoutSeconds + 2 * slackSeconds, patience, () => undefined);
    // What the warm-up left in the queues must not wait in front of the first measured message.
    const { stillArriving } = await rounds.drain(round, this.quiet());
    if (stillArriving > 0) {
      this.stillArriving = { warmup: stillArriving };
      this.event("warm-up-still-arriving", { missing: stillArriving });
    }
  }

  private async measure(rounds: Rounds): Promise<void> {
    const { callsPerClient, durationSeconds, ratePerSecond, timeoutSeconds } = this.workload;
    const planned = durationSeconds ?? 0;
    const load =
      ratePerSecond === undefined
        ? { operations: callsPerClient ?? 1, ...this.pause }
        : { rate: ratePerSecond, seconds: planned };
    const operations =
      ratePerSecond === undefined
        ? (callsPerClient ?? 1) * total(this.workload.clients)
        : ratePerSecond * planned;
    const { round, at } = rounds.begin(load);
    this.round = round;
    this.window = {
      startedAt: new Date(at * 1000),
      plannedSeconds: planned,
      lastOperation: 0,
      lastDelivery: 0,
    };
    this.series = new Series(
      this.workload.name,
      at,
      this.fleet.indices,
      (record) => this.hooks.series(record),
      this.workload.timeline === undefined ? undefined : sitesOf(this.hands, "client"),
    );
    this.hooks.windowStarted(this.window.startedAt);
    // A closed loop ends when its last call does; `patience` bounds it, as each success may take that long.
    const limit =
      ratePerSecond === undefined
        ? (callsPerClient ?? 1) * this.patience() + 2 * slackSeconds
        : planned + 2 * timeoutSeconds + 2 * slackSeconds;
    // Nothing may succeed for as long as a timeline has it so: only the limit says that it takes too long.
    const patience = this.workload.timeline === undefined ? this.patience() : limit;
    await rounds.finish(round, limit, patience, (ledger) => {
      const done = ledger.ended / operations;
      const passed = Math.max(0, unixNow() - at);
      const left = ratePerSecond === undefined ? (passed / done) * (1 - done) : planned - passed;
      const time = Number.isFinite(left) && left > 0 ? `, ${Math.ceil(left)} s left` : "";
      const text = `${ledger.ended} of ${Math.round(operations)} operations${time}`;
      this.hooks.progress(0.15 + 0.8 * Math.min(1, done), text);
    });
    this.endWindow();
    this.hooks.progress(0.95, "waiting for messages under way");
    const { stillArriving, silent } = await rounds.drain(round, this.quiet(at));
    if (this.negative > 0) this.event("negative-latencies", { messages: this.negative });
    if (silent.length > 0) throw new Unreported(silent);
    if (stillArriving > 0) {
      this.stillArriving = { ...this.stillArriving, window: stillArriving };
      this.event("still-arriving", { received: rounds.ledger(round).received });
    }
  }

  /** Everything is measured by now: what goes wrong here leaves the record without its leftovers, and is an event. */
  private async lookForLeftovers(rollCall: RollCall, rounds: Rounds): Promise<void> {
    this.hooks.progress(0.97, "looking for what the faults left behind");
    const startedAt = (this.window?.startedAt.getTime() ?? 0) / 1000;
    try {
      let found = await rollCall.call(this.fleet, rounds);
      const left = this.untilReconnected(startedAt);
      if (left > 0 && found.deafServers.length + found.unservedClients.length > 0) {
        // Who is still about to come back is not deaf.
        await this.fleet.race(sleep(left * 1000));
        found = await rollCall.call(this.fleet, rounds);
      }
      this.leftovers = found;
      await this.fleet.race(this.atRest("after"));
    } catch (error) {
      this.event("roll-call-broke-off", { message: error instanceof Error ? error.message : String(error) });
    }
  }

  private get pause(): { pause?: number } {
    const { pauseSeconds } = this.workload;
    return pauseSeconds === undefined || pauseSeconds === 0 ? {} : { pause: pauseSeconds };
  }

  /** Seconds without any success that are still no reason to give up. */
  private patience(): number {
    const { timeoutSeconds, ratePerSecond, pauseSeconds = 0 } = this.workload;
    return timeoutSeconds + slackSeconds + (ratePerSecond === undefined ? pauseSeconds : 1 / ratePerSecond);
  }

  /**
   * Seconds without an arrival after which what is missing is lost: where links lose packets, by themselves or by the timeline, TCP may
   * take long to send one again that is lost many times. Servers that lost their bus come back to it after at most `reconnectSeconds`: so
   * long after the last fault a message may be waiting for its server.
   * @param startedAt Unix time of the window's start, seconds; absent: no fault was before
   */
  private quiet(startedAt = -Infinity): number {
    const lossy = losesPackets(this.input, this.workload);
    return Math.max(lossy ? lossyQuietSeconds : quietSeconds, this.untilReconnected(startedAt));
  }

  /** Seconds until whoever lost the bus in a fault has tried it again; negative: that is over. */
  private untilReconnected(startedAt: number): number {
    const ends = (this.workload.timeline ?? []).map(({ untilSeconds }) => untilSeconds);
    return Math.max(...ends, -Infinity) + startedAt + reconnectSeconds - unixNow();
  }

  private async atRest(when: "before" | "after"): Promise<void> {
    await this.hooks.atRest?.(when);
  }

  /** A window that breaks off was no longer than until now: its rates are not those of the time that did not come. */
  private cutShort(): void {
    if (this.window === undefined || this.ended) return;
    const passed = unixNow() - this.window.startedAt.getTime() / 1000;
    this.window.plannedSeconds = Math.max(0, Math.min(this.window.plannedSeconds, passed));
  }

  private endWindow(): void {
    if (this.window === undefined || this.ended) return;
    this.ended = true;
    this.hooks.windowEnded(new Date());
  }

  private event(event: string, details: object): void {
    this.hooks.series({ workload: this.workload.name, event, time: unixNow(), ...details });
  }

  private take(agent: number, interval: Interval): void {
    if (this.recorded) return;
    this.rounds?.take(interval);
    this.rollCall?.take(interval, this.round);
    if (interval.round !== this.round || this.window === undefined) return;
    this.series?.add(agent, interval);
    this.latencies.add(interval.latency, interval.service);
    this.negative += interval.negative;
    const active =
      Object.keys(interval.receivers).length > 0 ||
      Object.values(interval.clients).some(({ ok }) => ok.length > 0);
    // Afterwards processes only wait for what is under way.
    if (interval.cpu !== undefined && !this.ended) this.generator.add(agent, interval.cpu, active);
    for (const { late } of Object.values(interval.clients)) this.late += late;
    const last = Object.keys(interval.clients).length > 0 ? "lastOperation" : "lastDelivery";
    this.window[last] = Math.max(this.window[last], interval.lastAt ?? 0);
  }
}
