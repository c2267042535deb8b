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
