import { createInterface } from "readline";
import type { Containers, ExecProcess } from "../containers";
import { eventsOf, loadEvent, type LoadEvent } from "./protocol";

const progressMs = 10_000;
const stderrLines = 4;

/** A load that runs in a container, told on its standard input; it ends when that does. */
export class RunningLoad {
  /** What it has said. */
  readonly events: LoadEvent[] = [];
  /** Resolves when it has ended well, with nothing; rejects with why it has not. */
  readonly over: Promise<undefined>;
  private readonly waiting: { event: LoadEvent["event"]; resolve: () => void }[] = [];
  private readonly logged: string[] = [];
  private readonly ticking: NodeJS.Timeout;

  private constructor(
    private readonly process: ExecProcess,
    progress: (text: string) => void,
  ) {
    const lines = createInterface({ input: process.stdout, crlfDelay: Infinity });
    lines.on("line", (line) => this.take(line));
    const read = new Promise<void>((resolve) => lines.once("close", resolve));
    createInterface({ input: process.stderr, crlfDelay: Infinity }).on("line", (line) => {
      this.logged.push(line);
      if (this.logged.length > stderrLines) this.logged.shift();
    });
    // Writing to a process that has just ended fails here and shows in `exited`, which says why.
    process.stdin.on("error", () => undefined);
    this.over = Promise.all([process.exited, read]).then(([code]) => {
      clearInterval(this.ticking);
      if (code !== 0) throw new Error(`the load ended with exit code ${code}: ${this.logged.join(" | ")}`);
      return undefined;
    });
    // Whoever waits for something races it with this; between two waits nobody does.
    this.over.catch(() => clearInterval(this.ticking));
    this.ticking = setInterval(() => progress(this.inWords()), progressMs);
  }

  /** Starts one. Errors: the container is missing or not running. */
  static async start(
    containers: Containers,
    container: string,
    progress: (text: string) => void,
  ): Promise<RunningLoad> {
    return new RunningLoad(await containers.spawn(container, ["servers-load"]), progress);
  }

  /** Tells it what is wanted, and then when to start. */
  tell(line: object): void {
    if (this.process.stdin.writable) this.process.stdin.write(`${JSON.stringify(line)}\n`);
  }

  /** Has it delete what it made and end. */
  end(): void {
    clearInterval(this.ticking);
    this.process.stdin.end();
  }

  /** Resolves once it says so. Errors: it ends before. */
  said(event: LoadEvent["event"]): Promise<void> {
    if (this.events.some((one) => one.event === event)) return Promise.resolve();
    const saying = new Promise<void>((resolve) => this.waiting.push({ event, resolve }));
    const ended = this.over.then(() => {
      throw new Error(`the load ended before it said ${event}`);
    });
    return Promise.race([saying, ended]);
  }

  private take(line: string): void {
    const parsed = loadEvent.safeParse(jsonOf(line));
    if (!parsed.success) {
      this.logged.push(line);
      return;
    }
    this.events.push(parsed.data);
    for (const one of this.waiting) if (one.event === parsed.data.event) one.resolve();
  }

  private inWords(): string {
    const settled = eventsOf(this.events, "server");
    const active = settled.filter(({ state }) => state === "ACTIVE").length;
    const tokens = eventsOf(this.events, "authentication");
    const granted = tokens.filter(({ status }) => status === 201).length;
    return `${active} of ${eventsOf(this.events, "boot").length} servers ACTIVE, ${settled.length - active} in ERROR, ${granted} of ${tokens.length} tokens`;
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
