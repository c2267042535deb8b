import { deepStrictEqual, ok, strictEqual } from "assert";
import fc from "fast-check";
import { inspect } from "util";
import { parseScenario, ScenarioError } from "../../stacks/scenario/parse";
import { parsed, put, smallScenario, type Place } from "../support/scenarios";
import { stackFiles } from "../support/stackFiles";

/** Parses; what is refused must be refused as a scenario, with a reason for each place. */
function parseOrRefuse(raw: unknown): void {
  try {
    parseScenario(raw);
  } catch (error) {
    ok(error instanceof ScenarioError, `threw ${String(error)} for ${inspect(raw, { depth: 5 })}`);
    ok(error.issues.length > 0, "was refused without a reason");
    for (const { message } of error.issues) ok(message.length > 0, "was refused without words");
  }
}

/** Every place in a value, the deepest ones too. */
function placesOf(value: unknown, at: Place = []): Place[] {
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const steps = inner.map(([key, item]): [string | number, unknown] => [
    Array.isArray(value) ? Number(key) : key,
    item,
  ]);
  return [...(at.length > 0 ? [at] : []), ...steps.flatMap(([key, item]) => placesOf(item, [...at, key]))];
}

describe("a scenario", () => {
  it("has every default filled in and every quantity in its unit", () =>
    deepStrictEqual(parsed(smallScenario()), {
      target: { kind: "local", emulator: "auto", addresses: { sitePrefix: 26 } },
      sites: { core: {}, edge: { count: 2 } },
      links: [{ between: ["core", "edge"], delay: 25, jitter: 0, loss: 0, exceptions: [] }],
      bus: {
        kind: "rabbitmq",
        topology: "single",
        version: "3.10",
        memory: 512 * 1024 * 1024,
        tls: false,
        queues: "classic",
        transient: "classic",
      },
      agents: { memory: 512 * 1024 * 1024 },
      workloads: [
        {
          kind: "rpc",
          pattern: "call",
          name: "call",
          clients: { edge: 1 },
          servers: { core: 1 },
          topics: 1,
          length: 1024,
          calls: 5,
          warmup: 2,
          timeout: 30,
          tool: "probe",
        },
      ],
      paths: { measured: 24 },
      backup: { keep: 10 },
      seed: 1,
    }));

  it("may leave out all but sites and a bus", () => {
    const { links, workloads } = parsed({ sites: { core: {} }, bus: { kind: "rabbitmq" } });
    deepStrictEqual([links, workloads], [[], []]);
  });

  for (const { file, scenario } of stackFiles())
    it(`of the project passes: ${file}`, () => ok(Object.keys(parsed(scenario).sites).length > 0));

  it("is the same whenever the same text is parsed", () =>
    strictEqual(JSON.stringify(parsed(smallScenario())), JSON.stringify(parsed(smallScenario()))));

  it("is refused as a scenario or taken, whatever JSON it is", () =>
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), parseOrRefuse), { numRuns: 2000 }));

  it("is refused as a scenario or taken, whatever JavaScript it is", () =>
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        parseOrRefuse,
      ),
      { numRuns: 2000 },
    ));

  it("is refused as a scenario or taken, whatever is put anywhere in a right one", () => {
    const demo = stackFiles().find(({ file }) => file === "Pulumi.demo.yaml")?.scenario;
    const strange = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(
        "__proto__",
        "constructor",
        "core",
        "edge",
        "edge-1",
        "1e9s",
        "-0ms",
        "99999gbit",
        0,
        -1,
        1e308,
        NaN,
      ),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...placesOf(demo)), strange), { minLength: 1, maxLength: 3 }),
        (changes) => {
          const scenario = structuredClone(demo) as object;
          for (const [place, value] of changes)
            // An earlier change may have taken the place of a later one away.
            if (placesOf(scenario).some((other) => JSON.stringify(other) === JSON.stringify(place)))
              put(scenario, place, value);
          parseOrRefuse(scenario);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("may call a site what every JavaScript object has", () => {
    const scenario = parsed({
      sites: { constructor: {}, core: {} },
      links: [{ between: ["constructor", "core"] }],
      bus: { kind: "rabbitmq" },
    });
    deepStrictEqual(Object.keys(scenario.sites), ["constructor", "core"]);
  });
});
