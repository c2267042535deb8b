import { createInterface } from "readline";
import type { Readable } from "stream";
import type { Containers, ExecProcess } from "../containers";
import { within } from "./bounded";
import type { Hand } from "./deal";
import { parseReport, type Command, type Interval, type Report } from "./protocol";

/** An agent process ended, or said something that makes it useless, before it was told to stop. */
export class AgentDied extends Error {
  constructor(agent: string, reason: string) {
    super(`agent ${agent} ${reason}`);
    this.name = "AgentDied";
  }
}

/** What an agent's reports are for. */
export interface AgentEvents {
  interval(agent: AgentProcess, interval: Interval): void;
  stale(messages: number): void;
  died(agent: AgentProcess, error: AgentDied): void;
}

const spawnMs = 30_000;
const pingMs = 5_000;
const stopMs = 12_000;
const exitMs = 3_000;
const stderrLines = 12;

/** One agent process in a site's container, spoken to over its standard streams. */
export class AgentProcess {
  /** The difference between the agent's clock and ours, seconds; set by `readClock`. */
  clockOffset = 0;
  /** Unix time minus monotonic time at the agent, seconds; set by `readClock`. */
  realtimeOffset = 0;
  readonly name: string;
  private pid: number | undefined;
  private dead: AgentDied | undefined;
  private stopping = false;
  private nextId = 0;
  private readonly waiting = new Map<
    string,
    { resolve: (report: Report) => void; reject: (e: Error) => void }
  >();
  /** The last lines the agent logged, for the words in which its end is reported. */
  private readonly logged: string[] = [];
  private readonly pings: NodeJS.Timeout;

  private constructor(
    readonly index: number,
    readonly hand: Hand,
    private readonly containers: Containers,
    private readonly container: string,
    private readonly process: ExecProcess,
    private readonly events: AgentEvents,
  ) {
    const first = hand.members[0]?.id ?? 0;
    this.name = `${hand.site}/${hand.role}s-${first}-${first + hand.members.length - 1}`;
    this.eachLine(process.stdout, (line) => this.take(line));
    this.eachLine(process.stderr, (line) => {
      this.logged.push(line);
      if (this.logged.length > stderrLines) this.logged.shift();
    });
    // Writing to a process that has just ended fails here and shows in `exited`, which says why.
    process.stdin.on("error", () => undefined);
    process.exited.then(
      (code) => this.die(`ended with exit code ${code}`),
      (error: unknown) => this.die(`is out of reach: ${String(error)}`),
    );
    this.pings = setInterval(() => this.send({ type: "ping" }), pingMs);
  }

  /** Starts an agent in `container`. Errors: the container is missing or not running; `TimedOut`. */
  static async start(
    index: number,
    hand: Hand,
    containers: Containers,
    container: string,
    events: AgentEvents,
  ): Promise<AgentProcess> {
    const spawning = containers.spawn(container, ["buswide-agent"]);
    const process = await within(spawning, spawnMs, `starting an agent in ${container}`);
    return new AgentProcess(index, hand, containers, container, process, events);
  }

  get alive(): boolean {
    return this.dead === undefined;
  }

