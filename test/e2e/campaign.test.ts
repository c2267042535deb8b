import { deepEqual, equal, match, ok } from "assert/strict";
import { execFileSync, spawn } from "child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { tableFromIPC } from "apache-arrow";
import { parse } from "csv-parse/sync";
import { parse as parseYaml, stringify } from "yaml";
import { readJournal } from "../../campaigns/journal";
import { buswide, projectRoot, shim } from "../command/shim";

const name = "e2e-campaign";
const stack = `c-${name}`;
const executionsFolder = join(projectRoot, "runs", "campaigns", name);

const short = join(projectRoot, "campaigns", "rpc-over-wan-short.yaml");
/** How far away may the servers be? The same system under test, with another tool. */
const search = (() => {
  const { scenario, labels, seed } = parseYaml(readFileSync(short, "utf8")) as {
    readonly scenario: object;
    readonly labels: object;
    readonly seed: number;
  };
  const agents = { clients: { edge: 2 }, servers: { core: 1 } };
  const load = { kind: "rpc", case: "TC1", tool: "ombt", pattern: "call", calls: 20, warmup: "0s" };
  return {
    question: "Up to which delay does half of the calls end within 80 ms?",
    scenario: { ...scenario, workloads: [{ name: "call", ...load, ...agents }] },
    search: {
      path: "links[0].delay",
      ...{ from: "10ms", to: "50ms", within: "20ms" },
      holds: [{ column: "latency_p50_ms", most: 80 }],
    },
    ...{ labels, seed, repetitions: 1 },
  };
})();

interface Status {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  readonly cells: readonly {
    readonly status: string;
    readonly attempts: readonly { readonly run?: string }[];
  }[];
  readonly table: { readonly csv: string; readonly arrow: string };
}

function containers(): string[] {
  const args = ["ps", "-aq", "--filter", `label=io.buswide.stack=${stack}`];
  return execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);
}

/** Whether the checkout has changes that were not committed; of a campaign, none may come. */
const changed = execFileSync("git", ["status", "--porcelain"], { cwd: projectRoot, encoding: "utf8" }) !== "";

