import { bytes, milliseconds } from "../../../workloads/results/figures";
import { number } from "../../../workloads/results/patternCells";
import type {
  BackgroundFindings,
  Carried,
  ExchangePattern,
  Patterns,
} from "../../../workloads/results/patterns";
import type { Picture, PictureFlow, PictureLink, PictureTraffic } from "./picture";

/** Exchanges that are named of a link, or of what two services tell each other. */
const mostNamed = 12;

/** What was found of requests, and of what is told without any. */
interface Found {
  readonly patterns?: Patterns | undefined;
  readonly background?: BackgroundFindings | undefined;
}

/** The same picture with what services tell each other over its links: for a request, and while nobody asks anything. */
export function withPatterns(picture: Picture, workload: string, found: Found): Picture {
  const { patterns, background } = found;
  const most = Math.max(0, ...picture.links.map(({ name }) => weightOf(name, found)));
  const notes = [
    ...(patterns
      ? [
          `${workload}: means of requests traced (${patterns.requests}), which take ${milliseconds(patterns.critical.totalMs)} ms; round trips are waited for one after the other`,
        ]
      : []),
    ...(background ? [`idle: while nobody asks anything, for ${number(background.seconds)} s`] : []),
    "messages and bytes are what services told, without what carries them; wider lines have more bytes, and arrows are what services tell at other sites",
  ];
  return {
    ...picture,
    title: `${picture.title}: ${workload}`,
    links: picture.links.map((link): PictureLink => {
      const traffic = trafficOf(link, found, most);
      return traffic ? { ...link, traffic } : link;
    }),
    flows: flowsOf(picture, found),
    notes: [...(picture.notes ?? []), ...notes],
  };
}

function trafficOf({ name, between }: PictureLink, found: Found, most: number): PictureTraffic | undefined {
  const { patterns, background } = found;
  const [a] = between;
  const carried = (all: readonly Carried[] | undefined, from: boolean) =>
    all?.find((one) => one.link === name && (one.from === a) === from);
  const both = (all: readonly Carried[] | undefined, what: string, each: string) => {
    const [there, back] = [carried(all, true), carried(all, false)];
    if (!there && !back) return [];
    const text = (one: Carried | undefined) =>
      one ? `${number(one.messages)}${each}, ${inBytes(one.bytes)}${each}` : "none";
    return [{ what, there: text(there), back: text(back) }];
  };
  const waited = patterns?.critical.links.find((one) => one.link === name)?.roundTrips ?? 0;
  const lines = [
    ...(waited > 0 ? [`${number(waited)} round trips a request`] : []),
    ...both(patterns?.links, "messages", ""),
    ...both(background?.links, "idle", "/s"),
  ];
  if (lines.length === 0) return undefined;
  const crossing = <T extends { readonly over?: readonly string[] | undefined }>(all: readonly T[] = []) =>
    all.filter(({ over }) => over?.includes(name));
  return {
    lines,
    details: [
      ...crossing(patterns?.exchanges)
        .slice(0, mostNamed)
        .map(
          ({ pattern, from, to, what, count }) =>
            `${number(count)} a request: ${pattern} ${what}, ${from} → ${to ?? "nobody known"}`,
        ),
      ...crossing(background?.exchanges)
        .slice(0, mostNamed)
        .map(
          ({ pattern, from, to, what, perSecond }) =>
            `${number(perSecond)}/s: ${pattern} ${what}, ${from} → ${to ?? "nobody known"}`,
        ),
    ],
    share: most === 0 ? 0 : weightOf(name, found) / most,
  };
}

function inBytes(value: number): string {
  return bytes(value).replace(/([kMG]?)$/, " $1B");
}

/** Bytes of a request over a link; where no requests are shown, a second's. */
function weightOf(link: string, { patterns, background }: Found): number {
  const all = patterns?.links ?? background?.links ?? [];
  return all.filter((one) => one.link === link).reduce((sum, one) => sum + one.bytes, 0);
}

/** Who tells whom by which pattern, from site to site. */
function flowsOf({ sites }: Picture, { patterns, background }: Found): PictureFlow[] {
  const places = new Map(sites.flatMap(({ name, services }) => services.map(({ place }) => [place, name])));
  const found = new Map<string, { from: string; to: string; pattern: ExchangePattern; details: string[] }>();
  const take = (
    {
      pattern,
      from,
      to,
      what,
      over = [],
    }: {
      pattern: ExchangePattern;
      from: string;
      to?: string | undefined;
      what: string;
      over?: readonly string[] | undefined;
    },
    often: string,
  ) => {
    if (to === undefined || over.length === 0) return;
    const ends = [from, to].map((end) => placeOf(end, sites));
    const [start, end] = ends;
    if (start === undefined || end === undefined || places.get(start) === places.get(end)) return;
    const key = [start, end, pattern].join(" ");
    const flow = found.get(key) ?? { from: start, to: end, pattern, details: [] };
    found.set(key, flow);
    if (flow.details.length < mostNamed) flow.details.push(`${often}: ${what}`);
  };
  for (const exchange of patterns?.exchanges ?? []) take(exchange, `${number(exchange.count)} a request`);
  for (const exchange of background?.exchanges ?? []) take(exchange, `${number(exchange.perSecond)}/s`);
  return [...found.values()];
}

/**
 * A service of the picture; a site's database is whatever it has of one, and any of several servers the first. Undefined: it is not
 * drawn.
 */
function placeOf(told: string, sites: Picture["sites"]): string | undefined {
  const name = told.replace(/ \(any of \d+\)$/, "");
  const places = sites.flatMap(({ services }) => services);
  const found = places.find(({ place }) => place === name);
  if (found || !name.endsWith("/database")) return found?.place;
  const site = name.slice(0, -"/database".length);
  return sites.find((one) => one.name === site)?.services.find(({ kind }) => kind === "database")?.place;
}