  /** Sends a command that is answered by a later report or not at all. */
  send(command: Command): void {
    if (this.alive && this.process.stdin.writable) this.process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Has the agent make its members; resolves when they are there. Errors: `AgentDied`, `TimedOut`. */
  async configure(command: Command & { type: "configure" }, timeoutMs: number): Promise<void> {
    await this.ask(command, "configured", timeoutMs);
  }

  /**
   * Reads the agent's clock `times` times and keeps the reading with the shortest round trip, as F. Cristian,
   * "Probabilistic clock synchronization", 1989. Errors: `AgentDied`, `TimedOut`.
   */
  async readClock(times: number, timeoutMs: number): Promise<void> {
    let shortest = Infinity;
    for (let reading = 0; reading < times; reading++) {
      const id = this.nextId++;
      const before = unixNow();
      const report = await this.ask({ type: "clock", id }, `clock ${id}`, timeoutMs);
      const after = unixNow();
      if (report.type !== "clock") continue;
      this.pid = report.pid;
      if (after - before >= shortest) continue;
      shortest = after - before;
      this.clockOffset = report.unix - (before + after) / 2;
      this.realtimeOffset = report.offset;
    }
  }

  /** Has the agent report all it counted; resolves when that has been taken in. Errors: as above. */
  async flush(timeoutMs: number): Promise<void> {
    const id = this.nextId++;
    await this.ask({ type: "flush", id }, `flushed ${id}`, timeoutMs);
  }

  /** Resolves when the clients of this agent have done `round`. Errors: `AgentDied`, `TimedOut`. */
  async finished(round: number, timeoutMs: number): Promise<void> {
    await this.await(`finished ${round}`, timeoutMs);
  }

  /** Ends the process: by asking, then by closing its input, then by force. Never rejects, at most 20 s. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.pings);
    const exited = this.process.exited.then(
      () => undefined,
      () => undefined,
    );
    this.send({ type: "stop" });
    if (await settles(exited, this.alive ? stopMs : exitMs)) return;
    this.process.stdin.end();
    if (await settles(exited, exitMs)) return;
    if (this.pid === undefined) return;
    // The shell's own kill: a small image has no other.
    const killed = this.containers.exec(this.container, ["sh", "-c", `kill -9 ${this.pid}`], {
      timeoutMs: exitMs,
    });
    await killed.then(
      () => undefined,
      // A container that is gone took the process with it.
      () => undefined,
    );
  }

  private eachLine(stream: Readable, take: (line: string) => void): void {
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    lines.on("line", take);
    // What breaks the stream ends `exited` as well, where it is reported.
    stream.on("error", () => lines.close());
    lines.on("error", () => undefined);
  }

  private take(line: string): void {
    let report: Report;
    try {
      report = parseReport(line);
    } catch (error) {
      this.die(`sent a report that can't be read: ${String(error)}`);
      return;
    }
    switch (report.type) {
      case "interval":
        return this.events.interval(this, report);
      case "stale":
        return this.events.stale(report.messages);
      case "error":
        return this.die(`failed: ${report.message}`);
      case "clock":
        return this.answer(`clock ${report.id}`, report);
      case "flushed":
        return this.answer(`flushed ${report.id}`, report);
      case "finished":
        return this.answer(`finished ${report.round}`, report);
      case "configured":
      case "stopped":
        return this.answer(report.type, report);
    }
  }

  private ask(command: Command, answer: string, timeoutMs: number): Promise<Report> {
    const answered = this.await(answer, timeoutMs);
    this.send(command);
    return answered;
  }

  private await(answer: string, timeoutMs: number): Promise<Report> {
    if (this.dead) return Promise.reject(this.dead);
    const answered = new Promise<Report>((resolve, reject) => this.waiting.set(answer, { resolve, reject }));
    return within(answered, timeoutMs, `agent ${this.name}: ${answer}`).finally(() =>
      this.waiting.delete(answer),
    );
  }

  private answer(name: string, report: Report): void {
    this.waiting.get(name)?.resolve(report);
  }

  private die(reason: string): void {
    if (this.dead) return;
    clearInterval(this.pings);
    const log = this.logged.length > 0 ? `; its last words: ${this.logged.slice(-3).join(" | ")}` : "";
    this.dead = new AgentDied(this.name, `${reason}${log}`);
    for (const { reject } of this.waiting.values()) reject(this.dead);
    if (!this.stopping) this.events.died(this, this.dead);
  }
}

/** Unix time in seconds with the resolution of the monotonic clock. */
export function unixNow(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

async function settles(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return within(promise, timeoutMs, "").then(
    () => true,
    () => false,
  );
}
