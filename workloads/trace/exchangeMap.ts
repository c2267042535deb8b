import type { ExchangePattern } from "../results/patterns";
import type { Crossing, Network } from "./network";
import { linksOf, messagesOf, routeOf, routeToBroker, type Sent } from "./legs";
import type { Surroundings } from "./request";
import { LinkTraffic } from "./traffic";

/** Something that was told or asked, with what it was. */
export interface Told extends Sent {
  readonly what: string;
  /** Of the receivers of one message for all, all but the first: it went to the broker once. */
  readonly copied: boolean;
}

/** The same exchanges, put together. */
export interface MapRow<T extends Told> {
  readonly first: T;
  /** Undefined: nobody knows. */
  readonly to: string | undefined;
  /** The links on the way there; undefined: it is not known. */
  readonly over: readonly string[] | undefined;
  times: number;
  sent: number;
  received: number;
  /** Whether somebody told the bytes of all. */
  told: boolean;
}

/** Who tells whom what: exchanges, the same ones put together, and what they put on links. */
export class ExchangeMap<T extends Told> {
  readonly traffic = new LinkTraffic();
  readonly unknown = { unanswered: 0, wayless: 0, unmeasured: 0 };
  private readonly byKey = new Map<string, MapRow<T>>();

  constructor(private readonly surroundings: Pick<Surroundings, "network">) {}

  /**
   * @param times How often it was told.
   * @param besides What else tells it from others that are the same.
   */
  add(told: T, times = 1, besides = ""): MapRow<T> {
    const { network } = this.surroundings;
    const { used } = told;
    const row = this.rowOf(told, besides);
    row.times += times;
    row.sent += (used.sent ?? 0) * times;
    row.received += (used.received ?? 0) * times;
    row.told &&= used.sent !== undefined;
    const messages = messagesOf(told);
    const there = wayThere(told, network);
    if (row.to === undefined) this.unknown.unanswered += times;
    else if (there === undefined) this.unknown.wayless += times;
    if (used.sent === undefined) this.unknown.unmeasured += times;
    if (there !== undefined)
      this.traffic.add(there, (messages?.there ?? 1) * times, (used.sent ?? 0) * times);
    if (messages !== undefined && messages.back > 0)
      this.traffic.add(
        network.back(messages.route) ?? [],
        messages.back * times,
        (used.received ?? 0) * times,
      );
    return row;
  }

  /** The most bytes over links first, then the most often. */
  get rows(): MapRow<T>[] {
    const farBytes = ({ over, sent, received }: MapRow<T>) => (over?.length ?? 0) * (sent + received);
    return [...this.byKey.values()].sort(
      (a, b) => farBytes(b) - farBytes(a) || b.times - a.times || a.first.what.localeCompare(b.first.what),
    );
  }

  private rowOf(told: T, besides: string): MapRow<T> {
    const { network } = this.surroundings;
    const to = told.pattern === "sql" ? told.database?.name : told.to?.name;
    const key = JSON.stringify([told.pattern, told.from.name, to, told.what, besides]);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const route = routeOf(told);
    const way = route && network.there(route);
    const made = { first: told, to, over: way && linksOf(way), times: 0, sent: 0, received: 0, told: true };
    this.byKey.set(key, made);
    return made;
  }
}

/** What a row is of, as results have it. */
export function describeRow<T extends Told>({
  first,
  to,
  over,
}: MapRow<T>): {
  pattern: ExchangePattern;
  from: string;
  to?: string;
  what: string;
  over?: string[];
} {
  return {
    ...{
      pattern: first.pattern,
      from: first.from.name,
      ...(to === undefined ? {} : { to }),
      what: first.what,
    },
    ...(over === undefined ? {} : { over: [...over] }),
  };
}

/**
 * The links that an exchange crosses on its way there. Of a message for all, each receiver after the first adds what is behind the
 * broker; one that nobody is known to have got goes to its broker. Undefined: it is not known.
 */
export function wayThere(told: Told, network: Network): Crossing[] | undefined {
  const route = routeOf(told);
  if (told.pattern === "fanout" && route === undefined) return network.there(routeToBroker(told));
  if (route === undefined) return undefined;
  return told.copied ? network.fromBroker(route) : network.there(route);
}
