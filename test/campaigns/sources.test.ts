import { deepEqual, equal, match, throws } from "assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { stringify } from "yaml";
import { compareSides } from "../../campaigns/compare/compare";
import { findSource } from "../../campaigns/compare/sources";
import { measuredRows, rowsOfRun } from "../../campaigns/table/rows";
import type { Results } from "../../workloads/results/schema";
import { record, someResults } from "../runner/results";
import { writeRunFolder } from "./synthetic";

describe("runs of a stack", () => {
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-sources-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  const scenario = {
    description: "Two sites.",
    seed: 1,
    bus: { kind: "rabbitmq" },
    workloads: [{ rate: 10 }],
  };

  /** Writes a run of the stack `demo` with the scenario it kept; null: it kept none. */
  function write(run: number, kept: object | null = scenario, changes: Partial<Results> = {}): void {
    const base = someResults({ run, workloads: [record("call", { throughputPerSecond: run })], ...changes });
    const folder = join(root, "runs", "demo", String(run));
    const scenarioSha256 = JSON.stringify(kept ?? run);
    writeRunFolder(folder, { ...base, provenance: { ...base.provenance, scenarioSha256 } });
    if (kept === null) return;
    mkdirSync(join(folder, "config"));
    writeFileSync(join(folder, "config", "scenario.yaml"), stringify(kept));
  }
  const find = (argument: string) => {
    rmSync(join(root, "runs", "demo", "latest"), { force: true });
    symlinkSync("1", join(root, "runs", "demo", "latest"));
    return findSource(argument, root);
  };
  const runsOf = (argument: string) => find(argument).runs.map(({ results }) => results.run);

  it("count once each, however often they are named", () => {
    for (const run of [1, 2, 3, 4]) write(run);
    deepEqual(runsOf("demo@3,3,3"), [3]);
    deepEqual(runsOf("demo@1-3,3-4,2"), [1, 2, 3, 4]);
    equal(find("demo@3,3,3").table.rows.length, 1);
    equal(find("demo@3,3,3").label, "demo, run 3");
  });

  it("are refused as a range that ends before it begins", () => {
    write(1);
    throws(() => find("demo@5-3"), /"5-3" ends before it begins: write 3-5/);
  });

  it("are repetitions where just their seeds and descriptions differ", () => {
    write(1);
    write(2, { ...scenario, seed: 2, description: "A core and an edge." });
    deepEqual(runsOf("demo@1-2"), [1, 2]);
  });

  it("are refused as repetitions where anything else does, by what", () => {
    write(1);
    write(2, { ...scenario, seed: 2 });
    write(3, { ...scenario, bus: { kind: "zeromq" }, sites: { core: {} } });
    throws(
      () => find("demo@1-3"),
      /runs 1 and 3 are not repetitions of each other, as their scenarios differ in bus, sites: /,
    );
    deepEqual(runsOf("demo@3"), [3]);
  });

  it("are refused where it is not known whether they are, as one kept no scenario", () => {
    write(1);
    write(2, null);
    throws(
      () => find("demo@1,2"),
      /runs 1 and 2 are not .* differ in what is not known, as they are not both kept/,
    );
  });

  const failed: Partial<Results> = { status: "failed", failure: "the broker fell over", workloads: [] };

  it("that failed before any workload have a row, and are counted as left out", () => {
    write(1);
    write(2, scenario, failed);
    const { label, table } = find("demo@1,2");
    deepEqual(
      table.rows.map(({ repetition, status, failure, workload }) => [repetition, status, failure, workload]),
      [
        [1, "complete", undefined, "call"],
        [2, "failed", "the broker fell over", undefined],
      ],
    );
    equal(measuredRows(table).length, 1);
    const side = { label, parameters: [], rows: table.rows };
    match(
      compareSides(side, side).notes.join("\n"),
      /runs 1, 2: 1 of 2 measurements failed and are left out/,
    );
  });

  it("that were killed before any workload failed, those without any to measure did not", () => {
    const statusOf = (status: Results["status"]) =>
      rowsOfRun(someResults({ workloads: [], status }), 1).map((row) => row.status);
    deepEqual(statusOf("running"), ["failed"]);
    deepEqual(statusOf("complete"), ["complete"]);
  });
});
