import { pairKey, expandPairs } from "../expand";
import type { Unplaced } from "../links/exceptions";
import { inDirection, turned, type LinkFigures } from "../links/figures";
import { Names, type Report } from "../links/names";
import { isServiceEntry, type LinkEntry, type TimelineEntry } from "./schema";
import { endOf, round } from "./times";

/** Figures of a link from a time on, seconds from the start of the window. */
export interface Step {
  readonly atSeconds: number;
  /** Nothing passes, whatever the figures are. */
  readonly cut: boolean;
  readonly figures: LinkFigures;
}

/** One thing that happens to one link: from its first step until it is as before. */
export interface Episode {
  readonly entry: number;
  readonly what: "cut" | "isolate" | "split" | "flap" | "change" | "ramp";
  readonly between: readonly [string, string];
  readonly steps: readonly Step[];
  readonly untilSeconds: number;
}

/** A ramp moves so often, seconds; a long one in this many steps. */
const rampSeconds = 0.25;
const mostRampSteps = 400;

/** A link that flaps does so at most this often: gateways are told each step in advance. */
const mostFlaps = 1000;

/**
 * What a timeline does to links, one by one, in its order. What it gets wrong is reported: names, times beyond the
 * window, two things at one time on one link. What it does to services is left out.
 */
export function expandTimeline(
  timeline: readonly TimelineEntry[],
  durationSeconds: number,
  links: readonly Unplaced[],
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): Episode[] {
  const byPair = new Map(links.map((link) => [pairKey(...link.between), link]));
  const episodes: Episode[] = [];
  timeline.forEach((entry, index) => {
    if (isServiceEntry(entry)) return;
    const at: Report = (path, message) => report([index, ...path], message);
    const untilSeconds = endOf(entry, durationSeconds, at);
    if (untilSeconds === undefined || !inTime(entry, untilSeconds, at)) return;
    for (const { link, steps } of affected(entry, untilSeconds, byPair, new Names(expanded, at), at)) {
      const other = episodes.find(
        (episode) =>
          pairKey(...episode.between) === pairKey(...link.between) &&
          episode.untilSeconds > entry.at &&
          startOf(episode) < untilSeconds,
      );
      if (other) {
        at(
          ["at"],
          `${entry.at}s is within what timeline[${other.entry}] does to "${link.between.join('" and "')}", from ${startOf(other)}s to ${other.untilSeconds}s: a link is changed by one thing at a time; start at ${other.untilSeconds}s, or shorten one of them`,
        );
        return;
      }
      episodes.push({ entry: index, what: kindOf(entry), between: link.between, steps, untilSeconds });
    }
  });
  return episodes;
}

const kinds = ["cut", "isolate", "split", "flap", "change", "ramp"] as const;

function kindOf(entry: LinkEntry): Episode["what"] {
  const kind = kinds.find((one) => one in entry);
  if (kind === undefined) throw new Error(`an entry of a timeline does nothing that is known`);
  return kind;
}

function startOf({ steps }: Episode): number {
  return steps[0]?.atSeconds ?? 0;
}

/** Whether what an entry does by and by is done when all is as before; what is not is reported. */
function inTime(entry: LinkEntry, until: number, report: Report): boolean {
  if ("ramp" in entry && entry.at + entry.over > until) {
    report(
      ["over"],
      `${entry.over}s from ${entry.at}s on ends after ${until}s, when all is as before: use at most ${round(until - entry.at)}s`,
    );
    return false;
  }
  if (!("flap" in entry)) return true;
  const lasts = round(until - entry.at);
  const times = Math.ceil(lasts / (entry.down + entry.up));
  if (entry.down + entry.up >= lasts)
    report(
      ["up"],
      `${entry.up}s up after ${entry.down}s down is not over in the ${lasts}s of the flapping: use less, so that it goes at least twice`,
    );
  else if (times > mostFlaps)
    report(
      ["down"],
      `it would go ${times} times in ${lasts}s: use longer times, at most ${mostFlaps} of them`,
    );
  else return true;
  return false;
}

interface Affected {
  readonly link: Unplaced;
  readonly steps: readonly Step[];
}

