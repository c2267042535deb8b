import { setTimeout as sleep } from "timers/promises";
import {
  ofServices,
  type MeasurementInput,
  type PlannedServiceEpisode,
  type PlannedWorkload,
} from "../runner/input";
import { mostLateSeconds, type Timeline } from "../runner/timeline";
import type { Restored, ServiceFaults, Standing } from "./engine";
import type { FaultNotes } from "./notes";

/** Something that was done to a service, or undone, as it came about: a line of `series.jsonl`. */
export interface ServiceChange {
  workload: string;
  /** `<site>/<service>` */
  service: string;
  what: PlannedServiceEpisode["what"] | "restored";
  /** When it should have begun, Unix time in seconds; absent: as soon as it could, or on the way out. */
  askedTime?: number;
  /** When the engine was told. */
  begunTime: number;
  /**
   * When it was so: the service had ended, stood still, was starved, took its disk for full; or was started, let go on,
   * given all back.
   */
  time: number;
}

/** Once told, the engine asks its runtime, which starts a program of its own to do it: what else it may take, seconds. */
export const mostLateDoneSeconds = 0.5;

/** A container that is started gets its network first: its end may be so much later than asked, seconds. */
export const mostLateStartSeconds = 2;

/** A broker is told of its disk by its own command, which takes a second and more to start. */
const mostLateDiskSeconds = 5;

/**
 * Makes ready what a workload's timeline does to services: from now on a note says how they stood, and `end` brings
 * them back to that, however far the timeline has come.
 * @param take takes each change as it is made
 * Errors: a service does not run, or how it stands can't be noted. Nothing has been done then, nor will be.
 */
export async function prepareServiceFaults(
  faults: Pick<ServiceFaults, "standing" | "begin" | "restore">,
  notes: Pick<FaultNotes, "write" | "remove">,
  input: Pick<MeasurementInput, "services" | "bus">,
  workload: Pick<PlannedWorkload, "name" | "timeline">,
  take: (change: ServiceChange) => void,
): Promise<Timeline> {
  const episodes = ofServices(workload.timeline);
  if (episodes.length === 0) return { start: () => undefined, end: () => Promise.resolve() };
  const names = [...new Set(episodes.map(({ service }) => service))];
  const services = await Promise.all(
    names.map((name) => {
      const found = input.services.find((one) => one.name === name);
      if (found === undefined) throw new Error(`a timeline speaks of ${name}, which is not a service`);
      const fills = episodes.some(({ service, what }) => service === name && what === "fill");
      return faults.standing(name, found.container, fills ? input.bus.kind : undefined);
    }),
  );
  // Before anything is done, and not when it is: a disk that others keep busy would hold the fault up.
  try {
    notes.write(services);
  } catch (error) {
    throw new Error(
      `nothing is done to ${names.join(", ")}, as nobody could undo it after a kill: how it stands can't be noted: ${reasonOf(error)}`,
      { cause: error },
    );
  }
  const timelines = services.map(
    (service) =>
      new ServiceTimeline(
        service,
        episodes.filter((episode) => episode.service === service.service),
        workload.name,
        faults,
        take,
      ),
  );
  return {
    start: (at) => timelines.forEach((timeline) => timeline.start(at)),
    end: async () => {
      const ended = await Promise.allSettled(timelines.map((timeline) => timeline.end()));
      if (ended.every(({ status }) => status === "fulfilled")) notes.remove();
      const wrong = [
        ...ended.flatMap((one) => (one.status === "rejected" ? [reasonOf(one.reason)] : [])),
        ...timelines.flatMap((timeline) => timeline.wrong),
      ];
      if (wrong.length > 0) throw new Error(wrong.join("; "));
    },
  };
}

/** What is done to one service, one thing after the other. */
class ServiceTimeline {
  /** What was not as asked for, in words. */
  readonly wrong: string[] = [];
  private readonly ending = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly service: Standing,
    private readonly episodes: readonly PlannedServiceEpisode[],
    private readonly workload: string,
    private readonly faults: Pick<ServiceFaults, "begin" | "restore">,
    private readonly take: (change: ServiceChange) => void,
  ) {}

  start(at: Date): void {
    this.running = this.run(at.getTime() / 1000);
    // What goes wrong in it is heard of in `end`; it must not bring the program down before.
    this.running.catch(() => undefined);
  }

  /** Errors: the service could not be brought back. */
  async end(): Promise<void> {
    this.ending.abort();
    await this.running;
    const begunTime = Date.now() / 1000;
    const restored = await this.faults.restore(this.service);
    if (restored.done.length > 0) this.record("restored", begunTime, restored.time);
  }

  private async run(startedAt: number): Promise<void> {
    const inOrder = [...this.episodes].sort((one, other) => one.atSeconds - other.atSeconds);
    for (const episode of inOrder) {
      if (!(await this.until(startedAt + episode.atSeconds))) return;
      try {
        await this.execute(episode, startedAt);
      } catch (error) {
        // What comes next would happen to a service that is not as it should be.
        this.wrong.push(
          `${this.service.service}: ${episode.what} at ${episode.atSeconds} s: ${reasonOf(error)}`,
        );
        return;
      }
    }
  }

  private async execute(episode: PlannedServiceEpisode, startedAt: number): Promise<void> {
    const { what, atSeconds, untilSeconds } = episode;
    const askedTime = startedAt + atSeconds;
    const begunTime = Date.now() / 1000;
    const time = await this.faults.begin(this.service, episode);
    this.record(what, begunTime, time, askedTime);
    const asks = what === "stop" || what === "restart" || what === "fill";
    this.judge(`${what} at ${atSeconds} s`, begunTime - askedTime, mostLateSeconds);
    // How long a service takes to do what it is asked to is its own affair.
    if (!asks)
      this.judge(`what was done by ${what} at ${atSeconds} s`, time - askedTime, mostLateDoneSeconds);
    const undoneTime = what === "restart" ? undefined : startedAt + untilSeconds;
    // What is cut short is undone by `end`.
    if (undoneTime !== undefined && !(await this.until(undoneTime))) return;
    const undoing = Date.now() / 1000;
    const restored = await this.faults.restore(this.service);
    this.record("restored", undoing, restored.time, undoneTime);
    if (undoneTime !== undefined)
      this.judge(`the end of ${what} at ${untilSeconds} s`, restored.time - undoneTime, mostLate(restored));
  }

  private judge(what: string, late: number, most: number): void {
    if (late > most)
      this.wrong.push(
        `service ${this.service.service}: ${what} was ${Math.round(late * 1000)} ms late, tolerance ${most * 1000} ms`,
      );
  }

  private record(what: ServiceChange["what"], begunTime: number, time: number, askedTime?: number): void {
    this.take({
      ...{ workload: this.workload, service: this.service.service, what },
      ...(askedTime === undefined ? {} : { askedTime }),
      begunTime,
      time,
    });
  }

  /** Waits for a time, Unix seconds; false: the timeline is being ended. */
  private async until(time: number): Promise<boolean> {
    const { signal } = this.ending;
    // A timer may fire a millisecond early.
    for (let left = time - Date.now() / 1000; left > 0 && !signal.aborted; left = time - Date.now() / 1000)
      await sleep(Math.ceil(left * 1000), undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    return !signal.aborted;
  }
}

function mostLate({ done }: Restored): number {
  if (done.includes("given its disk back")) return mostLateDiskSeconds;
  return done.includes("started") ? mostLateStartSeconds : mostLateDoneSeconds;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
