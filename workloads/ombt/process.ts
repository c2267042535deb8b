import { createInterface } from "readline";
import type { z } from "zod";
import type { Containers, ExecProcess } from "../containers";
import { within } from "../probe/bounded";
import { answers, failure, type Command, type Setup } from "./protocol";

/** A process of ombt's agents ended, or could not do what it was told. */
export class OmbtFailed extends Error {
  constructor(name: string, reason: string) {
    super(`ombt's ${name} ${reason}`);
    this.name = "OmbtFailed";
  }
}

const spawnMs = 30_000;
const pingMs = 5_000;
const stopMs = 5_000;
const stderrLines = 6;

/** One process that holds ombt's agents of a site, a forked process each, or its controllers. */
export class OmbtProcess {
  private readonly waiting: { resolve: (line: unknown) => void; reject: (error: Error) => void }[] = [];
  private readonly logged: string[] = [];
  private readonly pings: NodeJS.Timeout;
  private dead: OmbtFailed | undefined;
  private stopping = false;
  /** Rejects when the process ends by itself; never resolves. */
  readonly broken: Promise<never>;
  private reject: (error: Error) => void = () => undefined;

  private constructor(
    readonly name: string,
    private readonly process: ExecProcess,
  ) {
    this.broken = new Promise<never>((_, reject) => (this.reject = reject));
    // Whoever waits for something races it with this; between two waits nobody does.
    this.broken.catch(() => undefined);
    createInterface({ input: process.stdout, crlfDelay: Infinity }).on("line", (line) => this.take(line));
    createInterface({ input: process.stderr, crlfDelay: Infinity }).on("line", (line) => {
      this.logged.push(line);
      if (this.logged.length > stderrLines) this.logged.shift();
    });
    // Writing to a process that has just ended fails here and shows in `exited`, which says why.
    process.stdin.on("error", () => undefined);
    process.exited.then(
      (code) => this.die(`ended with exit code ${code}`),
      (error: unknown) => this.die(`is out of reach: ${String(error)}`),
    );
    this.pings = setInterval(() => this.write({ type: "ping" }), pingMs);
  }

  /** Starts the process; its agents are there once `ready` has resolved. Errors: the container; `TimedOut`. */
  static async start(containers: Containers, container: string, name: string, setup: Setup) {
    const spawning = containers.spawn(container, ["buswide-ombt"]);
    const started = new OmbtProcess(
      name,
      await within(spawning, spawnMs, `starting ombt's ${name} in ${container}`),
    );
    started.write(setup);
    return started;
  }

  /** Resolves when all of its agents have connected. Errors: {@link OmbtFailed}, `TimedOut`. */
  async ready(timeoutMs: number): Promise<void> {
    await this.answer(answers.ready, timeoutMs, "ready");
  }

  /** Has a command carried out. Errors: {@link OmbtFailed}, `TimedOut`. */
  async ask<S extends z.ZodType>(command: Command, schema: S, timeoutMs: number): Promise<z.infer<S>> {
    this.write(command);
    return this.answer(schema, timeoutMs, command.type);
  }

  /** Ends the process and its agents. Never rejects. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.write({ type: "stop" });
    const exited = this.process.exited.then(
      () => undefined,
      () => undefined,
    );
    await within(exited, stopMs, "").catch(() => undefined);
    clearInterval(this.pings);
    // What did not end by then hears no more pings, and does so by itself.
    this.process.stdin.end();
  }

  private async answer<S extends z.ZodType>(schema: S, timeoutMs: number, what: string): Promise<z.infer<S>> {
    if (this.dead) throw this.dead;
    const line = new Promise<unknown>((resolve, reject) => this.waiting.push({ resolve, reject }));
    const answered = await within(line, timeoutMs, `ombt's ${this.name}: ${what}`);
    const failed = failure.safeParse(answered);
    if (failed.success) throw new OmbtFailed(this.name, `failed: ${failed.data.message}`);
    const parsed = schema.safeParse(answered);
    if (!parsed.success) throw new OmbtFailed(this.name, `answered ${what} in no known form`);
    return parsed.data;
  }

  private write(line: object): void {
    if (!this.dead && this.process.stdin.writable) this.process.stdin.write(`${JSON.stringify(line)}\n`);
  }

  private take(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      this.die("sent an answer that can't be read");
      return;
    }
    this.waiting.shift()?.resolve(value);
  }

  private die(reason: string): void {
    if (this.dead) return;
    clearInterval(this.pings);
    const log = this.logged.length > 0 ? `; its last words: ${this.logged.join(" | ")}` : "";
    this.dead = new OmbtFailed(this.name, `${reason}${log}`);
    for (const { reject } of this.waiting.splice(0)) reject(this.dead);
    if (!this.stopping) this.reject(this.dead);
  }
}
