import type { Containers } from "../containers";
import { tellOneTime } from "../hosts/clocks";
import type { MeasurementInput, PlannedWorkload } from "../runner/input";
import { AgentProcess, type AgentDied, type AgentEvents } from "./agentProcess";
import { RefusedWorkload, total, type Hand } from "./deal";
import { endEarlierAgents } from "./earlierAgents";
import type { Command } from "./protocol";

/** How long agents get to connect their members, milliseconds: a base, and more for each member. */
export const connectMs = (members: number): number => 60_000 + 500 * members;
/**
 * How long a connected agent goes on without hearing of this program, seconds: a dozen pings. An agent on a host whose channel
 * broke off without closing loads the bus for so long.
 */
const deadmanSeconds = 60;
const answerMs = 15_000;
/** How long an agent gets to import its libraries on a machine that is busy starting others, milliseconds. */
const startMs = 90_000;
/** Processes started at the same time; each costs most of a second of a core to import its libraries. */
const startsAtOnce = 8;
/** Difference in clock offsets up to which processes read one clock, seconds. */
const sharedClockTolerance = 0.001;

/** The agent processes of one workload. */
export class Fleet {
  private agents: AgentProcess[] = [];
  private failure: Error | undefined;
  private stopped = false;
  private starting: Promise<unknown> = Promise.resolve();
  private reject: (error: Error) => void = () => undefined;
  /** Rejects when an agent dies or the run is to end early; never resolves. */
  readonly broken: Promise<never>;
  /** Whether receivers measure one-way latency: asked for, and all agents read the same clock. */
  oneWay = false;
  /** Whether agents that should read one clock were found to read different times. */
  clocksDisagree = false;
  /** How many agents of earlier runs were still there, and were ended. */
  endedEarlier = 0;

  constructor(
    private readonly containers: Containers,
    private readonly input: MeasurementInput,
    private readonly workload: PlannedWorkload,
    private readonly events: Omit<AgentEvents, "died">,
  ) {
    this.broken = new Promise<never>((_, reject) => (this.reject = reject));
    // Whoever waits for something races it with this; between two waits nobody does.
    this.broken.catch(() => undefined);
  }

  get alive(): AgentProcess[] {
    return this.agents.filter((agent) => agent.alive);
  }

  get clients(): AgentProcess[] {
    return this.agents.filter((agent) => agent.hand.role === "client");
  }

  /** Numbers of all agents. */
  get indices(): number[] {
    return this.agents.map((agent) => agent.index);
  }

  /** Ends the run early, with the first reason given. */
  break(error: Error): void {
    this.failure ??= error;
    this.reject(this.failure);
  }

  /** Waits for `promise` unless the fleet breaks first. Errors: what broke it, or the promise's own. */
  async race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.broken]);
  }

  /**
   * Starts an agent process for each hand and makes its members: servers first, so that no client sends to a
   * topic that has no queue. Agents that an earlier run has left in the same containers are ended before.
   * Errors: `RefusedWorkload` for a site without agents or transport; `AgentDied`; `TimedOut`; a container that is not there.
   */
  async start(hands: readonly Hand[], run: string): Promise<void> {
    const places = hands.map((hand) => this.place(hand));
    this.endedEarlier = await endEarlierAgents(
      this.containers,
      places.map(({ container }) => container),
    );
    const left = places.entries();
    const startNext = async (): Promise<void> => {
      for (const [index, { hand, container }] of left) {
        if (this.stopped || this.failure) return;
        await this.startOne(index, hand, container);
      }
    };
    // All of them end before an error is passed on: an agent started by one must not be missed by `stop`.
    const starts = Promise.allSettled(Array.from({ length: startsAtOnce }, startNext));
    this.starting = starts;
    for (const start of await starts) if (start.status === "rejected") throw start.reason;
    this.agents.sort((one, other) => one.index - other.index);
    const offsets = this.agents.map((agent) => agent.realtimeOffset);
    const sameClock = Math.max(...offsets) - Math.min(...offsets) <= sharedClockTolerance;
    this.clocksDisagree = this.input.clockShared && !sameClock;
    // Clocks of several hosts were compared before; how long each host is up says nothing about them.
    this.oneWay = this.workload.pattern !== "call" && tellOneTime(this.input) && !this.clocksDisagree;
    for (const role of ["server", "client"] as const) {
      const agents = this.agents.filter((agent) => agent.hand.role === role);
      await this.race(Promise.all(agents.map((agent) => this.configure(agent, run))));
    }
  }

  /** Sends a command to every agent. */
  tell(command: (agent: AgentProcess) => Command): void {
    for (const agent of this.alive) agent.send(command(agent));
  }

  /** Takes in all that living agents have counted. Returns the names of those that did not answer, and are left out. */
  async flush(): Promise<string[]> {
    const asked = this.alive;
    const answers = await Promise.allSettled(asked.map((agent) => agent.flush(answerMs)));
    return asked.filter((_, at) => answers[at]?.status === "rejected").map(({ name }) => name);
  }

  /** Ends every agent process, those that are just being started too. Never rejects; half a minute at most. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await this.starting;
  }

  private async startOne(index: number, hand: Hand, container: string): Promise<void> {
    const agent = await AgentProcess.start(index, hand, this.containers, container, {
      ...this.events,
      died: (_, error: AgentDied) => this.break(error),
    });
    if (this.stopped) {
      await agent.stop();
      return;
    }
    this.agents.push(agent);
    // The first answer comes once the libraries are imported; it is too late to tell the time by.
    await agent.readClock(1, startMs);
    await agent.readClock(5, answerMs);
  }

  private place(hand: Hand): { hand: Hand; container: string } {
    const container = this.input.sites.find((site) => site.name === hand.site)?.agents;
    if (container === undefined) {
      throw new RefusedWorkload(this.workload.name, `site ${hand.site} has no container for agents`);
    }
    if (this.input.bus.transports[hand.site] === undefined) {
      throw new RefusedWorkload(this.workload.name, `site ${hand.site} has no transport URL`);
    }
    return { hand, container };
  }

  private async configure(agent: AgentProcess, run: string): Promise<void> {
    const { site, role, members } = agent.hand;
    const longestMs = connectMs(total(this.workload.clients) + total(this.workload.servers));
    const command = {
      type: "configure" as const,
      run,
      role,
      pattern: this.workload.pattern,
      site,
      transport: this.input.bus.transports[site] ?? "",
      settings: this.input.bus.settings,
      messageBytes: this.workload.messageBytes,
      timeoutSeconds: this.workload.timeoutSeconds,
      oneWay: this.oneWay,
      // While thousands connect, a busy machine may hear nothing for minutes: that is no reason to give up before connecting is.
      connectingDeadmanSeconds: longestMs / 1000,
      deadmanSeconds,
      members,
    };
    await agent.configure(command, longestMs);
  }
}

/** `text` without the transport URLs and the passwords in them. */
export function redact(text: string, transports: Record<string, string>): string {
  const secrets = Object.values(transports).flatMap((url) => [
    url,
    ...[...url.matchAll(/:([^:@/,]+)@/g)].map(([, password]) => password ?? ""),
  ]);
  return secrets
    .filter((secret) => secret.length > 0)
    .sort((one, other) => other.length - one.length)
    .reduce((clean, secret) => clean.split(secret).join("[secret]"), text);
}
