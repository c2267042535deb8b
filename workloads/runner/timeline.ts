import { createInterface } from "readline";
import { text } from "stream/consumers";
import { setTimeout as sleep } from "timers/promises";
import { z } from "zod";
import type { Containers, ExecProcess } from "../containers";
import type { Impairment } from "../results/schema";
import { ofLinks, type MeasurementInput, type PlannedLinkEpisode, type PlannedWorkload } from "./input";

/** A change of one direction of a link as it came about, a line of `series.jsonl`. */
export interface LinkChange {
  workload: string;
  link: string;
  from: string;
  to: string;
  what: PlannedLinkEpisode["what"] | "restored";
  /** When it should have been, Unix time in seconds; absent: not planned, but on the way out. */
  askedTime?: number;
  /** When it was: by the gateway's clock, which where it is another one was compared with this machine's before. */
  time: number;
  /** What the direction did from then on; what was asked of the link once the change is over. */
  impairment: Impairment;
}

/** A timeline handed to the gateways, waiting for the start of the window. */
export interface Timeline {
  /** The measured window starts at this time. */
  start(at: Date): void;
  /**
   * Ends what is under way: all links are as asked for when it returns. Errors: a gateway failed; a change was late, or
   * did not come though its time was over.
   */
  end(): Promise<void>;
}

/** A change that is later than this is none that was asked for. */
export const mostLateSeconds = 0.1;

const readySeconds = 30;
const restoreSeconds = 15;

const report = z.union([
  z.object({ ready: z.number() }),
  z.object({ done: z.literal(true) }),
  z.object({ class: z.string(), restored: z.literal(true), time: z.number() }),
  z.object({ class: z.string(), atSeconds: z.number(), time: z.number() }),
]);

/** An action, and the episode that it is part of. */
interface Act {
  readonly episode: PlannedLinkEpisode;
  readonly action: PlannedLinkEpisode["actions"][number];
}

/**
 * Hands a workload's timeline to the gateways, which execute it by themselves once they know when to start, and
 * restore their links at its end, or when this process is gone.
 * @param take takes each change as it is reported
 * Errors: a gateway takes no schedule. None has changed anything then.
 */
export async function prepareTimeline(
  containers: Containers,
  input: Pick<MeasurementInput, "sites" | "links">,
  workload: Pick<PlannedWorkload, "name" | "timeline">,
  take: (change: LinkChange) => void,
): Promise<Timeline> {
  const bySite = new Map<string, Act[]>();
  const episodes = ofLinks(workload.timeline);
  for (const episode of episodes)
    for (const action of episode.actions)
      bySite.set(action.from, [...(bySite.get(action.from) ?? []), { episode, action }]);
  const endSeconds = Math.max(0, ...episodes.map(({ untilSeconds }) => untilSeconds));
  const gateways: GatewayTimeline[] = [];
  const end = async (): Promise<void> => {
    const ended = await Promise.allSettled(gateways.map((gateway) => gateway.end()));
    const reasons = ended.flatMap((one) =>
      one.status === "rejected" ? [(one.reason as Error).message] : [],
    );
    if (reasons.length > 0) throw new Error(reasons.join("; "));
  };
  try {
    await Promise.all(
      [...bySite].map(async ([site, acts]) => {
        const gateway = input.sites.find(({ name }) => name === site)?.gateway;
        if (gateway === undefined) throw new Error(`a timeline speaks of ${site}, which is not a site`);
        const running = await containers.spawn(gateway.container, ["gateway", "schedule", "run"]);
        const ahead = containers.clockAhead?.(gateway.container) ?? 0;
        const timeline = new GatewayTimeline(
          { site, running, ahead },
          inOrder(acts),
          workload.name,
          input,
          take,
        );
        gateways.push(timeline);
        await timeline.ready(endSeconds);
      }),
    );
  } catch (error) {
    // Before the start there is nothing to restore, and what went wrong is known.
    await end().catch(() => undefined);
    throw error;
  }
  return { start: (at) => gateways.forEach((gateway) => gateway.start(at)), end };
}

/**
 * Makes two timelines ready, one after the other, which then run side by side.
 * Errors: the first that is not made ready; what the other had made ready is ended then.
 */
export async function bothTimelines(
  one: () => Promise<Timeline>,
  other: () => Promise<Timeline>,
): Promise<Timeline> {
  const first = await one();
  let second: Timeline;
  try {
    second = await other();
  } catch (error) {
    await first.end();
    throw error;
  }
  return {
    start: (at) => [first, second].forEach((timeline) => timeline.start(at)),
    end: async () => {
      const ended = await Promise.allSettled([first.end(), second.end()]);
      const reasons = ended.flatMap((end) =>
        end.status === "rejected" ? [(end.reason as Error).message] : [],
      );
      if (reasons.length > 0) throw new Error(reasons.join("; "));
    },
  };
}

/** By time; at one time, what ends comes before what begins. */
function inOrder(acts: readonly Act[]): Act[] {
  return [...acts].sort(
    (one, other) =>
      one.action.atSeconds - other.action.atSeconds ||
      Number(other.action.impairment === null) - Number(one.action.impairment === null),
  );
}

function inWords({ episode, action }: Act): string {
  return `link ${episode.link}: ${action.impairment === null ? "the end of " : ""}${episode.what} at ${action.atSeconds} s`;
}

