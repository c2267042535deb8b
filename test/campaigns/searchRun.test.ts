import { deepEqual, equal, match, ok, throws } from "assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { stringify } from "yaml";
import { openExecution } from "../../bin/campaign/execution";
import { loadCampaign } from "../../bin/campaign/load";
import { runCells } from "../../bin/campaign/runner";
import { Refusal } from "../../bin/refusal";
import { readJournal } from "../../campaigns/journal";
import { outcomeInWords, outcomesOf } from "../../campaigns/search/outcomes";
import { record, someResults } from "../runner/results";
import { smallScenario } from "../support/scenarios";
import { failing, Killed, session } from "./world";

/** Calls take twice the delay and a little; below 100 ms that holds up to a delay of 47.5 ms. */
const p99At = (delayMs: number) => 2 * delayMs + 5;

describe("a campaign that searches", () => {
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-search-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  function load(changes: object = {}, search: object = {}) {
    const file = join(root, "t.yaml");
    const definition = {
      question: "How far may the edge be?",
      scenario: smallScenario(),
      search: {
        path: "links[0].delay",
        from: "1ms",
        to: "200ms",
        within: "2ms",
        holds: [{ column: "latency_p99_ms", most: 100 }],
        ...search,
      },
      labels: { "links[0].delay": "delay" },
      repetitions: 3,
      ...changes,
    };
    writeFileSync(file, stringify(definition));
    return loadCampaign(file, resolve(__dirname, "../.."));
  }

  /** Runs it until `stopAt` measurements were made, which kills it. `fails`: delays at which the run itself fails. */
  async function go({
    stopAt = Infinity,
    fails,
  }: { stopAt?: number; fails?: (delay: number) => boolean } = {}) {
    const campaign = load();
    const execution = openExecution(campaign, root, false);
    const world: ReturnType<typeof session> = session(root, campaign.stack, (attempt, measure) => {
      if (attempt > stopAt) throw new Killed();
      const delay = Number.parseFloat(world.ups.at(-1) ?? "");
      if (fails?.(delay)) return failing("the engine fell over");
      const p99 = p99At(delay);
      const latencyMs = { count: 1000, mean: p99, p50: p99, p90: p99, p99, p999: p99, max: p99 };
      measure({ workloads: [record("call", { latencyMs })] });
    });
    const ended = await runCells(world, campaign, execution).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { ...world, ended, journal: readJournal(execution.folder), folder: execution.folder };
  }

  it("finds the limit, says so in words, and leaves a row a measurement", async () => {
    const { journal, ended, folder, ups } = await go();
    equal(ended, undefined);
    const [found] = outcomesOf(journal);
    ok(found?.outcome.kind === "limit");
    ok(found.outcome.holds.value <= 47.5 && found.outcome.fails.value > 47.5);
    ok(found.outcome.fails.value - found.outcome.holds.value <= 2);
    match(
      outcomeInWords(found, journal),
      /^delay holds at 4\d(\.\d+)?ms \(2 of 2\) and no longer at 4\d(\.\d+)?ms \(0 of 2\): latency_p99_ms is 1\d\d, above 100$/,
    );
    const csv = readFileSync(join(folder, "table.csv"), "utf8").trim().split("\n");
    equal(csv.length, 1 + ups.length);
    ok(journal.finishedAt);
  });

  it("measures each value with a seed a repetition", async () => {
    const { ups } = await go();
    deepEqual(ups.slice(0, 4), ["1ms seed 1", "1ms seed 2", "200ms seed 1", "200ms seed 2"]);
  });

  it("killed at any measurement goes on as if it had not been", async () => {
    const whole = await go();
    for (const stopAt of [0, 1, 3, 6]) {
      rmSync(root, { recursive: true });
      root = mkdtempSync(join(tmpdir(), "buswide-search-"));
      const killed = await go({ stopAt });
      ok(killed.ended instanceof Killed);
      const resumed = await go();
      equal(resumed.ended, undefined);
      deepEqual([...killed.ups.slice(0, stopAt), ...resumed.ups], whole.ups);
      deepEqual(outcomesOf(resumed.journal), outcomesOf(whole.journal));
    }
  });

  it("ends a search where nothing can be measured, and says where and why", async () => {
    const { journal, ended } = await go({ fails: (delay) => delay === 200 });
    equal(ended, undefined);
    const [found] = outcomesOf(journal);
    ok(found);
    equal(outcomeInWords(found, journal), "delay could not be searched: the engine fell over");
  });

  it("searches for each point of its grid", () => {
    const { points } = load({ grid: { "bus.topology": ["single", "cluster"] } });
    equal(points.length, 2);
  });

  for (const [what, change, search, path] of [
    [
      "a path that the grid varies as well",
      { grid: { "links[0].delay": ["1ms", "2ms"] } },
      {},
      "search.path",
    ],
    ["an end of another unit", {}, { to: "5%" }, "search.to"],
    ["an end that is no scenario", {}, { to: "100s", within: "2s", from: "1s" }, ""],
    ["a condition without a bound", {}, { holds: [{ column: "lost" }] }, "search.holds[0]"],
  ] as const)
    it(`refuses ${what}`, () => {
      throws(
        () => load(change, search),
        (error) =>
          error instanceof Refusal && (path === "" || error.issues.some((issue) => issue.path === path)),
      );
    });

  it("is not at its end before it has found something", () => {
    const campaign = load();
    const { journal } = openExecution(campaign, root, false);
    deepEqual(outcomesOf(journal)[0]?.outcome, { kind: "unfinished" });
    equal(someResults().status, "complete");
  });
});
