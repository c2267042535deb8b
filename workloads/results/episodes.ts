/** Something that was done on purpose to links or to a service, as it came about. */
export interface Episode {
  readonly workload: string;
  /** The link or links, or the service. */
  readonly place: string;
  readonly what: string;
  /** Unix time, seconds; of a service, when the engine was told. */
  readonly from: number;
  /** When all was as before; absent: the series does not say. */
  readonly until?: number;
}

/** A line of `series.jsonl` about a change of a direction of a link, or of a service. */
interface Change {
  readonly kind: "link" | "service";
  readonly workload: string;
  readonly link?: string;
  readonly service?: string;
  readonly from?: string;
  readonly to?: string;
  readonly what: string;
  readonly time: number;
  readonly begunTime?: number;
}

/** Changes of several links this close to each other are one: each gateway makes its own. */
const together = 0.25;

/** Links that are named of those to which the same was done at once. */
const mostNamed = 2;

/** An episode of one direction of a link, or of a service. */
interface Open {
  readonly workload: string;
  readonly place: string;
  /** Absent: it is a service's. */
  readonly direction?: string;
  readonly what: string;
  readonly from: number;
  until?: number;
}

/**
 * What was done on purpose, by the changes that were recorded: those of a ramp are one, those of a link's two directions
 * too, and so is what was done to several links at once. In the order of their beginnings.
 * @param series The text of a run's `series.jsonl`.
 */
export function episodesOf(series: string): Episode[] {
  const open = new Map<string, Open>();
  const all: Open[] = [];
  for (const change of linesOf<Change>(series, /"kind":"(link|service)"/)) {
    const { workload, link, service, from, to, what, time, begunTime = time } = change;
    const direction = link === undefined ? {} : { direction: `${from} → ${to}` };
    const place = link ?? service ?? "";
    const key = JSON.stringify([workload, place, direction]);
    const before = open.get(key);
    if (before?.what === what) continue;
    if (before) before.until = time;
    open.delete(key);
    if (what === "restored") continue;
    const begun: Open = { workload, place, ...direction, what, from: begunTime };
    open.set(key, begun);
    all.push(begun);
  }
  return inGroups(all)
    .flatMap((group): Episode[] => {
      const [first] = group;
      if (!first) return [];
      const { workload, what } = first;
      const from = Math.min(...group.map((one) => one.from));
      const until = Math.max(...group.map((one) => one.until ?? Infinity));
      const place = placesInWords(group);
      return [{ workload, place, what, from, ...(until === Infinity ? {} : { until }) }];
    })
    .sort((one, other) => one.from - other.from);
}

/** Episodes of links that are one: the same was done at the same time. */
function inGroups(all: readonly Open[]): Open[][] {
  const groups: Open[][] = [];
  for (const one of all) {
    const group = groups.find(([first]) => first !== undefined && isTogether(first, one));
    if (group) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

function isTogether(one: Open, other: Open): boolean {
  const near = (a = Infinity, b = Infinity): boolean => a === b || Math.abs(a - b) <= together;
  return (
    one.direction !== undefined &&
    other.direction !== undefined &&
    one.workload === other.workload &&
    one.what === other.what &&
    near(one.from, other.from) &&
    near(one.until, other.until)
  );
}

/** Links by their names, or by the direction where it was but one; of many, how many. */
function placesInWords(group: readonly Open[]): string {
  const directions = new Map<string, string[]>();
  for (const { place, direction } of group)
    directions.set(place, [
      ...(directions.get(place) ?? []),
      ...(direction === undefined ? [] : [direction]),
    ]);
  const names = [...directions].map(([place, [first, second]]) =>
    first !== undefined && second === undefined ? first : place,
  );
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The lines of a series whose kind is one of those; a last one that was cut off is none. */
export function linesOf<T>(series: string, kinds: RegExp): T[] {
  return series.split("\n").flatMap((line) => {
    if (!kinds.test(line) || !line.endsWith("}")) return [];
    return [JSON.parse(line) as T];
  });
}
