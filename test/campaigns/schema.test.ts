import { deepEqual, equal, match, ok, throws } from "assert/strict";
import Ajv from "ajv";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { parse as parseYaml, stringify } from "yaml";
import { loadCampaign, scenarioAt } from "../../bin/campaign/load";
import { Refusal } from "../../bin/refusal";
import { parseOverride } from "../../bin/scenario/override";
import { nextStep, type Trial } from "../../campaigns/search/bisect";
import { scaleOf } from "../../campaigns/search/scale";
import { publishedSchema, renderJsonSchema } from "../../campaigns/jsonSchema";
import { smallScenario } from "../support/scenarios";

const root = resolve(__dirname, "../..");
const folder = join(root, "campaigns");
const text = readFileSync(publishedSchema, "utf8");
const validate = new Ajv({ strict: true, strictTypes: false }).compile(JSON.parse(text) as object);
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe("a campaign file", () => {
  let directory = "";
  before(() => (directory = mkdtempSync(join(tmpdir(), "buswide-campaign-"))));
  after(() => rmSync(directory, { recursive: true }));

  const small = () => ({
    question: "Why?",
    scenario: smallScenario(),
    grid: { "links[0].delay": ["0ms", "25ms"] } as Record<string, unknown>,
    repetitions: 2,
  });
  function load(campaign: object, name = "t") {
    const file = join(directory, `${name}.yaml`);
    writeFileSync(file, stringify(campaign));
    return loadCampaign(file, root);
  }

  it("has a published schema that is what its generator writes: node -r ts-node/register campaigns/jsonSchema.ts", () =>
    equal(text, renderJsonSchema()));

  for (const name of files)
    it(`${name} is taken by the schema and names it, and its every point is a scenario`, () => {
      const content = readFileSync(join(folder, name), "utf8");
      ok(content.startsWith("# yaml-language-server: $schema=../docs/schema/campaign.schema.json\n"));
      ok(validate(parseYaml(content)), JSON.stringify(validate.errors));
      const campaign = loadCampaign(join(folder, name), root);
      // A search makes its own, from one.
      ok(campaign.points.length >= (campaign.definition.search ? 1 : 2));
    });

  it("rpc-over-wan asks for the round-trip times of the published plan", () => {
    const campaign = loadCampaign("rpc-over-wan", root);
    const trips = campaign.points.map((point) => {
      const [link] = scenarioAt(campaign, point, 1).scenario.links;
      ok(link && "delay" in link);
      const { delay } = link as unknown as { delay: { there: number; back: number } | number };
      return typeof delay === "number" ? 2 * delay : delay.there + delay.back;
    });
    deepEqual([...new Set(trips)], [0, 20, 50, 100, 200]);
  });

  it("rpc-over-wan and rpc-loss have repetitions enough for intervals, at every point", () => {
    for (const name of ["rpc-over-wan", "rpc-loss", "tc1"])
      ok(loadCampaign(name, root).definition.repetitions >= 5, name);
    equal(loadCampaign("rpc-over-wan", root).points.length, 15);
    equal(loadCampaign("rpc-loss", root).points.length, 10);
  });

  it("their load takes no longer than what their time was reckoned with", () => {
    const longest = { "rpc-over-wan": [75, 30], "rpc-loss": [50, 22], tc1: [25, 5] } as const;
    for (const [name, [measurements, seconds]] of Object.entries(longest)) {
      const campaign = loadCampaign(name, root);
      equal(campaign.points.length * campaign.definition.repetitions, measurements, name);
      const [point] = campaign.points;
      ok(point);
      const { workloads } = scenarioAt(campaign, point, 1).scenario;
      const open = workloads.map((load) =>
        "warmup" in load ? load.warmup + ("duration" in load ? (load.duration ?? 0) : 0) : NaN,
      );
      const sum = open.reduce((total, one) => total + one, 0);
      ok(sum > 0 && sum <= seconds, `${name}: ${sum} s`);
    }
  });

  it("rpc-over-wan's closed loop is a thousand calls, and with it all takes the time that was reckoned", () => {
    const campaign = loadCampaign("rpc-over-wan", root);
    const seconds = campaign.points.map((point) => {
      const { workloads, links } = scenarioAt(campaign, point, 1).scenario;
      const [link] = links as unknown as { delay: { there: number; back: number } | number }[];
      ok(link);
      const roundTrip = typeof link.delay === "number" ? 2 * link.delay : link.delay.there + link.delay.back;
      // Some 43 s to set up and check, and a call takes at most 8 ms more than the round trip.
      return workloads.reduce((sum, load) => {
        ok(load.kind === "rpc");
        const { calls, warmup, duration = 0 } = load;
        if (calls !== undefined) {
          const clients = Object.values(load.clients).reduce((all, count) => all + count, 0);
          ok(calls * clients >= 1000, `${calls} calls of ${clients} clients`);
        }
        return sum + warmup + (calls === undefined ? duration : (calls * (roundTrip + 8)) / 1000);
      }, 43);
    });
    const minutes = (campaign.definition.repetitions * seconds.reduce((sum, one) => sum + one, 0)) / 60;
    ok(minutes < 100, `${minutes} minutes`);
    const text = readFileSync(join(folder, "rpc-over-wan.yaml"), "utf8").replaceAll("\n# ", " ");
    const [, told = ""] = /: (\d+) minutes on a machine of two cores/.exec(text) ?? [];
    ok(Math.abs(Number(told) - minutes) <= 3, `${told} and ${minutes} minutes`);
  });

  it("rtt-limit and loss-limit search one bus by bisection, three times a value, from what holds to what should not", () => {
    for (const [name, path, from, to, middle, secondsAt] of [
      ["rtt-limit", "links[0].delay", "10ms", "500ms", 255, () => 40],
      // Calls wait for their timeout at its far end.
      ["loss-limit", "links[0].loss", "0.1%", "25%", 1.58, (loss: number) => (loss === 25 ? 120 : 45)],
    ] as const) {
      const { definition } = loadCampaign(name, root);
      const { search, repetitions } = definition;
      deepEqual([search?.path, search?.from, search?.to, repetitions], [path, from, to, 3]);
      ok(search);
      const scale = scaleOf(search);
      equal(scale.between(scale.from, scale.to), middle);
      // The search itself, of something that holds up to a third of the way: at an end, and never beyond 10 values.
      const limit = scale.between(scale.from, scale.between(scale.from, scale.to));
      const trials: Trial[] = [];
      for (;;) {
        const step = nextStep(scale, trials, repetitions);
        if (step.kind === "done") {
          equal(step.outcome.kind, "limit");
          break;
        }
        trials.push({ value: step.value, holds: step.value <= limit });
      }
      ok(new Set(trials.map(({ value }) => value)).size <= 10, `${name}: ${trials.length}`);
      // What its time is reckoned with: two measurements of a value that agree, or three.
      const shortest = trials.reduce((sum, { value }) => sum + secondsAt(value), 0) / 60;
      const text = readFileSync(join(folder, `${name}.yaml`), "utf8").replaceAll("\n# ", " ");
      const [, least = "", most = ""] = /: (\d+) to (\d+) minutes/.exec(text) ?? [];
      ok(Math.abs(Number(least) - shortest) <= 1.5, `${name}: ${least} and ${shortest} minutes`);
      ok(Math.abs(Number(most) - 1.5 * shortest) <= 1.5, `${name}: ${most} and ${1.5 * shortest} minutes`);
    }
  });

  it("gives each repetition a seed of its own, and every point its values", () => {
    const campaign = load(small());
    const [, slow] = campaign.points;
    ok(slow);
    const seeds = [1, 2, 3].map((repetition) => scenarioAt(campaign, slow, repetition).scenario.seed);
    deepEqual(seeds, [1, 2, 3]);
    deepEqual(scenarioAt(campaign, slow, 2).overrides, ["links[0].delay=25ms", "seed=2"]);
  });

  it("that varies the seed itself gets the seeds it names", () => {
    const campaign = load({ ...small(), grid: { seed: [11, 12] } });
    const [first] = campaign.points;
    ok(first);
    equal(scenarioAt(campaign, first, 5).scenario.seed, 11);
  });

  it("may have values that would mean something else in YAML, which are taken for what they are", () => {
    const descriptions = ["*all", "&one", "50", "~", "{ a", "a: b", "@all", "`one", ", two"];
    const campaign = load({ ...small(), grid: { description: descriptions } });
    deepEqual(
      campaign.points.map((point) => {
        const { scenario, overrides } = scenarioAt(campaign, point, 1);
        const written = overrides[0]?.replace(/^description=/, "") ?? "";
        return [scenario.description, parseOverride(`description=${written}`).value];
      }),
      descriptions.map((text) => [text, text]),
    );
  });

  it("is another campaign when anything of its scenario is another", () => {
    const one = load(small()).sha256;
    equal(load(small()).sha256, one);
    const scenario = { ...smallScenario(), description: "other" };
    ok(load({ ...small(), scenario }).sha256 !== one);
  });

  const refused: readonly (readonly [string, object, RegExp])[] = [
    ["that varies nothing", { grid: undefined }, /say what to vary: grid, zip, list, faults or search/],
    ["with an unknown setting", { grids: {} }, /grids: .*"grids"/],
    ["with a path that is none", { grid: { "links[0": [1] } }, /"links\[0" is not the path/],
    [
      "without values",
      { grid: { "links[0].delay": [] } },
      /grid\.links\[0\]\.delay: expected at least 1 entries/,
    ],
    ["whose zip is uneven", { zip: { seed: [1, 2], "bus.memory": ["1GiB"] } }, /1 values, but seed has 2/],
    ["that sets a path twice", { zip: { "links[0].delay": ["1ms"] } }, /grid sets links\[0\]\.delay already/],
    ["that sets a path and one in it", { set: { "links[0]": {} } }, /set sets links\[0\] already/],
    [
      "whose list sets different paths",
      { list: [{ seed: 1 }, { "bus.memory": "1GiB" }] },
      /but the first point sets seed/,
    ],
    ["that labels what nothing varies", { labels: { seed: "chance" } }, /nothing varies seed/],
    ["without repetitions", { repetitions: 0 }, /repetitions: .*at least 1/],
    [
      "whose second point is no scenario",
      { grid: { "links[0].delay": ["0ms", "-5ms"] } },
      /point 2 was refused:\n.*links\[0\]\.delay: .*"-5ms".*negative/,
    ],
    [
      "whose path leads nowhere",
      { grid: { "links[7].delay": ["0ms"] } },
      /links\[7\]: the list links has the entries/,
    ],
    ["of a scenario that is not there", { scenario: "moon" }, /there is no such scenario/],
  ];
  for (const [what, changes, said] of refused)
    it(`${what} is refused before anything is made`, () =>
      throws(
        () => load({ ...small(), ...changes }),
        (error: unknown) => {
          ok(error instanceof Refusal, String(error));
          match(error.message, said);
          return true;
        },
      ));

  it("whose name cannot be a stack's is refused", () =>
    throws(() => load(small(), "Big Campaign"), /is no name for a campaign/));
});
