import { MultiBar, Presets, type SingleBar } from "cli-progress";

/** Where progress is shown: on standard error, so that standard output is for results. */
export interface Screen {
  /** A line that stays. */
  line(text: string): void;
  /** What is going on now. */
  status(status: Status): void;
  /** Ends the live line; later lines are plain. */
  close(): void;
}

export interface Status {
  readonly text: string;
  readonly done: number;
  readonly total: number;
}

/** How often a plain log says that things go on, ms. */
const heartbeatMs = 10_000;
/** How often the live line's clock moves, ms. */
const tickMs = 500;

/** A screen for `stream`: a live line on a terminal, plain lines without control characters anywhere else. */
export function openScreen(stream: NodeJS.WriteStream = process.stderr): Screen {
  const live = stream.isTTY && process.env.TERM !== "dumb" && !process.env.CI;
  return live ? new LiveScreen(stream) : new PlainScreen((text) => stream.write(text));
}

/** Lines with the time since the start; a line of status now and then. */
export class PlainScreen implements Screen {
  readonly #start = Date.now();
  #lastLine = Date.now();
  #closed = false;

  constructor(private readonly write: (text: string) => void) {}

  line(text: string): void {
    this.#lastLine = Date.now();
    const clock = this.#closed ? "" : `${formatSeconds((Date.now() - this.#start) / 1000).padStart(7)}  `;

    this.write(`${clock}${text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "")}\n`);
  }

  status({ text, done, total }: Status): void {
    if (Date.now() - this.#lastLine >= heartbeatMs) this.line(`${done}/${total}  ${text}`);
  }

  close(): void {
    this.#closed = true;
  }
}

class LiveScreen implements Screen {
  readonly #start = Date.now();
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #timer: NodeJS.Timeout | undefined;
  #text = "";

  constructor(private readonly stream: NodeJS.WriteStream) {}

  line(text: string): void {
    if (this.#bars) this.#bars.log(`${text}\n`);
    else this.stream.write(`${text}\n`);
  }

  status({ text, done, total }: Status): void {
    this.#text = text;
    const bar = this.#open();
    bar.setTotal(total);
    bar.update(done, this.#payload());
  }

  close(): void {
    clearInterval(this.#timer);
    this.#bars?.stop();
    this.#bars = undefined;
  }

  #payload() {
    return { text: this.#text, elapsed: formatSeconds((Date.now() - this.#start) / 1000) };
  }

  #open(): SingleBar {
    if (this.#bar) return this.#bar;
    this.#bars = new MultiBar(
      {
        stream: this.stream,
        format: "{bar} {value}/{total}  {elapsed}  {text}",
        barsize: 20,
        clearOnComplete: true,
        hideCursor: true,
        fps: 8,
      },
      Presets.shades_classic,
    );
    this.#bar = this.#bars.create(1, 0, this.#payload());
    this.#timer = setInterval(() => this.#bar?.update(this.#payload()), tickMs);
    return this.#bar;
  }
}

/** `75` as `1m15s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
}
