import type { LocalBy, Move } from "../results/patterns";
import { costRttMs } from "../results/patterns";
import type { TracedServices } from "./input";
import { tallyOf, Tally, type Legs } from "./legs";
import type { Moved, Network, Route } from "./network";
import { serviceOf } from "./spans";
import { rounded } from "./traffic";

/** So many things at most are moved together, and else all that can be. */
const mostTogether = 4;

/** Less than this much of a round trip is no difference. */
const leastSaved = 0.05;

/**
 * What requests would wait for if services were placed otherwise, by the ways that they wait for now: the same exchanges, one
 * after the other, between the same services. What else would change is not in it.
 */
export class Placements {
  private readonly legs: readonly Legs[];
  private readonly now: Tally;

  /**
   * @param legs Ways that are gone one after the other for requests; those that are not known are left out.
   * @param requests How many requests these are of.
   */
  constructor(
    private readonly network: Network,
    private readonly services: Pick<TracedServices, "services" | "single" | "regions">,
    legs: readonly Legs[],
    private readonly requests: number,
  ) {
    this.legs = addedUp(legs.filter((one) => tallyOf(one, network) !== undefined));
    this.now = this.crossed(this.legs, network) ?? new Tally();
  }

  /** The best way to move one thing, two, and so on, to one site; each is better than those with fewer. */
  moves(): Move[] {
    const found: Move[] = [];
    let best = this.now.roundTrips;
    for (const candidates of this.candidatesBySize(this.legs)) {
      const [first] = candidates
        .flatMap((moved) => {
          const tally = this.crossed(this.legs, this.network.with(moved));
          return tally === undefined ? [] : [{ moved, tally }];
        })
        .sort((a, b) => a.tally.roundTrips - b.tally.roundTrips || a.tally.delayMs - b.tally.delayMs);
      if (first === undefined || first.tally.roundTrips > best - leastSaved * this.requests) continue;
      best = first.tally.roundTrips;
      found.push(this.described(first.moved, first.tally));
    }
    return found;
  }

  /** The least that would be moved for none of these ways to cross a link; undefined: nothing does it. */
  localBy(legs: readonly Legs[]): LocalBy | undefined {
    const wanted = addedUp(legs);
    for (const candidates of this.candidatesBySize(wanted)) {
      const [first] = candidates
        .filter((moved) => this.crossed(wanted, this.network.with(moved))?.roundTrips === 0)
        .map((moved) => ({ moved, tally: this.crossed(this.legs, this.network.with(moved)) }))
        .sort((a, b) => (a.tally?.roundTrips ?? Infinity) - (b.tally?.roundTrips ?? Infinity));
      if (first === undefined) continue;
      return {
        services: [...first.moved.names],
        to: first.moved.to,
        ...(first.tally === undefined || this.requests === 0
          ? {}
          : { roundTrips: rounded(first.tally.roundTrips / this.requests) }),
      };
    }
    return undefined;
  }

  /** Whether any other placement could be looked at. */
  get canMove(): boolean {
    return this.candidatesBySize(this.legs).some((candidates) =>
      candidates.some((moved) => this.crossed(this.legs, this.network.with(moved)) !== undefined),
    );
  }

  private described(moved: Moved, tally: Tally): Move {
    const of = (value: number) => rounded(value / this.requests);
    return {
      services: [...moved.names],
      to: moved.to,
      roundTrips: of(tally.roundTrips),
      predictedMs: of(tally.delayMs),
      savedMs: of(this.now.delayMs - tally.delayMs),
      savedAtCostMs: of((this.now.roundTrips - tally.roundTrips) * costRttMs),
    };
  }

  private crossed(legs: readonly Legs[], network: Network): Tally | undefined {
    const sum = new Tally();
    for (const one of legs) {
      const tally = tallyOf(one, network);
      if (tally === undefined) return undefined;
      sum.take(tally);
    }
    return sum;
  }

  /** What can be moved of whatever these ways are between, to each of the sites that they know of: one thing, two, and so on. */
  private candidatesBySize(legs: readonly Legs[]): Moved[][] {
    const siteOf = this.movable(legs);
    const { regions = [] } = this.services;
    const sites = new Set(
      [
        ...legs.flatMap(({ route: { from, to, at } }) => [
          ...[from.site, ...(typeof to === "string" ? [] : [to.site])],
          ...(at === undefined ? [] : [at]),
        ]),
        ...siteOf.values(),
      ].filter((site) => !regions.includes(site)),
    );
    const names = [...siteOf.keys()];
    const sizes = [
      ...new Set([
        ...Array.from({ length: Math.min(mostTogether, names.length) }, (_, at) => at + 1),
        names.length,
      ]),
    ];
    return sizes
      .filter((size) => size > 0)
      .map((size) =>
        combinations(names, size).flatMap((together) =>
          [...sites]
            .filter((site) => together.every((name) => siteOf.get(name) !== site))
            .map((to): Moved => ({ names: new Set(together), to })),
        ),
      );
  }

  /**
   * What could as well be at another site, with where it is: computes are where their hosts are, users where they are, and what a
   * cell or a region at a site of its own has is there. Servers of a service are at one site, together.
   */
  private movable(legs: readonly Legs[]): Map<string, string> {
    const { services, single, regions = [] } = this.services;
    const met = new Set(legs.flatMap(({ route }) => partiesOf(route)));
    const stations = (["database", "broker"] as const).flatMap((station): [string, string][] => {
      const site = single[station];
      return site !== undefined && met.has(station) ? [[station, site]] : [];
    });
    return new Map([
      ...services
        .filter(
          ({ name, site, replicaOf }) => replicaOf === undefined && met.has(name) && !regions.includes(site),
        )
        .map(({ name, site }): [string, string] => [name, site]),
      ...stations,
    ]);
  }
}

function partiesOf({ by, from, to, at }: Route): string[] {
  const stations =
    at === undefined ? [...(typeof to === "string" ? [to] : []), ...(by === "bus" ? ["broker"] : [])] : [];
  return [serviceOf(from), ...(typeof to === "string" ? [] : [serviceOf(to)]), ...stations];
}

/** The same ways, those that are the same put together. */
function addedUp(legs: readonly Legs[]): Legs[] {
  const found = new Map<string, Legs>();
  for (const one of legs) {
    const { by, from, to, at = "" } = one.route;
    const key = JSON.stringify([by, from.name, typeof to === "string" ? to : to.name, at]);
    const { there, back } = found.get(key) ?? { there: 0, back: 0 };
    found.set(key, { route: one.route, there: there + one.there, back: back + one.back });
  }
  return [...found.values()];
}

function combinations<T>(all: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return all.flatMap((first, index) =>
    combinations(all.slice(index + 1), size - 1).map((rest) => [first, ...rest]),
  );
}
