import { closeSync, openSync, readSync, rmSync } from "fs";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { isMeasurement } from "../../bin/engine/state";

/** How often the log is looked at, milliseconds: the resolution of the times. */
const everyMs = 20;

/** Follows the event log that the engine writes, and notes when the measurement began and ended. */
export class EventWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #descriptor: number;
  #offset = 0;
  #rest = "";
  #began: number | undefined;
  #ended: number | undefined;

  /** @param began Called once when the measurement begins. */
  constructor(
    readonly file: string,
    private readonly began: () => void = () => undefined,
  ) {
    // Made here, so that it is there before the engine opens it, which appends.
    this.#descriptor = openSync(file, "w+", 0o600);
    this.#timer = setInterval(() => this.#read(), everyMs);
  }

  /** When the measurement began and ended, by `performance.now()`. Errors: the log does not speak of it. */
  measurement(): { readonly began: number; readonly ended: number } {
    this.#read();
    if (this.#began === undefined || this.#ended === undefined)
      throw new Error("the engine's events do not tell when the measurement began and ended");
    return { began: this.#began, ended: this.#ended };
  }

  close(): void {
    clearInterval(this.#timer);
    closeSync(this.#descriptor);
    rmSync(this.file, { force: true });
  }

  #read(): void {
    const buffer = Buffer.alloc(1 << 20);
    for (let length = 1; length > 0;) {
      length = readSync(this.#descriptor, buffer, 0, buffer.length, this.#offset);
      this.#offset += length;
      const lines = (this.#rest + buffer.toString("latin1", 0, length)).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    }
  }

  #take(line: string): void {
    // Events carry whole states of resources; all but a few need not be parsed.
    if (!line.includes("measurement-run")) return;
    const { resourcePreEvent: before, resOutputsEvent: after } = JSON.parse(line) as EngineEvent;
    if (before && isMeasurement(before.metadata.urn) && this.#began === undefined) {
      this.#began = performance.now();
      this.began();
    }
    if (after && isMeasurement(after.metadata.urn)) this.#ended ??= performance.now();
  }
}