/** What one gateway does of a timeline. */
class GatewayTimeline {
  private startedAt: number | undefined;
  private next = 0;
  private readonly wrong: string[] = [];
  private readonly problems: Promise<string>;
  private readonly closed: Promise<void>;
  private readonly isReady: Promise<boolean>;
  private becomeReady: (ready: boolean) => void = () => undefined;

  private readonly site: string;
  private readonly running: ExecProcess;
  /** How far the gateway's clock is ahead, seconds. */
  private readonly ahead: number;

  constructor(
    {
      site,
      running,
      ahead,
    }: { readonly site: string; readonly running: ExecProcess; readonly ahead: number },
    private readonly acts: readonly Act[],
    private readonly workload: string,
    private readonly input: Pick<MeasurementInput, "links">,
    private readonly take: (change: LinkChange) => void,
  ) {
    this.site = site;
    this.running = running;
    this.ahead = ahead;
    this.problems = text(running.stderr);
    this.isReady = new Promise((resolve) => (this.becomeReady = resolve));
    // A gateway that has gone cannot be told anything; its exit says so.
    running.stdin.on("error", () => this.becomeReady(false));
    const lines = createInterface({ input: running.stdout });
    lines.on("line", (line) => this.hear(line));
    this.closed = new Promise((resolve) =>
      lines.once("close", () => {
        this.becomeReady(false);
        resolve();
      }),
    );
  }

  async ready(endSeconds: number): Promise<void> {
    const actions = this.acts.map(({ action: { atSeconds, to, impairment } }) => ({
      atSeconds,
      class: to,
      impairment,
    }));
    this.running.stdin.write(`${JSON.stringify({ actions, endSeconds })}\n`);
    const patience = new AbortController();
    const ready = await Promise.race([
      this.isReady,
      sleep(readySeconds * 1000, false, { signal: patience.signal }),
    ]);
    patience.abort();
    if (!ready) {
      this.running.stdin.end();
      throw new Error(`${this.site}: the gateway took no schedule: ${await this.reason()}`);
    }
  }

  start(at: Date): void {
    this.startedAt = at.getTime() / 1000;
    this.running.stdin.write(`${JSON.stringify({ startAt: this.startedAt + this.ahead })}\n`);
  }

  async end(): Promise<void> {
    const endedAt = Date.now() / 1000;
    this.running.stdin.end();
    const patience = new AbortController();
    const exitCode = await Promise.race([
      Promise.all([this.running.exited, this.closed]).then(([code]) => code),
      sleep(restoreSeconds * 1000, undefined, { signal: patience.signal }),
    ]);
    patience.abort();
    if (exitCode === undefined)
      throw new Error(`${this.site}: the gateway did not end its schedule within ${restoreSeconds} s`);
    if (exitCode !== 0) throw new Error(`${this.site}: ${await this.reason()}`);
    this.missUnexecuted(endedAt);
    if (this.wrong.length > 0) throw new Error(this.wrong.join("; "));
  }

  /**
   * A gateway that believes its runner to be gone restores its links and leaves in peace, whatever was still to come.
   * What lay beyond the end is not missed: the runner was first, as it is when interrupted.
   */
  private missUnexecuted(endedAt: number): void {
    const act = this.acts[this.next];
    if (act === undefined || this.startedAt === undefined) return;
    if (this.startedAt + act.action.atSeconds + mostLateSeconds > endedAt) return;
    this.wrong.push(`${inWords(act)} did not come: the gateway of ${this.site} ended its schedule before it`);
  }

  private async reason(): Promise<string> {
    const said = await Promise.race([this.problems, sleep(1000, "")]);
    return said.trim() || "no reason given";
  }

  private hear(line: string): void {
    const parsed = report.safeParse(jsonOf(line));
    if (!parsed.success) {
      this.wrong.push(`${this.site}: the gateway said something else than what it did: ${line}`);
      return;
    }
    const said = parsed.data;
    if ("ready" in said) this.becomeReady(true);
    else if ("restored" in said) this.takeRestored(said.class, said.time - this.ahead);
    else if ("class" in said) this.takeAct(said.time - this.ahead);
  }

  /** Gateways report in the order of the schedule. */
  private takeAct(time: number): void {
    const act = this.acts[this.next++];
    if (act === undefined || this.startedAt === undefined) return;
    const { episode, action } = act;
    const askedTime = this.startedAt + action.atSeconds;
    if (time - askedTime > mostLateSeconds)
      this.wrong.push(
        `${inWords(act)} was ${Math.round((time - askedTime) * 1000)} ms late, tolerance ${mostLateSeconds * 1000} ms`,
      );
    this.take({
      workload: this.workload,
      link: episode.link,
      from: action.from,
      to: action.to,
      what: action.impairment === null ? "restored" : episode.what,
      askedTime,
      time,
      impairment: action.impairment ?? this.asked(action.to, episode.link),
    });
  }

  private takeRestored(to: string, time: number): void {
    const link = this.acts.find(({ action }) => action.to === to)?.episode.link;
    if (link === undefined) return;
    const impairment = this.asked(to, link);
    this.take({ workload: this.workload, link, from: this.site, to, what: "restored", time, impairment });
  }

  private asked(to: string, name: string): Impairment {
    const link = this.input.links.find((candidate) => candidate.name === name);
    if (link === undefined) throw new Error(`a timeline speaks of ${name}, which is not a link`);
    return link.between[1] === to ? link.there : link.back;
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Told with the line itself.
    return undefined;
  }
}