/** The links that an entry changes, and how. */
function affected(
  entry: LinkEntry,
  untilSeconds: number,
  byPair: ReadonlyMap<string, Unplaced>,
  names: Names,
  report: Report,
): Affected[] {
  const cutOff = (link: Unplaced): Affected => ({
    link,
    steps: [{ atSeconds: entry.at, cut: true, figures: link.figures }],
  });
  if ("isolate" in entry) {
    const sites = names.resolve(entry.isolate, ["isolate"]);
    if (!sites) return [];
    return [...byPair.values()]
      .filter(({ between }) => between.some((site) => sites.includes(site)))
      .map(cutOff);
  }
  if ("split" in entry) return crossing(entry.split, byPair, names, report).map(cutOff);
  if ("flap" in entry)
    return linksOf(entry.flap, ["flap"], byPair, names, report).map(({ link }) => ({
      link,
      steps: flapSteps(entry, untilSeconds, link.figures),
    }));
  if ("cut" in entry)
    return linksOf(entry.cut, ["cut"], byPair, names, report).map(({ link }) => cutOff(link));
  if ("change" in entry) {
    const { at, change, for: _, ...fields } = entry;
    const given = Object.fromEntries(
      Object.entries<unknown>(fields).filter(([, value]) => value !== undefined),
    ) as Partial<LinkFigures>;
    if (Object.keys(given).length === 0)
      report(["change"], "it changes nothing: name what differs, such as delay: 80ms");
    return linksOf(change, ["change"], byPair, names, report).map(({ link, turnedAround }) => ({
      link,
      steps: [
        {
          atSeconds: at,
          cut: false,
          figures: { ...link.figures, ...(turnedAround ? turned(given) : given) },
        },
      ],
    }));
  }
  const { link: between, ...ranges } = entry.ramp;
  if (Object.values<unknown>(ranges).every((range) => range === undefined))
    report(["ramp"], "it changes nothing: name a figure, such as delay: { from: 20ms, to: 200ms }");
  return linksOf(between, ["ramp", "link"], byPair, names, report).map(({ link }) => ({
    link,
    steps: rampSteps(entry, link.figures),
  }));
}

/** The links from the sites named to all others. */
function crossing(
  together: readonly string[],
  byPair: ReadonlyMap<string, Unplaced>,
  names: Names,
  report: Report,
): Unplaced[] {
  const sites = names.all(together, ["split"]);
  if (!sites) return [];
  const inside = new Set(sites);
  const links = [...byPair.values()].filter(({ between: [a, b] }) => inside.has(a) !== inside.has(b));
  if (links.length === 0)
    report(["split"], "all sites are on one side, and nothing is split: leave out those of the other side");
  return links;
}

function flapSteps(
  { at, down, up }: Extract<LinkEntry, { flap: unknown }>,
  untilSeconds: number,
  figures: LinkFigures,
): Step[] {
  const steps: Step[] = [];
  for (let turn = 0; round(at + turn * (down + up)) < untilSeconds; turn += 1) {
    const from = round(at + turn * (down + up));
    steps.push({ atSeconds: from, cut: true, figures });
    if (round(from + down) < untilSeconds) steps.push({ atSeconds: round(from + down), cut: false, figures });
  }
  return steps;
}

type Ramp = Extract<LinkEntry, { ramp: unknown }>;

function rampSteps({ at, over, ramp }: Ramp, figures: LinkFigures): Step[] {
  const count = Math.max(1, Math.min(mostRampSteps, Math.ceil(over / rampSeconds)));
  return Array.from({ length: count + 1 }, (_, index) => {
    const share = index / count;
    const along = ({ from, to }: { from: number; to: number }) => round(from + (to - from) * share);
    return {
      atSeconds: round(at + over * share),
      cut: false,
      figures: {
        ...figures,
        ...(ramp.delay === undefined ? {} : { delay: along(ramp.delay) }),
        ...(ramp.jitter === undefined ? {} : { jitter: resized(figures.jitter, along(ramp.jitter)) }),
        ...(ramp.loss === undefined ? {} : { loss: along(ramp.loss) }),
        ...(ramp.rate === undefined ? {} : { rate: Math.round(along(ramp.rate)) }),
      },
    };
  });
}

/** A jitter of another size and the same distribution. */
function resized(jitter: LinkFigures["jitter"], by: number): LinkFigures["jitter"] {
  const [there, back] = (["there", "back"] as const).map((which) => {
    const value = inDirection(jitter, which);
    return typeof value === "number" ? by : { ...value, by };
  });
  return there === undefined || back === undefined ? by : { there, back };
}

function linksOf(
  between: readonly [string, string],
  path: string[],
  byPair: ReadonlyMap<string, Unplaced>,
  names: Names,
  report: Report,
): { link: Unplaced; turnedAround: boolean }[] {
  const [from, to] = between.map((name, end) => names.resolve(name, [...path, end]));
  if (!from || !to) return [];
  const found = expandPairs(from, to).flatMap(([a, b]) => {
    const link = byPair.get(pairKey(a, b));
    return link ? [{ link, turnedAround: link.between[0] !== a }] : [];
  });
  if (found.length === 0)
    report(
      path,
      `no link joins "${between.join('" and "')}": name two sites that have one of their own${example(byPair)}`,
    );
  return found;
}

function example(byPair: ReadonlyMap<string, Unplaced>): string {
  const [first] = byPair.values();
  return first ? `, such as [${first.between.join(", ")}]` : "";
}
