import type { ExchangePattern } from "../results/patterns";
import type { StatementTarget } from "./databases";
import type { TracedServices } from "./input";
import type { Crossing, Network, Route } from "./network";
import type { Place, ToldOfExchange } from "./spans";

/** Whatever was told or asked, as far as it matters for its way. */
export interface Sent {
  readonly pattern: ExchangePattern;
  readonly from: Place;
  /** Undefined: nobody knows, or it is the database. */
  readonly to: Place | undefined;
  /** Of a statement; absent: it is none, or nobody knows. */
  readonly database?: StatementTarget;
  readonly used: NonNullable<ToldOfExchange["used"]>;
}

/** How often something goes a way, and something comes back. */
export interface Legs {
  readonly route: Route;
  readonly there: number;
  readonly back: number;
}

/** How something goes to its receiver; undefined: nobody knows whom it goes to. */
export function routeOf(sent: Omit<Sent, "used">): Route | undefined {
  const { pattern, from, to, database } = sent;
  if (pattern === "sql") return database && { by: "direct", from, to: "database", ...apart(database.at) };
  if (to === undefined) return undefined;
  if (pattern === "rest") return { by: "direct", from, to };
  return { by: "bus", from, to, ...apart(cellOf(sent)) };
}

/** How a message goes to the broker that it is given to. */
export function routeToBroker(sent: Pick<Sent, "from" | "to">): Route {
  return { by: "direct", from: sent.from, to: "broker", ...apart(cellOf(sent)) };
}

/**
 * The site of the cell whose bus a message goes over, whose services are on no other; undefined: it goes over the bus of the region. What
 * is for nobody in particular goes over that of whoever sends it: Nova calls into cells by hosts' names.
 */
function cellOf({ from, to }: Pick<Sent, "from" | "to">): string | undefined {
  return to?.cell ?? from.cell;
}

function apart(at: string | undefined): Pick<Route, "at"> {
  return at === undefined ? {} : { at };
}

/** The messages of an exchange; undefined: nobody knows whom they go to. */
export function messagesOf(sent: Sent): Legs | undefined {
  const { pattern, used } = sent;
  const route = routeOf(sent);
  if (route === undefined) return undefined;
  const there = pattern === "sql" ? (used.turns ?? 1) : 1;
  return { route, there, back: pattern === "call" || pattern === "rest" || pattern === "sql" ? there : 0 };
}

/** What of an exchange is waited for: the way to its receiver, the way back, or that its sender is rid of it. */
export interface Waited {
  readonly there: boolean;
  readonly back: boolean;
  readonly confirmed: boolean;
}

/**
 * The ways that are gone one after the other for an exchange that is waited for. Over the bus a message goes there and its reply
 * comes back; one that its sender waits to be rid of is confirmed by its broker, or by its receiver. HTTP takes a round trip
 * for each connection that it opens, and one for what is asked. SQL takes one for each time that the connection is turned
 * from writing to reading, and for a connection that is opened. Where nobody counted these, one is taken.
 *
 * More than fits in what TCP sends before it is answered takes more, which is not in it. Undefined: nobody knows whom it went to.
 */
export function legsOf(
  sent: Sent,
  { there, back, confirmed }: Waited,
  { confirmedBy }: Pick<TracedServices, "confirmedBy">,
): Legs | undefined {
  const { pattern, used } = sent;
  if (confirmed && confirmedBy === "broker") return { route: routeToBroker(sent), there: 1, back: 1 };
  const route = routeOf(sent);
  if (route === undefined) return undefined;
  if (confirmed) return { route, there: 1, back: 1 };
  const { turns = 1, connections = 0 } = used;
  const before = pattern === "rest" ? connections : pattern === "sql" ? connections + turns - 1 : 0;
  // What comes before the last way there is there and back.
  const more = there ? before : 0;
  return { route, there: Number(there) + more, back: Number(back) + more };
}

/** How often links are crossed. */
export class Tally {
  readonly links = new Map<string, number>();
  /** By the delays of the directions crossed, milliseconds. */
  delayMs = 0;

  add({ link, delayMs }: Crossing, times: number): void {
    if (times === 0) return;
    this.links.set(link, (this.links.get(link) ?? 0) + times);
    this.delayMs += delayMs * times;
  }

  take(other: Tally): void {
    for (const [link, count] of other.links) this.links.set(link, (this.links.get(link) ?? 0) + count);
    this.delayMs += other.delayMs;
  }

  /** Of each link half of how often it was crossed. */
  get roundTrips(): number {
    return [...this.links.values()].reduce((sum, count) => sum + count, 0) / 2;
  }
}

/** Every link that is crossed on ways, as often as it is; undefined: a way is not known. */
export function tallyOf({ route, there, back }: Legs, network: Network): Tally | undefined {
  const ways = there > 0 ? network.there(route) : [];
  const backs = back > 0 ? network.back(route) : [];
  if (ways === undefined || backs === undefined) return undefined;
  const tally = new Tally();
  for (const crossing of ways) tally.add(crossing, there);
  for (const crossing of backs) tally.add(crossing, back);
  return tally;
}

/** The links of a way, by name. */
export function linksOf(crossings: readonly Crossing[]): string[] {
  return crossings.map(({ link }) => link);
}
