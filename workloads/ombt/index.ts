import { setTimeout as sleep } from "timers/promises";
import type { Containers } from "../containers";
import { tellOneTime } from "../hosts/clocks";
import { unixNow } from "../probe/agentProcess";
import { deal, RefusedWorkload, receiversOf, sameSiteOf, total, type Hand } from "../probe/deal";
import { endEarlierAgents } from "../probe/earlierAgents";
import { redact } from "../probe/fleet";
import type { ProbeHooks } from "../probe";
import { Latencies } from "../probe/latency";
import { Ledger } from "../probe/ledger";
import { failureOf, makeRecord, type ProbeRecord, type Window } from "../probe/record";
import { Stalled } from "../probe/rounds";
import type { MeasurementInput, PlannedWorkload } from "../runner/input";
import { unlessInterrupted } from "../runner/interruption";
import { OmbtProcess } from "./process";
import { answers, type Setup, type TopicTotals } from "./protocol";
import { reportedTotals } from "./totals";

export const ombtVersion = "3.0.0";

/** From a process's start until its agents have connected, milliseconds: a base, and more for each agent. */
const connectMs = (agents: number): number => 60_000 + 2_000 * agents;
const answerMs = 60_000;
const pollMs = 1_000;
/** From saying that the window starts to its start. */
const leadMs = 500;
/** Operations of each client before the measured ones, left out of every figure. */
const warmUpCalls = 20;
/** What a controller takes besides the calls: its roll call, its look at the servers. Seconds. */
const controllerSeconds = 60;
/** What ending the agents may take after an interruption, milliseconds. */
const graceMs = 1_000;
/** Seconds an operation may take beyond its timeout: the library's retries, and a busy machine. */
const slackSeconds = 15;

/**
 * Runs one workload with ombt: its clients and servers, a process each, in the sites' containers, and a controller
 * a topic where the first server is. The record's shape is the probe's; in it stands what ombt reports of itself.
 *
 * ombt's traps and what is done about them: stale results of an earlier test (agents are started for each workload,
 * and messages are told apart by their test), decade-wide latencies (percentiles come from its detailed output), the
 * time failed operations took in the mean (they have no latency here), a crash when nothing is delivered.
 *
 * As `runProbe`, it never throws and never waits without bound, nor, once interrupted, for the last of its agents.
 */
