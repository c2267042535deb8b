import type { EngineEvent } from "@pulumi/pulumi/automation";
import { isMeasurement } from "../engine/state";
import { plain } from "./outcome";
import type { PhaseCounter } from "./phases";
import type { Screen } from "./screen";

/** Shows an operation as its events tell of it: phases with their counts, and what the runner says. */
export class ProgressReport {
  constructor(
    private readonly counter: PhaseCounter,
    private readonly screen: Screen,
  ) {}

  take(event: EngineEvent): void {
    const { diagnosticEvent: diagnostic, resOutputsEvent, resourcePreEvent } = event;
    if (diagnostic?.urn && isMeasurement(diagnostic.urn) && diagnostic.severity !== "error") {
      this.#runnerSays(plain2(diagnostic.message));
      return;
    }
    if (diagnostic?.severity === "warning") this.screen.line(`warning: ${plain(diagnostic.message)}`);
    if (resOutputsEvent) {
      const progress = this.counter.take(event);
      // A phase is worth a line when it is done; until then it is the status.
      if (progress && progress.done === progress.total && progress.phase !== "measurement")
        this.screen.line(`${progress.phase} ${progress.done}/${progress.total}`);
    }
    if (resOutputsEvent || resourcePreEvent) this.#status();
  }

  #status(detail?: string): void {
    const { current, overall } = this.counter;
    const text = current ? `${current.phase} ${current.done}/${current.total}` : "finishing";
    this.screen.status({ ...overall, text: detail ?? text });
  }

  /** The runner's lines: those that are indented tell how far a workload is, the others stay. */
  #runnerSays(text: string): void {
    for (const line of text.split("\n")) {
      if (line.trim() === "") continue;
      if (!line.startsWith(" ")) this.screen.line(line);
      this.#status(line.trim());
    }
  }
}

/** As {@link plain}, with the spaces that begin a line. */
function plain2(message: string): string {
  return `${/^ */.exec(message)?.[0] ?? ""}${plain(message)}`;
}
