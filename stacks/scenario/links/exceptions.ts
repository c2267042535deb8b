import { expandPairs, pairKey } from "../expand";
import { turned, type LinkFigures } from "./figures";
import type { Pair } from "./generate";
import type { Names, Report } from "./names";
import type { LinkDefinition } from "./schema";

/** A link between two sites that an entry asks for. */
export interface Unplaced {
  readonly between: Pair;
  readonly figures: LinkFigures;
}

/** An entry's links with its exceptions applied: each overrides the fields it names, seen from its own first site. */
export function applyExceptions(
  entry: LinkDefinition,
  links: readonly Unplaced[],
  names: Names,
  report: Report,
): Unplaced[] {
  if (entry.exceptions.length === 0) return [...links];
  const byPair = new Map(links.map((link) => [pairKey(...link.between), link]));
  const owners = new Map<string, number>();
  entry.exceptions.forEach(({ between, ...fields }, index) => {
    const path = ["exceptions", index];
    const overriding = Object.fromEntries(
      Object.entries<unknown>(fields).filter(([, value]) => value !== undefined),
    );
    if (Object.keys(overriding).length === 0)
      report(
        path,
        `it changes nothing about "${between.join('" and "')}": name what differs, such as delay: 80ms`,
      );
    const [from, to] = between.map((name, end) => names.resolve(name, [...path, "between", end]));
    if (!from || !to) return;
    const pairs = expandPairs(from, to);
    for (const [a, b] of pairs) {
      const key = pairKey(a, b);
      const link = byPair.get(key);
      const owner = owners.get(key);
      if (!link)
        report(
          [...path, "between"],
          `"${a}" and "${b}" are no pair that this entry links: name one of its pairs, such as ${example(links)}, or make it an entry of \`links\` of its own`,
        );
      else if (owner !== undefined)
        report(
          [...path, "between"],
          `"${a}" and "${b}" are excepted already, in exceptions[${owner}]: put both into one`,
        );
      else {
        owners.set(key, index);
        const turnedAround = link.between[0] !== a;
        byPair.set(key, {
          ...link,
          figures: { ...link.figures, ...(turnedAround ? turned(overriding) : overriding) },
        });
      }
    }
    if (pairs.length === 0)
      report([...path, "between"], `"${between.join('" and "')}" are one and the same site: name two`);
  });
  return [...byPair.values()];
}

function example(links: readonly Unplaced[]): string {
  const [first] = links;
  return first ? `[${first.between.join(", ")}]` : "there is none";
}
