import type { CriticalPath, Patterns, RequestExchange } from "../results/patterns";
import { ExchangeMap, describeRow, type MapRow } from "./exchangeMap";
import type { Exchange } from "./exchanges";
import { findingsOf } from "./findings";
import { Placements } from "./placements";
import type { RequestPatterns, Surroundings } from "./request";
import { rounded } from "./traffic";

/** A request, and what is known to be missing of it. */
export interface KnownRequest {
  readonly patterns: RequestPatterns;
  readonly missing: readonly string[];
  readonly unfinished: number;
}

/**
 * The map of requests: who tells whom what, by which pattern and over which links, how often and how much; what is waited for,
 * which anti-patterns there are and what would be otherwise if services were elsewhere. All are means, so that parts add up.
 * Undefined: there are no requests.
 */
export function patternsOf(known: readonly KnownRequest[], surroundings: Surroundings): Patterns | undefined {
  const count = known.length;
  if (count === 0) return undefined;
  const requests = known.map(({ patterns }) => patterns);
  const { network, services } = surroundings;
  const waits = requests.flatMap((request) => request.waits);
  const placements = new Placements(
    network,
    services,
    waits.flatMap(({ legs }) => legs ?? []),
    count,
  );
  const map = new ExchangeMap<Exchange>(surroundings);
  const waited = new Map<MapRow<Exchange>, { waits: number; roundTrips: number }>();
  for (const request of requests) {
    const bySpan = new Map(request.waits.map((wait) => [wait.span.id, wait]));
    for (const exchange of request.exchanges) {
      const row = map.add(exchange);
      const wait = exchange.copied ? undefined : bySpan.get(exchange.span.id);
      const { waits: before, roundTrips } = waited.get(row) ?? { waits: 0, roundTrips: 0 };
      if (wait !== undefined)
        waited.set(row, { waits: before + 1, roundTrips: roundTrips + (wait.tally?.roundTrips ?? 0) });
    }
  }
  const mean = (sum: number) => rounded(sum / count);
  return {
    requests: count,
    exchanges: map.rows.map((row): RequestExchange => {
      const { waits: ofRow, roundTrips } = waited.get(row) ?? { waits: 0, roundTrips: 0 };
      return {
        ...describeRow(row),
        count: mean(row.times),
        ...(row.told ? { sentBytes: mean(row.sent), receivedBytes: mean(row.received) } : {}),
        ...{ waits: mean(ofRow), roundTrips: mean(roundTrips) },
      };
    }),
    links: map.traffic.per(count),
    critical: meanOf(requests.map(({ critical }) => critical)),
    findings: findingsOf(requests, surroundings, placements),
    moves: placements.moves(),
    ...(placements.canMove ? {} : { unmovable: whyUnmovable(surroundings) }),
    unknown: {
      missing: [...new Set(known.flatMap(({ missing }) => missing))].sort(),
      unanswered: mean(map.unknown.unanswered),
      wayless: mean(map.unknown.wayless),
      unmeasured: mean(map.unknown.unmeasured),
      unfinished: mean(known.reduce((sum, { unfinished }) => sum + unfinished, 0)),
    },
  };
}

function whyUnmovable({ services: { services, single, regions = [] } }: Surroundings): string {
  if (services.some(({ site }) => regions.includes(site))) return "all that a region has is at its site";
  return single.broker === undefined || single.database === undefined
    ? "which broker, or which node of the database, a service would use at another site is not known"
    : "nothing that can be moved was waited for";
}

function meanOf(all: readonly CriticalPath[]): CriticalPath {
  const mean = (of: (path: CriticalPath) => number) =>
    rounded(all.reduce((sum, path) => sum + of(path), 0) / all.length);
  const links = [...new Set(all.flatMap((path) => path.links.map(({ link }) => link)))].sort();
  return {
    totalMs: mean(({ totalMs }) => totalMs),
    workMs: mean(({ workMs }) => workMs),
    nearMs: mean(({ nearMs }) => nearMs),
    farMs: mean(({ farMs }) => farMs),
    placelessMs: mean(({ placelessMs }) => placelessMs),
    lookMs: mean(({ lookMs }) => lookMs),
    userMs: mean(({ userMs }) => userMs),
    unknownMs: mean(({ unknownMs }) => unknownMs),
    roundTrips: mean(({ roundTrips }) => roundTrips),
    links: links.map((link) => ({
      link,
      roundTrips: mean((path) => path.links.find((one) => one.link === link)?.roundTrips ?? 0),
    })),
    handOverRoundTrips: mean(({ handOverRoundTrips }) => handOverRoundTrips),
    predictedMs: mean(({ predictedMs }) => predictedMs),
    comparedMs: mean(({ comparedMs = 0 }) => comparedMs),
  };
}