export async function runOmbt(
  containers: Containers,
  input: MeasurementInput,
  workload: PlannedWorkload,
  hooks: ProbeHooks,
  signal: AbortSignal,
): Promise<ProbeRecord> {
  const run = new OmbtRun(containers, input, workload, hooks, signal);
  let failure: string | undefined;
  try {
    await run.run();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  try {
    const record = run.record(failure);
    if (record.failure !== undefined) record.failure = redact(record.failure, input.bus.transports);
    return record;
  } finally {
    await unlessInterrupted(run.end(), signal, graceMs);
  }
}

/** The agents of one site and role. */
interface Crew {
  readonly hand: Hand;
  readonly process: OmbtProcess;
}

class OmbtRun {
  private readonly startedAt = new Date();
  private readonly latencies = new Latencies();
  private readonly processes: OmbtProcess[] = [];
  private readonly interrupted: Promise<never>;
  private hands: Hand[] = [];
  private crews: Crew[] = [];
  private window: Window | undefined;
  private ledger: Ledger | undefined;
  private totals: readonly TopicTotals[] = [];
  private ended = true;

  constructor(
    private readonly containers: Containers,
    private readonly input: MeasurementInput,
    private readonly workload: PlannedWorkload,
    private readonly hooks: ProbeHooks,
    signal: AbortSignal,
  ) {
    this.interrupted = new Promise<never>((_, reject) => {
      const interrupt = () => reject(new Error("interrupted"));
      if (signal.aborted) interrupt();
      signal.addEventListener("abort", interrupt, { once: true });
    });
    this.interrupted.catch(() => undefined);
  }

  async run(): Promise<void> {
    this.hands = deal(this.workload);
    this.hooks.progress(0, "starting ombt's agents");
    const places = this.hands.map(({ site }) => this.container(site));
    const earlier = await this.race(endEarlierAgents(this.containers, places));
    if (earlier > 0) this.event("agents-of-earlier-runs", { ended: earlier });
    for (const role of ["server", "client"] as const) {
      const hands = this.hands.filter((hand) => hand.role === role);
      const crews = await this.race(Promise.all(hands.map((hand) => this.startCrew(hand))));
      this.crews.push(...crews);
    }
    const controller = await this.race(this.startController());
    if (this.workload.warmupSeconds > 0) {
      this.hooks.progress(0.08, "warming up");
      await this.test(controller, Math.min(warmUpCalls, this.calls), () => undefined);
    }
    await this.askAll((process) => process.ask({ type: "clear" }, answers.done, answerMs));
    this.totals = await this.test(controller, this.calls, (at) => {
      this.ended = false;
      this.hooks.windowStarted(at);
    });
    this.endWindow();
    this.hooks.progress(0.95, "reading what ombt wrote down");
    await this.race(this.takeDetails());
    this.checkNumbers();
    this.hooks.progress(1, "done");
  }

  async end(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  record(failure: string | undefined): ProbeRecord {
    this.endWindow();
    const record = makeRecord(this.workload, {
      startedAt: this.window?.startedAt ?? this.startedAt,
      window: this.window,
      ledger: this.ledger,
      latencies: this.latencies,
      late: 0,
      hands: this.hands,
      failure: failure ?? failureOf(this.ledger),
    });
    const ombt = reportedTotals(this.totals, this.workload.pattern, ombtVersion);
    return { ...record, ...(this.totals.length === 0 ? {} : { ombt }) };
  }

  private get calls(): number {
    return this.workload.callsPerClient ?? 1;
  }

  private get place(): Pick<Setup, "settings" | "timeoutSeconds"> {
    // ombt takes whole seconds only.
    return {
      settings: this.input.bus.settings,
      timeoutSeconds: Math.max(1, Math.ceil(this.workload.timeoutSeconds)),
    };
  }

  private async startCrew(hand: Hand): Promise<Crew> {
    const { members, role } = hand;
    const setup = { ...this.place, role, members, transport: this.transport(hand.site) };
    const process = await this.start(hand.site, `${role}s of ${hand.site}`, setup, members.length);
    return { hand, process };
  }

  private startController(): Promise<OmbtProcess> {
    const [first] = this.hands;
    if (first === undefined) throw new Error("a workload without agents was dealt");
    const topics = [...new Set(this.hands.flatMap((hand) => hand.members.map(({ topic }) => topic)))].sort();
    const setup = {
      ...this.place,
      role: "controller" as const,
      topics,
      transport: this.transport(first.site),
    };
    return this.start(first.site, "controller", setup, topics.length);
  }

  private async start(site: string, name: string, setup: Setup, agents: number): Promise<OmbtProcess> {
    const process = await OmbtProcess.start(this.containers, this.container(site), name, setup);
    this.processes.push(process);
    await process.ready(connectMs(agents));
    return process;
  }

  private container(site: string): string {
    const container = this.input.sites.find((other) => other.name === site)?.agents;
    if (container === undefined)
      throw new RefusedWorkload(this.workload.name, `site ${site} has no container for agents`);
    return container;
  }

  private transport(site: string): string {
    const url = this.input.bus.transports[site];
    if (url === undefined) throw new RefusedWorkload(this.workload.name, `site ${site} has no transport URL`);
    return url;
  }

  /** One test of all topics at once; `started` is told when it begins. */
  private async test(
    controller: OmbtProcess,
    calls: number,
    started: (at: Date) => void,
  ): Promise<TopicTotals[]> {
    const { pattern, timeoutSeconds, messageBytes, pauseSeconds = 0 } = this.workload;
    if (pattern === "notify") throw new RefusedWorkload(this.workload.name, "ombt is run for RPC only");
    const patience = timeoutSeconds + slackSeconds + pauseSeconds;
    const testSeconds = Math.ceil(calls * patience) + controllerSeconds;
    await this.race(controller.ask({ type: "roll-call", testSeconds }, answers.done, answerMs));
    const before = await this.count();
    // As with the probe, whoever reads counters at the window's edge has time to begin.
    started(new Date(Date.now() + leadMs));
    await this.race(sleep(leadMs));
    const limitMs = (testSeconds + timeoutSeconds + controllerSeconds) * 1000;
    const command = { type: "test" as const, pattern, calls, pause: pauseSeconds, messageBytes };
    const testing = controller
      .ask(command, answers.tested, limitMs)
      .then((tested) => Object.values(tested.answers));
    // It is raced below, and the loop may end by another error before it does.
    testing.catch(() => undefined);
    // A line each operation of a client.
    const expected = calls * total(this.workload.clients);
    let seen = before;
    let since = unixNow();
    for (;;) {
      const tested = await this.race(Promise.race([testing, sleep(pollMs, undefined)]));
      if (tested !== undefined) return tested;
      const count = await this.count();
      if (count !== seen) [seen, since] = [count, unixNow()];
      // After the last operation the controller asks the servers, for `timeout` seconds if something is missing.
      else if (unixNow() - since > patience + timeoutSeconds + controllerSeconds)
        throw new Stalled(unixNow() - since);
      const done = Math.min(1, Math.max(0, seen - before) / expected);
      this.hooks.progress(0.15 + 0.8 * done, `${Math.round(100 * done)} % of the operations`);
    }
  }

  /** Lines that clients have written. */
  private async count(): Promise<number> {
    const clients = this.crews.filter(({ hand }) => hand.role === "client");
    const counts = await this.race(
      Promise.all(clients.map(({ process }) => process.ask({ type: "count" }, answers.count, answerMs))),
    );
    return counts.reduce((sum, { total: lines }) => sum + lines, 0);
  }

  private async askAll(ask: (process: OmbtProcess) => Promise<unknown>): Promise<void> {
    await this.race(Promise.all(this.crews.map(({ process }) => ask(process))));
  }

  /** Reads every operation and delivery of the measured test. */
  private async takeDetails(): Promise<void> {
    const ledger = new Ledger(receiversOf(this.hands), this.workload.pattern, sameSiteOf(this.hands));
    const senders: Record<string, [number, string]> = {};
    let [first, lastOperation, lastDelivery] = [Infinity, 0, 0];
    const calls = this.workload.pattern === "call";
    for (const { hand, process } of this.crews.filter((crew) => crew.hand.role === "client")) {
      const taken = await process.ask({ type: "take" }, answers.clients, answerMs);
      for (const [id, detail] of Object.entries(taken.answers)) {
        const { sender, ok, failed, latency } = detail;
        if (sender !== null) senders[sender] = [Number(id), hand.site];
        ledger.client(Number(id), { ok, failed, late: 0 });
        if (calls && latency !== null) this.latencies.add({ [hand.site]: latency }, {});
        first = Math.min(first, detail.first ?? Infinity);
        lastOperation = Math.max(lastOperation, detail.last ?? 0);
      }
    }
    let [stale, negative] = [0, 0];
    for (const { process } of this.crews.filter((crew) => crew.hand.role === "server")) {
      const taken = await process.ask({ type: "take", senders }, answers.servers, answerMs);
      for (const [id, detail] of Object.entries(taken.answers)) {
        ledger.receiver(Number(id), detail.arrived);
        if (!calls && tellOneTime(this.input)) this.latencies.add(detail.latency, {});
        lastDelivery = Math.max(lastDelivery, detail.last ?? 0);
        stale += detail.stale;
        negative += detail.negative;
      }
    }
    if (stale > 0) this.event("messages-of-earlier-runs", { messages: stale });
    if (negative > 0) this.event("negative-latencies", { messages: negative });
    if (!Number.isFinite(first)) return;
    this.ledger = ledger;
    this.window = {
      startedAt: new Date(first * 1000),
      plannedSeconds: 0,
      lastOperation: lastOperation - first,
      // Where clocks differ, a server's says nothing about the window.
      lastDelivery: tellOneTime(this.input) ? Math.max(0, lastDelivery - first) : 0,
    };
  }

  /** ombt's controller goes on without agents that missed its roll call. */
  private checkNumbers(): void {
    const { clients, servers } = reportedTotals(this.totals, this.workload.pattern, ombtVersion);
    const wanted = { clients: total(this.workload.clients), servers: total(this.workload.servers) };
    if (clients === wanted.clients && servers === wanted.servers) return;
    throw new Error(
      `ombt's controllers found ${clients} clients and ${servers} servers of ${wanted.clients} and ${wanted.servers}`,
    );
  }

  private endWindow(): void {
    if (this.ended) return;
    this.ended = true;
    this.hooks.windowEnded(new Date());
  }

  private event(event: string, details: object): void {
    this.hooks.series({ workload: this.workload.name, event, time: unixNow(), ...details });
  }

  /** The promise's outcome, unless a process ends or the run is interrupted first. */
  private race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.interrupted, ...this.processes.map(({ broken }) => broken)]);
  }
}
