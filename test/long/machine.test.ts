import { deepStrictEqual, match, ok, strictEqual } from "assert";
import { spawn } from "child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { execa } from "execa";
import { stringify } from "yaml";
import { readJournal } from "../../campaigns/journal";
import { pulumiHome } from "../../toolchain/home";
import { results, type Results } from "../../workloads/results/schema";
import { buswide, projectRoot, shim, type Ended } from "../command/shim";

const name = "long-machine";
const runs = join(projectRoot, "runs", name);
const campaigns = ["long-machine-one", "long-machine-other"];

const scenario = (delay: string) => ({
  sites: { core: {}, edge: {} },
  links: [{ between: ["core", "edge"], delay }],
  bus: { kind: "rabbitmq", topology: "single", site: "core" },
  workloads: [
    {
      ...{ name: "call", kind: "rpc", clients: { edge: 2 }, servers: { core: 1 } },
      ...{ rate: "20/s", duration: "10s", warmup: "1s" },
    },
  ],
});

const enginePidFile = join(pulumiHome(process.env), "buswide", "dockerd.pid");
/** The Docker Engine, if the project has started it, and nobody else minds its end. */
function engine(): number | undefined {
  if (!existsSync(enginePidFile)) return undefined;
  const pid = Number(readFileSync(enginePidFile, "utf8"));
  return existsSync(`/proc/${pid}`) ? pid : undefined;
}

const latest = (): Results =>
  results.parse(JSON.parse(readFileSync(join(runs, "latest/results.json"), "utf8")));

function measuredWell({ code, stderr }: Ended): void {
  strictEqual(code, 0, stderr);
  const { status, links } = latest();
  strictEqual(status, "complete");
  deepStrictEqual(
    links.map(({ deviations, after }) => [deviations, after !== undefined]),
    [[[], true]],
  );
}

describe("a machine that fails buswide:", function () {
  this.timeout(20 * 60_000);
  let folder = "";
  let file = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${name}.yaml`);
    writeFileSync(file, stringify({ config: { "buswide:scenario": scenario("10ms") } }));
    measuredWell(await buswide(["up", file]));
  });
  after(async () => {
    for (const stack of [name, ...campaigns.map((campaign) => `c-${campaign}`)]) {
      await buswide(["destroy", stack, "--keep-images"]);
      rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
    }
    for (const campaign of campaigns)
      rmSync(join(projectRoot, "runs", "campaigns", campaign), { recursive: true, force: true });
    rmSync(folder, { recursive: true });
  });

  it("Docker's engine ends between two commands, and the next has all as it was", async function () {
    const pid = engine();
    if (pid === undefined) this.skip();
    process.kill(pid, "SIGTERM");
    while (existsSync(`/proc/${pid}`)) await sleep(100);
    measuredWell(await buswide(["run", file]));
  });

  it("Docker's engine ends while it measures: the command says so within bounded time, and the next goes on", async function () {
    const pid = engine();
    if (pid === undefined) this.skip();
    const before = latest();
    const child = spawn(process.execPath, [shim, "run", file], {
      cwd: projectRoot,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    while (!/workload 1 of 1/.test(said) && child.exitCode === null) await sleep(50);
    strictEqual(child.exitCode, null, said);
    process.kill(pid, "SIGTERM");
    strictEqual(await Promise.race([ended, sleep(120_000, "it goes on after two minutes")]), 1, said);
    // What it had measured until then is kept: its links.
    const cut = latest();
    ok(cut.run > before.run && cut.status !== "complete", `run ${cut.run} is ${cut.status}`);
    ok(cut.links[0]?.before !== undefined);
    measuredWell(await buswide(["up", file]));
  });

  it("its disk is full while a run is written: that is said, earlier runs are kept, and the next is complete", async function () {
    const before = latest();
    const mounted = await execa("mount", ["-t", "tmpfs", "-o", "size=32k", "tmpfs", runs], { reject: false });
    // Only root may.
    if (mounted.failed) this.skip();
    let full: Ended;
    try {
      full = await buswide(["run", file]);
    } finally {
      await execa("umount", [runs]);
    }
    strictEqual(full.code, 1, full.stdout);
    match(full.stderr, /ENOSPC|no space left/);
    deepStrictEqual(latest(), before);
    measuredWell(await buswide(["run", file]));
  });

  it("two campaigns want it at once, and each has its own rows", async () => {
    mkdirSync(join(folder, "campaigns"));
    const files = campaigns.map((campaign, at) => {
      const path = join(folder, "campaigns", `${campaign}.yaml`);
      const grid = { "links[0].delay": [`${20 + at}ms`, `${40 + at}ms`] };
      writeFileSync(
        path,
        stringify({
          ...{ question: "Do two campaigns mind each other?", scenario: scenario("10ms"), grid },
          ...{ repetitions: 1, seed: 1 },
        }),
      );
      return path;
    });
    const ended = await Promise.all(files.map((path) => buswide(["campaign", "run", path])));
    for (const { code, stderr } of ended) strictEqual(code, 0, stderr);
    for (const [at, campaign] of campaigns.entries()) {
      const { cells } = readJournal(join(projectRoot, "runs", "campaigns", campaign, "1"));
      deepStrictEqual(
        cells.map(({ status }) => status),
        ["complete", "complete"],
      );
      const delays = cells.map(({ attempts }) => {
        const text = readFileSync(join(projectRoot, attempts.at(-1)?.run ?? "", "results.json"), "utf8");
        return results.parse(JSON.parse(text)).links[0]?.asked.there.delayMs;
      });
      deepStrictEqual(delays.sort(), [20 + at, 40 + at]);
    }
  });
});
