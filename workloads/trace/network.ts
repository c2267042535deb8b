import type { TracedServices, Way } from "./input";
import { serviceOf, type Place } from "./spans";

/** A link as far as it is of interest how long it takes to cross it. */
export interface DelayedLink {
  readonly name: string;
  readonly between: readonly [string, string];
  readonly there: { readonly delayMs: number };
  readonly back: { readonly delayMs: number };
}

/** A link being crossed in one direction. */
export interface Crossing {
  readonly link: string;
  readonly from: string;
  readonly to: string;
  readonly delayMs: number;
}

/** Whom something goes to that is no service: the database that whoever sends it uses, or its broker. */
export type Station = "database" | "broker";

/** Something on its way: over the bus (by way of brokers) or not, from a service to another or to a station. */
export interface Route {
  readonly by: "bus" | "direct";
  readonly from: Place;
  readonly to: Place | Station;
  /**
   * The site of the database or the broker, where that is none of the control plane's or region's: a cell's, or Keystone's. It is
   * there whatever else is elsewhere. Absent: the one that whoever sends it uses.
   */
  readonly at?: string;
}

/** What would be at another site than it is, by name: `<site>/<service>` with all of its servers, or a station. */
export interface Moved {
  readonly names: ReadonlySet<string>;
  readonly to: string;
}

type Placed = Pick<TracedServices, "brokers" | "databases" | "single">;

/** The ways between services, as they are placed or as they would be if some were moved. */
export class Network {
  private constructor(
    private readonly placed: Placed,
    /** By their ends, `<from> <to>`; undefined: they lead over a link that is not known. */
    private readonly ways: ReadonlyMap<string, readonly Crossing[] | undefined>,
    private readonly moved?: Moved,
  ) {}

  static of(services: Placed & Pick<TracedServices, "ways">, links: readonly DelayedLink[]): Network {
    const byName = new Map(links.map((link) => [link.name, link]));
    const ways = services.ways.direct.map((way): [string, Crossing[] | undefined] => [
      `${way.from} ${way.to}`,
      crossingsOf(way, byName),
    ]);
    return new Network(services, new Map(ways));
  }

  /** The same with some at another site. */
  with(moved: Moved): Network {
    return new Network(this.placed, this.ways, moved);
  }

  /** The crossings there, in order; undefined: it is not known which way it goes. */
  there(route: Route): Crossing[] | undefined {
    return this.along(this.stops(route));
  }

  /** The same of what comes back. */
  back(route: Route): Crossing[] | undefined {
    return this.along(this.stops(route)?.reverse());
  }

  /** The crossings that each receiver of a message for all has for itself: those from the broker that copies it on. */
  fromBroker(route: Route): Crossing[] | undefined {
    return this.along(this.stops(route)?.slice(1));
  }

  private siteOf(place: Place): string {
    return this.moved?.names.has(serviceOf(place)) ? this.moved.to : place.site;
  }

  /** The sites at which it is, is passed on, and comes to; undefined: one of them is not known. */
  private stops({ by, from, to, at }: Route): string[] | undefined {
    const start = this.siteOf(from);
    const end = typeof to === "string" ? (at ?? this.station(to, start)) : this.siteOf(to);
    if (end === undefined) return undefined;
    if (by === "direct") return [start, end];
    const brokers = [start, end].map((site) => at ?? this.station("broker", site));
    const known = brokers.filter((site) => site !== undefined);
    return known.length === brokers.length ? [start, ...known, end] : undefined;
  }

  private station(station: Station, site: string): string | undefined {
    if (this.moved?.names.has(station)) return this.moved.to;
    const { single, databases, brokers } = this.placed;
    return single[station] ?? (station === "database" ? databases : brokers)[site];
  }

  private along(stops: readonly string[] | undefined): Crossing[] | undefined {
    const hops = stops?.slice(1).map((stop, index) => this.direct(stops[index] ?? "", stop));
    return hops?.every((hop) => hop !== undefined) ? hops.flat() : undefined;
  }

  private direct(from: string, to: string): readonly Crossing[] | undefined {
    return from === to ? [] : this.ways.get(`${from} ${to}`);
  }
}

/** The links of a way, each in the direction in which it is crossed; undefined: they are not known, or lead elsewhere. */
function crossingsOf(
  { from, to, links: names }: Way,
  links: ReadonlyMap<string, DelayedLink>,
): Crossing[] | undefined {
  let here = from;
  const crossings = names.flatMap((name): Crossing[] => {
    const link = links.get(name);
    if (link === undefined) return [];
    const [a, b] = link.between;
    const [next, { delayMs }] = here === a ? [b, link.there] : [a, link.back];
    const crossing = { link: name, from: here, to: next, delayMs };
    here = next;
    return [crossing];
  });
  return crossings.length === names.length && here === to ? crossings : undefined;
}
