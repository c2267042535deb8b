import { allAskedLines, horizontal } from "./figures";
import type { Picture, PictureLink, PictureSite } from "./picture";

/** Sites that differ in nothing but their names: at the end of like links to the same neighbour, with the same services. */
export interface Leaves {
  readonly neighbour: string;
  readonly sites: readonly PictureSite[];
  /** Each site's link, in the same order. */
  readonly links: readonly PictureLink[];
}

/**
 * The groups of two and more like leaves of a picture. A site with a part of the bus is none, and neither is one whose link was
 * measured beyond tolerance: both are what a person looks for.
 */
export function groupLeaves({ sites, links }: Picture): Leaves[] {
  const linksOf = new Map<string, PictureLink[]>(sites.map(({ name }) => [name, []]));
  for (const link of links) for (const site of link.between) linksOf.get(site)?.push(link);
  const groups = new Map<string, { neighbour: string; sites: PictureSite[]; links: PictureLink[] }>();
  for (const site of sites) {
    const [link, another] = linksOf.get(site.name) ?? [];
    if (!link || another || site.hasBroker || (link.measured?.deviations.length ?? 0) > 0) continue;
    const [from, to] = link.between;
    const neighbour = from === site.name ? to : from;
    // Two sites with one link between them are leaves of each other.
    if ((linksOf.get(neighbour)?.length ?? 0) < 2) continue;
    const likeness = [
      neighbour,
      site.services.map(({ name, kind }) => [name, kind]),
      allAskedLines(link, horizontal),
      from === site.name,
      !link.measured,
    ];
    const key = JSON.stringify(likeness);
    const group = groups.get(key) ?? { neighbour, sites: [], links: [] };
    group.sites.push(site);
    group.links.push(link);
    groups.set(key, group);
  }
  return [...groups.values()].filter((group) => group.sites.length > 1);
}

/** Names in few words: runs of consecutive numbers by their ends, such as `edge-85 … edge-88`; at most so many words. */
export function namesInShort(names: readonly string[], most: number): string {
  const runs: string[][] = [];
  for (const name of names) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last !== undefined && follows(last, name)) run.push(name);
    else runs.push([name]);
  }
  const words = runs.flatMap((run) => (run.length > 2 ? [`${run[0]} … ${run.at(-1)}`] : run));
  const shown = words.slice(0, most);
  return words.length > most ? `${shown.join(", ")}, …` : shown.join(", ");
}

function follows(name: string, next: string): boolean {
  const [, stem, number] = /^(.*?)(\d+)$/.exec(name) ?? [];
  return stem !== undefined && next === `${stem}${Number(number) + 1}`;
}