describe("a campaign, by the command", function () {
  this.timeout(15 * 60_000);

  let folder = "";
  let file = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `${name}.yaml`);
    copyFileSync(short, file);
  });
  after(async () => {
    await buswide(["destroy", stack, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(executionsFolder, { recursive: true, force: true });
    rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
  });

  const doneSoFar = () =>
    existsSync(join(executionsFolder, "1", "journal.json"))
      ? readJournal(join(executionsFolder, "1")).cells.filter(({ status }) => status === "complete").length
      : 0;

  it("killed with its engine in the middle of its second measurement keeps the first", async () => {
    const child = spawn(process.execPath, [shim, "campaign", "run", file], {
      cwd: projectRoot,
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const engine = () => {
      try {
        return execFileSync("pgrep", ["-P", String(child.pid), "-x", "pulumi"], { encoding: "utf8" }).trim();
      } catch {
        // pgrep ends with 1 when it finds nothing.
        return "";
      }
    };
    while ((doneSoFar() < 1 || engine() === "") && child.exitCode === null) await sleep(50);
    equal(child.exitCode, null, "it ended before its second measurement");
    // Not while the engine is only asked for the stack's state.
    await sleep(3000);
    const [pid] = engine().split("\n");
    child.kill("SIGKILL");
    if (pid) process.kill(Number(pid), "SIGKILL");
    await ended;
    const { code, stdout } = await buswide(["campaign", "status", file, "--json"]);
    const status = JSON.parse(stdout) as Status;
    equal(code, 0);
    ok(status.done >= 1 && status.done < 4, `${status.done} of ${status.total}`);
  });

  it("goes on where it was killed, refusing a second command on it meanwhile", async () => {
    const before = doneSoFar();
    const first = buswide(["campaign", "run", file, "--json", "--keep"]);
    await sleep(2500);
    const second = await buswide(["campaign", "run", file]);
    equal(second.code, 1, second.stderr);
    match(second.stderr, /c-e2e-campaign is in use: `buswide campaign run e2e-campaign/);
    const { code, stdout, stderr } = await first;
    equal(code, 0, stderr);
    match(stderr, new RegExp(`going on with .*: ${before} of 4 measurements are done`));
    const status = JSON.parse(stdout) as Status;
    deepEqual([status.done, status.failed, status.total], [4, 0, 4]);
    const runs = status.cells.map(({ attempts }) => attempts.at(-1)?.run);
    equal(new Set(runs).size, 4);
  });

  it("leaves a table with a row a measurement, slower by what the delay is longer", () => {
    const [csv, arrow] = ["table.csv", "table.arrow"].map((table) => join(executionsFolder, "1", table));
    const rows: Record<string, string>[] = parse(readFileSync(csv ?? ""), { columns: true });
    equal(rows.length, 4);
    const p50 = (delay: string) =>
      rows
        .filter((row) => row["links[0].delay_ms"] === delay)
        .map((row) => Number(row.latency_p50_ms))
        .sort((a, b) => a - b);
    equal(p50("10").length, 2);
    // 80 ms of round-trip time between them; the rest is the machine's.
    const difference = Math.min(...p50("50")) - Math.min(...p50("10"));
    ok(Math.abs(difference - 80) < 10, `${difference} ms`);
    deepEqual([...new Set(rows.map((row) => row.dirty))], [String(changed)]);
    const table = tableFromIPC(readFileSync(arrow ?? ""));
    equal(table.numRows, 4);
    deepEqual(
      table.schema.fields.map((field) => field.name),
      Object.keys(rows[0] ?? {}),
    );
  });

  it("is compared, reported on, and its every run repeated, by what it left", async () => {
    const compared = await buswide(["compare", join(executionsFolder, "1"), join(executionsFolder, "1")]);
    equal(compared.code, 0, compared.stderr);
    match(compared.stdout, /too few repetitions to say/);
    const reported = await buswide(["report", join(executionsFolder, "1")]);
    equal(reported.code, 0, reported.stderr);
    match(
      readFileSync(join(executionsFolder, "1", "report.html"), "utf8"),
      /Does a campaign do what it says/,
    );
    const original = readJournal(join(executionsFolder, "1")).cells[0]?.attempts.at(-1)?.run ?? "";
    const { code, stdout, stderr } = await buswide(["run", "--from", join(projectRoot, original), "--json"]);
    equal(code, 0, stderr);
    const { run, overrides, deviations } = JSON.parse(stdout) as {
      run: string;
      overrides: string[];
      deviations: { what: string }[];
    };
    ok(run !== original);
    match(overrides.join(), /^links\[0\]\.delay=\d+ms,seed=1$/);
    // Of changes, nobody knows whether they are the same.
    deepEqual(
      deviations.map(({ what }) => what),
      changed ? ["uncommitted changes"] : [],
    );
  });

  it("restarts no container between its points, and removes all at its end unless told to keep it; a search too", async () => {
    const args = ["inspect", "--format", "{{.State.StartedAt}}", ...containers()];
    const started = execFileSync("docker", args, { encoding: "utf8" }).trim().split("\n").map(Date.parse);
    const { cells } = readJournal(join(executionsFolder, "1"));
    const last = cells.flatMap(({ attempts }) => attempts.map(({ startedAt }) => Date.parse(startedAt)));
    ok(Math.max(...started) < Math.max(...last), "a container was started during the last measurement");
    // The stack is that of whatever campaign has this name.
    writeFileSync(file, stringify(search));
    const { code, stdout, stderr } = await buswide(["campaign", "run", file]);
    equal(code, 0, stderr);
    match(
      stdout,
      /one-way delay holds at 30ms \(1 of 1\) and no longer at 50ms \(0 of 1\): latency_p50_ms is 1\d\d/,
    );
    equal(containers().length, 0);
    ok(!existsSync(join(projectRoot, "stacks", `Pulumi.${stack}.yaml`)), "it left a stack file");
  });

  it("measures with ombt what a search asks it to, under the names of OpenStack's plan", async () => {
    const rows: Record<string, string>[] = parse(readFileSync(join(executionsFolder, "2", "table.csv")), {
      columns: true,
    });
    deepEqual(
      rows.map((row) => row["links[0].delay_ms"]),
      ["10", "50", "30"],
    );
    for (const row of rows) {
      deepEqual([row.tool, row.test_case, row.plan_sent, row.plan_processed], ["ombt", "TC1", "40", "40"]);
      const [mean, roundTrip] = [Number(row.plan_latency_ms), 2 * Number(row["links[0].delay_ms"])];
      ok(mean >= roundTrip && mean < roundTrip + 30, `${mean} ms over ${roundTrip} ms of network`);
    }
    const reported = await buswide(["report", join(executionsFolder, "2")]);
    equal(reported.code, 0, reported.stderr);
    match(readFileSync(join(executionsFolder, "2", "report.html"), "utf8"), /What was found.*holds at 30ms/s);
  });
});
