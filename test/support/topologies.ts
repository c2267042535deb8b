import assert from "assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { parse, stringify } from "yaml";
import { results as resultsSchema, type PathRecord, type Results } from "../../workloads/results/schema";
import { buswide, projectRoot } from "../command/shim";

/** The workload of the two scenarios' that goes all the way. */
const longest = ["far", "farthest"];

/** What the stacks' names begin with, where their files are, and whether all workloads are measured. */
interface Form {
  readonly prefix: string;
  readonly folder: string;
  readonly whole: boolean;
}

/** Deploys a scenario of the project as a stack of its own, from nothing, and measures it shortly. */
async function measured(scenario: string, { folder, prefix, whole }: Form) {
  const stack = `${prefix}-${scenario}`;
  const text = readFileSync(join(projectRoot, "stacks", `Pulumi.${scenario}.yaml`), "utf8");
  const settings = parse(text) as { config: { "buswide:scenario": { workloads: { name: string }[] } } };
  const asked = settings.config["buswide:scenario"];
  if (!whole) asked.workloads = asked.workloads.filter(({ name }) => longest.includes(name));
  const file = join(folder, `Pulumi.${stack}.yaml`);
  writeFileSync(file, stringify(settings));
  const short = asked.workloads.flatMap((_, at) => [
    ...["--set", `workloads[${at}].duration=1s`, "--set", `workloads[${at}].warmup=0s`],
  ]);
  const { code, stdout, stderr } = await buswide(["up", file, ...short]);
  assert.equal(code, 0, stderr);
  const latest = join(projectRoot, "runs", stack, "latest", "results.json");
  const results = resultsSchema.parse(JSON.parse(readFileSync(latest, "utf8")));
  assert.equal(results.workloads.length, whole ? 3 : 1);
  return { results, stdout };
}

function pathOf({ paths }: Results, from: string, to: string): PathRecord {
  const found = paths?.measured.find(({ between }) => between.includes(from) && between.includes(to));
  return found ?? assert.fail(`no path from ${from} to ${to} was measured`);
}

/** Round trips within what paths are allowed, and at least what their links take. */
function assertAsPredicted({ paths }: Results): void {
  for (const { between, predicted, measured, deviations } of paths?.measured ?? []) {
    assert.deepEqual(deviations, [], between.join());
    const expected = predicted.there.delayMs + predicted.back.delayMs;
    const hops = predicted.there.sites.length + predicted.back.sites.length - 2;
    const { median } = measured.rttMs;
    const most = Math.max(1, 0.01 * expected) + (hops - 2) * 0.5 + 5 * predicted.there.jitterMs;
    assert.ok(median > expected - most && median < expected + most, `${between.join()}: ${median} ms`);
  }
}

/** The suite of the scenarios `line` and `geo`, each deployed and measured from nothing. */
export function topologiesFromNothing(prefix: string, whole: boolean): void {
  let folder = "";
  const scenarios = ["line", "geo"] as const;
  before(() => (folder = mkdtempSync(join(tmpdir(), "buswide-"))));
  after(async () => {
    // One that is not destroyed must not leave the other, nor the folder.
    const failures: string[] = [];
    for (const scenario of scenarios) {
      const { code, stderr } = await buswide(["destroy", `${prefix}-${scenario}`, "--keep-images"]);
      rmSync(join(projectRoot, "runs", `${prefix}-${scenario}`), { recursive: true, force: true });
      if (code !== 0) failures.push(`${scenario}: ${stderr}`);
    }
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(failures, []);
  });

  it("the scenario line has paths whose delays add up, whose loss compounds and whose narrowest rate holds", async () => {
    const { results, stdout } = await measured("line", { prefix, folder, whole });
    assert.equal(results.paths?.pairs, 3);
    const measuredPairs = (results.paths?.measured ?? []).map(({ between }) => [...between].sort().join(" "));
    assert.deepEqual(measuredPairs.sort(), ["access core", "core edge", "edge metro"]);
    assertAsPredicted(results);
    const { predicted, measured: found } = pathOf(results, "core", "edge");
    assert.equal(predicted.there.delayMs + predicted.back.delayMs, 80);
    assert.equal(predicted.there.lossPercent, 0.5);
    for (const { rateBitsPerSecond } of [found.there, found.back])
      assert.ok(
        rateBitsPerSecond !== undefined && Math.abs(rateBitsPerSecond / 9.95e6 - 1) < 0.06,
        `${rateBitsPerSecond} bit/s of the narrowest link's 10 Mbit/s, of which 0.5 % may be lost behind it`,
      );
    assert.match(stdout, /^(core ↔ edge|edge ↔ core) /m);
    assert.match(stdout, /measured end to end are all 3 pairs/);
  });

  it("the scenario geo has paths as long as the ways over its cities, and a drawing that says so", async () => {
    const { results } = await measured("geo", { prefix, folder, whole });
    assert.equal((results.paths?.pairs ?? 0) + results.links.length, (7 * 6) / 2);
    assert.equal(results.paths?.measured.length, results.paths?.pairs);
    assertAsPredicted(results);
    const { predicted } = pathOf(results, "nantes", "vienna");
    assert.ok(predicted.there.sites.length > 2, predicted.there.sites.join());
    const { code, stdout, stderr } = await buswide([
      ...["graph", join(folder, `Pulumi.${prefix}-geo.yaml`), "--output", "-"],
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /measured end to end: all \d+ paths over several links, 0 beyond tolerance/);
    assert.match(stdout, /\w+ ↔ \w+ over [\w, ]+: RTT [\d.]+ ms of [\d.]+ ms/);
    assert.match(stdout, /✓ RTT/);
  });
}
