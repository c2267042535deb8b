import type { CriticalPath } from "../results/patterns";
import { milliseconds, type Trace } from "./analysis";
import { Addresses } from "./addresses";
import { criticalPathOf, type Wait } from "./criticalPath";
import { exchangesOf, type Exchange } from "./exchanges";
import type { TracedServices } from "./input";
import { legsOf, tallyOf, Tally, type Legs } from "./legs";
import { Network, type DelayedLink } from "./network";
import type { Place } from "./spans";
import { rounded } from "./traffic";

/** What patterns are found in besides traces. */
export interface Surroundings {
  readonly services: TracedServices;
  readonly network: Network;
  readonly addresses: Addresses;
  /** Whoever asks, where they leave no span of it. */
  readonly asker: Place;
}

export function surroundingsOf(
  services: TracedServices,
  links: readonly DelayedLink[],
  asker: Place,
): Surroundings {
  return {
    services,
    asker,
    network: Network.of(services, links),
    addresses: new Addresses(services),
  };
}

/** Something that was waited for, with the ways that were gone for it. */
export interface PlacedWait extends Wait {
  readonly exchange: Exchange;
  /** Undefined: nobody knows whom it went to. */
  readonly legs: Legs | undefined;
  /** The links crossed; undefined: a way is not known. */
  readonly tally: Tally | undefined;
}

/** What was told and asked for a request, and what of it was waited for. */
export interface RequestPatterns {
  readonly trace: Trace;
  readonly exchanges: readonly Exchange[];
  readonly waits: readonly PlacedWait[];
  readonly critical: CriticalPath;
}

/** Who told whom what for a request, and what of it the request waited for. */
export function patternsOfRequest(trace: Trace, surroundings: Surroundings): RequestPatterns {
  const { services, network, addresses, asker } = surroundings;
  const exchanges = exchangesOf(trace, addresses, asker);
  const bySpan = new Map(
    exchanges.filter(({ copied }) => !copied).map((exchange) => [exchange.span.id, exchange]),
  );
  const { waits: found, work, look, user, unknown } = criticalPathOf(trace);
  const waits = found.flatMap((wait): PlacedWait[] => {
    const exchange = bySpan.get(wait.span.id);
    if (exchange === undefined) return [];
    const legs = legsOf(exchange, wait, services);
    return [{ ...wait, exchange, legs, tally: legs && tallyOf(legs, network) }];
  });
  const crossed = new Tally();
  const handedOver = new Tally();
  for (const { tally, there, back, exchange } of waits) {
    if (tally === undefined) continue;
    crossed.take(tally);
    if (isHandOver({ there, back, exchange })) handedOver.take(tally);
  }
  const waitedFor = (which: (wait: PlacedWait) => boolean) =>
    milliseconds(waits.filter(which).reduce((sum, { waited = 0 }) => sum + waited, 0));
  return {
    trace,
    exchanges,
    waits,
    critical: {
      totalMs: milliseconds(trace.end - trace.start),
      workMs: milliseconds(work),
      nearMs: waitedFor(({ tally }) => tally?.roundTrips === 0),
      farMs: waitedFor(isFar),
      placelessMs: waitedFor(({ tally }) => tally === undefined),
      lookMs: milliseconds(look),
      userMs: milliseconds(user),
      unknownMs: milliseconds(unknown),
      roundTrips: rounded(crossed.roundTrips),
      links: [...crossed.links]
        .map(([link, times]) => ({ link, roundTrips: rounded(times / 2) }))
        .sort((a, b) => a.link.localeCompare(b.link)),
      handOverRoundTrips: rounded(handedOver.roundTrips),
      predictedMs: rounded(crossed.delayMs),
      comparedMs: rounded(measuredOf(waits).delayMs),
    },
  };
}

/** Whether links were crossed for it. */
export function isFar({ tally }: Pick<PlacedWait, "tally">): boolean {
  return tally !== undefined && tally.roundTrips > 0;
}

/** Whether it is the way of a cast to whoever goes on with the request. */
export function isHandOver({
  there,
  back,
  exchange,
}: Pick<PlacedWait, "there" | "back" | "exchange">): boolean {
  return there && !back && ["cast", "fanout", "notification"].includes(exchange.pattern);
}

/** The links crossed by what somebody measured the waiting for, so that both can be compared. */
function measuredOf(waits: readonly PlacedWait[]): Tally {
  const tally = new Tally();
  for (const one of waits) if (one.waited !== undefined && one.tally) tally.take(one.tally);
  return tally;
}
