import fc from "fast-check";
import { bus } from "./bus";
import { sensible } from "./scenario";
import { delay, mostly, rarely, seconds, some, withSomethingOdd } from "./words";

const values = fc.oneof(
  fc.record({ path: fc.constant("links[0].delay"), values: fc.array(delay, { minLength: 1, maxLength: 3 }) }),
  fc.record({ path: fc.constant("bus"), values: fc.array(bus, { minLength: 1, maxLength: 2 }) }),
  fc.record({ path: fc.constant("workloads[0].rate"), values: fc.constant(["30/min", "6/min"]) }),
  fc.record({
    path: mostly(
      fc.constantFrom("workloads[0].clients.edge-1", "sites.edge.count", "seed"),
      "",
      "a..b",
      "links[9].delay",
    ),
    values: mostly(fc.constantFrom<unknown[]>([1, 2], [3]), [{ edge: 1 }], []),
  }),
);
const axes = fc
  .array(values, { minLength: 1, maxLength: 2 })
  .map((all) => Object.fromEntries(all.map((one) => [String(one.path), one.values])));
const campaignFaults = some({
  at: mostly(fc.constantFrom("5s", "10s"), "90s", "-1s"),
  services: fc.array(
    some(
      {
        what: mostly(fc.constantFrom("kill", "stop", "pause", "restart", "starve", "fill"), "melt"),
        of: mostly(fc.constantFrom<unknown>("bus", "controlPlane", ["core/rabbitmq"]), ["moon/x"], []),
        for: mostly(fc.constantFrom("5s", "20s"), "0s", "90s"),
      },
      ["what"],
    ),
    { minLength: 1, maxLength: 2 },
  ),
  links: fc.array(
    fc.oneof(
      some(
        { what: mostly(fc.constantFrom("cut", "flap"), "burn"), for: seconds, down: seconds, up: seconds },
        ["what"],
      ),
      some(
        { what: fc.constant("change"), for: seconds, delay, loss: mostly(fc.constant("5%"), "500%", {}) },
        ["what"],
      ),
      some(
        {
          ...{ what: fc.constant("ramp"), for: seconds, over: seconds },
          delay: mostly(fc.record({ from: delay, to: delay }), "5ms"),
        },
        ["what", "over"],
      ),
    ),
    { maxLength: 1 },
  ),
  sites: fc.array(
    fc.oneof(
      some({ what: fc.constant("isolate"), for: seconds }, ["what"]),
      some(
        {
          ...{ what: fc.constant("split"), for: seconds },
          together: mostly(fc.constantFrom<unknown>(["core"], ["core", "edge-1"]), ["moon"], [], "core"),
        },
        ["what", "together"],
      ),
    ),
    { maxLength: 1 },
  ),
});
const search = some(
  {
    ...{
      path: mostly(fc.constant("workloads[0].rate"), "links[0].delay", "x y"),
      workload: fc.constant("call"),
    },
    ...{ from: mostly(fc.constant("20/s"), "5ms", 0), to: mostly(fc.constant("900/s"), "20/s") },
    within: mostly(fc.constant("10%"), "0%", 5),
    holds: fc.array(
      some(
        {
          column: mostly(fc.constant("latency_p99_ms"), "A b"),
          most: fc.constant(100),
          least: fc.constant(1),
        },
        ["column"],
      ),
      { maxLength: 2 },
    ),
  },
  ["path", "from", "to", "within", "holds"],
);

/** What a campaign varies: a scenario with a workload that there is something to vary of. */
const variedScenario = fc.oneof(
  {
    arbitrary: fc.constantFrom<object>(
      {
        sites: { core: {}, edge: { count: 2 } },
        links: [{ between: ["core", "edge"], delay: "25ms" }],
        bus: { kind: "rabbitmq", site: "core" },
        workloads: [
          {
            ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
            ...{ rate: "20/s", duration: "60s" },
          },
        ],
      },
      {
        sites: { core: {}, edge: {} },
        links: [{ between: ["core", "edge"], delay: "25ms" }],
        bus: { kind: "rabbitmq" },
        controlPlane: { computes: { edge: 1 } },
        workloads: [{ name: "boots", kind: "servers", site: "core", rate: "12/min", duration: "60s" }],
      },
    ),
    weight: 6,
  },
  { arbitrary: sensible, weight: 2 },
  { arbitrary: fc.constantFrom<unknown>("single", "no-such", "./nowhere.yaml", 3), weight: 1 },
);

const points = fc.array(axes.map(firstOfEach), { minLength: 1, maxLength: 2 });
/** One way to vary something, and now and then another besides. */
const way = fc.oneof(
  fc.record({ grid: axes }),
  fc.record({ zip: axes }),
  fc.record({ list: points }),
  fc.record({ faults: campaignFaults }),
  fc.record({ search }),
);

/** A campaign file, a person's or a fool's. */
export const campaign: fc.Arbitrary<unknown> = withSomethingOdd(
  fc
    .tuple(
      fc.record({ question: mostly(fc.constant("Why?"), ""), scenario: variedScenario }),
      mostly(way, {}),
      rarely(way),
      fc.record({
        set: rarely(axes.map(firstOfEach)),
        labels: rarely(rarely(fc.constantFrom<object>({ bus: "bus" }, { "links[0].delay": "delay" }))),
        repetitions: rarely(mostly(fc.integer({ min: 1, max: 5 }), 0, 5000)),
        seed: rarely(mostly(fc.nat(), -1)),
      }),
    )
    .map(([what, varied, other, more]) => ({
      ...what,
      ...(varied as object),
      ...other,
      ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)),
    })),
);

function firstOfEach(all: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(all).map(([path, each]) => [path, (each as readonly unknown[])[0] ?? null]),
  );
}
