import { expandPairs, resolveSites } from "../expand";
import { show } from "../show";
import { applyExceptions, type Unplaced } from "./exceptions";
import type { LinkFigures } from "./figures";
import { drawDelay, mesh, random, ring, star, tree, type Pair } from "./generate";
import { cableDelayMs, neighbouringPairs, type Place } from "./geography";
import { pairsOf } from "./matrix";
import { checkFigures } from "./limits";
import { Names, type Report } from "./names";
import type { GeneratedLinks, GeographyLinks, LinkDefinition, MatrixLinks } from "./schema";

/** A link between two sites, and the entry of `links` that asks for it. */
export interface ExpandedLink extends Unplaced {
  readonly entry: number;
}

/** Of a scenario, what its links depend on. */
export interface LinkedScenario {
  readonly sites: Readonly<Record<string, { readonly at?: Place | undefined }>>;
  readonly links: readonly LinkDefinition[];
  /** For entries without a seed of their own. */
  readonly seed: number;
}

/** What one preview could still deal with; beyond it, expanding alone would take the memory. */
const mostLinks = 100_000;

/**
 * The links that a scenario's entries stand for, in their order, exceptions applied. A pair may come twice, from
 * two entries; that is for the caller to refuse. What an entry gets wrong is reported, and left out.
 */
export function expandLinks(
  scenario: LinkedScenario,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): ExpandedLink[] {
  let total = 0;
  return scenario.links.flatMap((entry, index) => {
    const at: Report = (path, message) => report(["links", index, ...path], message);
    const before = total;
    total += mostPairs(entry, expanded);
    if (total > mostLinks) {
      if (before <= mostLinks)
        at(placeOfPairs(entry), `up to here, ${total} pairs are linked: use at most ${mostLinks}`);
      return [];
    }
    const names = new Names(expanded, at);
    const links = expandEntry(entry, scenario, names, at);
    // After a wrong name, every exception would look wrong as well.
    const excepted = names.failed ? links : applyExceptions(entry, links, names, at);
    checkFigures(entry, excepted, at);
    return excepted.map((link) => ({ ...link, entry: index }));
  });
}

/** Where in an entry it is said which pairs it links. */
export function placeOfPairs(entry: LinkDefinition | undefined): string[] {
  if (!entry) return [];
  if ("generate" in entry) return ["sites"];
  if ("matrix" in entry) return ["matrix"];
  return "geography" in entry ? ["geography", "sites"] : ["between"];
}

/** How many pairs an entry looks at, as a bound. */
function mostPairs(entry: LinkDefinition, expanded: ReadonlyMap<string, readonly string[]>): number {
  const count = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + (resolveSites(expanded, name)?.length ?? 0), 0);
  if ("between" in entry) return count([entry.between[0]]) * count([entry.between[1]]);
  if ("matrix" in entry) return pairsOf(entry.matrix).length;
  if ("geography" in entry) return count(entry.geography.sites) ** 2 / 2;
  const sites = count(entry.sites);
  if (entry.generate === "mesh" || (entry.generate === "random" && entry.probability !== undefined))
    return (sites * (sites - 1)) / 2;
  return sites * (entry.generate === "random" ? Math.max(1, (entry.degree ?? 0) / 2) : 1);
}

function expandEntry(
  entry: LinkDefinition,
  around: LinkedScenario,
  names: Names,
  report: Report,
): Unplaced[] {
  if ("generate" in entry) return expandGenerated(entry, around, names, report);
  if ("matrix" in entry) return expandMatrix(entry, names);
  if ("geography" in entry) return expandGeography(entry, around, names, report);
  const [from, to] = entry.between.map((name, end) => names.resolve(name, ["between", end]));
  if (!from || !to) return [];
  const pairs = expandPairs(from, to);
  if (pairs.length === 0)
    report(
      ["between"],
      `"${entry.between.join('" and "')}" are one and the same site: a link needs two different ones`,
    );
  return pairs.map((between) => ({ between, figures: figuresOf(entry, entry.delay) }));
}

