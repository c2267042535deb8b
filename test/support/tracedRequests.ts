import { deepStrictEqual, ok, strictEqual } from "assert";
import type { Results } from "../../workloads/results/schema";

/** A message to the edge and its answers come over a link of 25 ms. */
export const oneWayMs = 25;
export const servicesAtCore = [
  "keystone",
  "placement",
  "glance",
  "nova-api",
  "nova-conductor",
  "nova-scheduler",
  "neutron",
];

/** Asserts that each request for a server at the edge has spans of all services, which waited for the link as long as they had to. */
export function hasSpansOfEveryService(boot: NonNullable<Results["traces"]>[number]): void {
  for (const { missing, kinds, links, exchanges, totalMs, unseenMs, services, unfinished } of boot.requests) {
    deepStrictEqual(missing, []);
    strictEqual(unfinished, 0);
    const seen = new Set(services.map(({ service }) => service));
    for (const name of [
      ...servicesAtCore.map((service) => `core/${service}`),
      "edge/computes",
      "core/client",
    ])
      ok(seen.has(name), `nothing of ${name}`);
    for (const [kind, { spans, coveredMs }] of Object.entries(kinds)) {
      ok(spans > 0, `no span of kind ${kind}`);
      ok(coveredMs > 0 && coveredMs <= totalMs, `${kind}: ${coveredMs} of ${totalMs} ms`);
    }
    ok(unseenMs < totalMs / 2, `${unseenMs} of ${totalMs} ms were not seen`);
    deepStrictEqual(
      links.map(({ link }) => link),
      ["core--edge"],
    );
    // The computes call and ask back: each waits for the link there and back at least.
    for (const kind of ["bus", "http"] as const) {
      const over = exchanges.find((one) => one.kind === kind && one.from === "edge" && one.to === "core");
      // One may be under way when the server is seen to be active.
      ok(
        over && over.spans > 1 && over.selfMs >= (over.spans - 1) * 2 * oneWayMs * 0.95,
        `${kind}: ${JSON.stringify(over)}`,
      );
    }
    // A cast to the computes takes the way there.
    const cast = exchanges.find(({ kind, from, to }) => kind === "bus" && from === "core" && to === "edge");
    ok(cast && cast.selfMs >= oneWayMs * 0.95, JSON.stringify(cast));
  }
}

type Boot = NonNullable<Results["traces"]>[number];

/** Asserts that what requests wait for over the link is as long as crossing it takes, and that it is found what that is. */
export function waitsForLinksAsLongAsTheyTake({ patterns, requests }: Boot): void {
  ok(patterns);
  for (const { critical, totalMs } of requests) {
    ok(critical);
    const { workMs, nearMs, farMs, placelessMs, lookMs, userMs, unknownMs } = critical;
    const sum = workMs + nearMs + farMs + placelessMs + lookMs + userMs + unknownMs;
    ok(Math.abs(sum - totalMs) < 0.1, `${sum} of ${totalMs} ms`);
    // From the commit by which the server is active to the look that saw it, and before it nothing that is not known.
    ok(lookMs > 0 && lookMs < 1_500, `${lookMs} ms until it was seen`);
    deepStrictEqual([unknownMs, placelessMs], [0, 0]);
    ok(userMs < 200, `${userMs} ms in which nothing was under way`);
    const { roundTrips, predictedMs, comparedMs } = critical;
    ok(roundTrips > 3, `${roundTrips} round trips`);
    ok(Math.abs(predictedMs - roundTrips * 2 * oneWayMs) < 0.1, `${predictedMs} ms of ${roundTrips}`);
    // Whoever asks has spans, too.
    strictEqual(comparedMs, predictedMs);
    ok(farMs > 0.95 * comparedMs && farMs < 2.5 * comparedMs, `${farMs} ms, by the links ${comparedMs} ms`);
  }
  const { exchanges, critical, findings, moves, unknown } = patterns;
  const saves = exchanges.find(({ what }) => what === "Instance.save");
  deepStrictEqual(
    [saves?.pattern, saves?.from, saves?.to, saves?.over],
    ["call", "edge/computes", "core/nova-conductor", ["core--edge"]],
  );
  ok((saves?.count ?? 0) >= 2 && (saves?.sentBytes ?? 0) > 1000, JSON.stringify(saves));
  const ports = exchanges.find(({ what }) => what.startsWith("POST /v2.0/ports"));
  ok(ports?.over?.includes("core--edge") && (ports.receivedBytes ?? 0) > 200, JSON.stringify(ports));
  const build = exchanges.find(({ what }) => what === "build_and_run_instance");
  deepStrictEqual([build?.pattern, build?.to], ["cast", "edge/computes"]);
  for (const pattern of ["call", "cast", "rest", "sql"] as const)
    ok(
      exchanges.some((one) => one.pattern === pattern),
      `nothing by ${pattern}`,
    );
  deepStrictEqual(unknown.missing, []);
  ok(unknown.unmeasured < 1, `${unknown.unmeasured} exchanges of which nobody told the bytes`);

  const [first] = findings;
  deepStrictEqual([first?.kind, first?.who, first?.over], ["chain", "edge/computes", ["core--edge"]]);
  ok((first?.waits ?? 0) >= 3 && (first?.costMs ?? 0) >= 300, JSON.stringify(first));
  const found = findings.reduce((sum, { roundTrips }) => sum + roundTrips, 0) + critical.handOverRoundTrips;
  ok(Math.abs(found - critical.roundTrips) < 0.01, `${found} of ${critical.roundTrips} round trips`);
  ok(moves.every(({ roundTrips }) => roundTrips < critical.roundTrips));
}

/** Asserts that it is known what services tell each other while nobody asks anything, as far as brokers and gateways count it too. */
export function tellsWhatItDoesWhenIdle({ background }: Boot): void {
  ok(background);
  const { seconds, exchanges, links, publishedPerSecond, brokers, wan, findings } = background;
  strictEqual(seconds, 25);
  // Each of two computes says every ten seconds that it is up.
  const saves = exchanges.find(({ what, from }) => what === "Service.save" && from === "edge/computes");
  deepStrictEqual([saves?.pattern, saves?.to, saves?.over], ["call", "core/nova-conductor", ["core--edge"]]);
  ok((saves?.times ?? 0) >= 2, JSON.stringify(saves));
  ok(
    findings.some(
      ({ kind, who, perSecond = 0 }) => kind === "chatty-task" && who === "edge/computes" && perSecond > 0,
    ),
  );
  ok(exchanges.some(({ pattern, from }) => pattern === "sql" && from === "core/nova-scheduler"));
  const counted = brokers.reduce((sum, { publishedTotal = 0 }) => sum + publishedTotal, 0) / seconds;
  ok(
    publishedPerSecond > 0 && counted >= 0.9 * publishedPerSecond,
    `${publishedPerSecond} told, ${counted} counted`,
  );
  const told = links.reduce((sum, { bytes }) => sum + bytes, 0);
  const carried = (wan?.bytes ?? 0) / seconds;
  ok(told > 0 && told < carried, `${told} B/s told, ${carried} B/s carried`);
}