function expandGenerated(
  entry: GeneratedLinks,
  around: LinkedScenario,
  names: Names,
  report: Report,
): Unplaced[] {
  const center = "center" in entry ? names.resolve(entry.center, ["center"]) : undefined;
  const sites = names.all(entry.sites, ["sites"]);
  if (!sites || ("center" in entry && !center)) return [];
  const hub = center?.[0];
  if ("center" in entry && center && center.length > 1) {
    report(["center"], `"${entry.center}" is a group of ${center.length} sites: name one, such as "${hub}"`);
    return [];
  }
  const others = sites.filter((site) => site !== hub);
  const least = { star: 1, ring: 3, tree: 2, mesh: 2, random: 2 }[entry.generate];
  if (others.length < least) {
    report(
      ["sites"],
      `${show(entry.sites)} are ${others.length} sites${hub === undefined ? "" : " beside the center"}, and a ${entry.generate} needs ${least}: name more, or a group`,
    );
    return [];
  }
  const seed = "seed" in entry ? (entry.seed ?? around.seed) : around.seed;
  const delayOf = (pair: Pair) =>
    typeof entry.delay === "object" && "from" in entry.delay
      ? drawDelay(entry.delay, pair, seed)
      : entry.delay;
  return generatedPairs(entry, hub, sites, seed).map((between) => ({
    between,
    figures: figuresOf(entry, delayOf(between)),
  }));
}

function generatedPairs(
  entry: GeneratedLinks,
  center: string | undefined,
  sites: readonly string[],
  seed: number,
): Pair[] {
  switch (entry.generate) {
    case "star":
      return star(center ?? "", sites);
    case "ring":
      return ring(sites);
    case "tree":
      return tree(sites, entry.arity);
    case "mesh":
      return mesh(sites);
    case "random":
      return random(sites, entry, seed);
  }
}

function expandMatrix(entry: MatrixLinks, names: Names): Unplaced[] {
  const { milliseconds, file } = entry.matrix;
  const rows = Object.entries(milliseconds);
  const known = new Set<string>();
  for (const name of new Set(rows.flatMap(([from, row]) => [from, ...Object.keys(row)])))
    if (names.single(name, ["matrix"], `${file}: `)) known.add(name);
  const share = entry.holds === "rtt" ? 0.5 : 1;
  const part = (value: number) => Math.round(value * share * 1e6) / 1e6;
  return pairsOf(entry.matrix)
    .filter(({ between: [a, b] }) => known.has(a) && known.has(b))
    .map(({ between, there, back }) => ({
      between,
      figures: figuresOf(entry, there === back ? part(there) : { there: part(there), back: part(back) }),
    }));
}

function expandGeography(
  entry: GeographyLinks,
  around: LinkedScenario,
  names: Names,
  report: Report,
): Unplaced[] {
  const { geography } = entry;
  const places = new Map<string, Place>();
  geography.sites.forEach((name, index) => {
    for (const site of names.resolve(name, ["geography", "sites", index]) ?? []) {
      const place = around.sites[site]?.at;
      if (place) places.set(site, place);
      else
        report(
          ["geography", "sites", index],
          `"${site}" has no place: give it one, such as ${site}: { at: [48.86, 2.35] } (latitude, longitude), or leave it out here`,
        );
    }
  });
  return neighbouringPairs(places, geography.neighbours).flatMap((between) => {
    const [from, to] = between.map((site) => places.get(site));
    return from && to ? [{ between, figures: figuresOf(entry, cableDelayMs(from, to, geography)) }] : [];
  });
}

function figuresOf(entry: Omit<LinkFigures, "delay">, delay: LinkFigures["delay"]): LinkFigures {
  const { jitter, loss, rate, queue, duplicate, reorder, corrupt, trusted } = entry;
  return {
    delay,
    jitter,
    loss,
    ...(rate === undefined ? {} : { rate }),
    ...(queue === undefined ? {} : { queue }),
    ...(duplicate === undefined ? {} : { duplicate }),
    ...(reorder === undefined ? {} : { reorder }),
    ...(corrupt === undefined ? {} : { corrupt }),
    ...(trusted === undefined ? {} : { trusted }),
  };
}
