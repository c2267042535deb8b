import assert from "assert";
import { execFileSync, spawn } from "child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { results as resultsSchema, type Results } from "../../workloads/results/schema";
import { mostLateDoneSeconds, type ServiceChange } from "../../workloads/faults/timeline";
import { mostLateSeconds, type LinkChange } from "../../workloads/runner/timeline";
import { buswide, projectRoot, shim } from "../command/shim";

const stack = "timeline-e2e";
const latest = join(projectRoot, "runs", stack, "latest");

const scenario = (durationSeconds: number, timeline: string) => `config:
  buswide:scenario:
    sites: { core: {}, edge: {} }
    links:
      - { between: [core, edge], delay: 10ms }
    bus: { kind: rabbitmq, topology: single, site: core }
    workloads:
      - name: call
        kind: rpc
        clients: { edge: 2 }
        servers: { core: 1 }
        rate: 20/s
        duration: ${durationSeconds}s
        warmup: 1s
        timeline:
${timeline}`;

const short = scenario(
  11,
  `          - { at: 1s, for: 2s, cut: [core, edge] }
          - { at: 5s, for: 3s, ramp: { link: [core, edge], delay: { from: 10ms, to: 100ms } }, over: 1s }
          - { at: 9s, for: 500ms, isolate: edge }
          - { at: 4s, for: 500ms, pause: core/rabbitmq }
`,
);
const long = scenario(
  90,
  `          - { at: 1s, for: 85s, cut: [core, edge] }
          - { at: 1s, for: 85s, pause: core/rabbitmq }
`,
);

interface Second {
  readonly kind: string;
  readonly second: number;
  readonly succeeded: number;
  readonly latencyMs?: { readonly p50: number };
}

function series(): (LinkChange & Second)[] {
  const file = join(latest, "series.jsonl");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LinkChange & Second);
}

const serviceChanges = () =>
  (series() as readonly { readonly kind: string }[]).filter(
    (line): line is ServiceChange & { kind: string } => line.kind === "service",
  );

const brokerIsPaused = (): boolean =>
  execFileSync("docker", ["inspect", "-f", "{{.State.Paused}}", `buswide-${stack}-core-rabbitmq`], {
    encoding: "utf8",
  }).trim() === "true";

const changes = () => series().filter(({ kind }) => kind === "link");
const results = (): Results =>
  resultsSchema.parse(JSON.parse(readFileSync(join(latest, "results.json"), "utf8")));

const inGateway = (site: string, ...command: string[]): string =>
  execFileSync("docker", ["exec", `buswide-${stack}-${site}-gateway`, ...command], { encoding: "utf8" });

/** The shortest of five round trips over the link, milliseconds; undefined: nothing passes. */
function roundTripMs(): number | undefined {
  const address = inGateway("core", "printenv", "WAN_ADDRESS").trim();
  const ping = ["ping", "-n", "-i", "0.2", "-W", "1", "-c", "5", address];
  // Ping ends with 1 when nothing came back.
  const said = inGateway("edge", "sh", "-c", '"$@" || true', "sh", ...ping);
  const times = [...said.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time));
  return times.length === 0 ? undefined : Math.min(...times);
}

describe("a timeline, by the command", function () {
  this.timeout(10 * 60_000);
  let folder = "";
  let file = "";
  let tries = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
  });
  after(async () => {
    const { code, stderr } = await buswide(["destroy", stack, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
    assert.equal(code, 0, stderr);
  });

  it("cuts, ramps and isolates within 100 ms of its times, is seen in the series, and leaves the links as they were", async function () {
    // A machine that is held up makes a change late, and the run says so and fails: it is measured once more then.
    this.retries(1);
    writeFileSync(file, short);
    const { code, stdout, stderr } = await buswide([tries++ > 0 ? "run" : "up", file]);
    assert.equal(code, 0, stderr);
    const kinds = changes().map(({ what }) => what);
    // Both directions each; a ramp of a second has five steps.
    assert.deepEqual(
      ["cut", "ramp", "isolate", "restored"].map((what) => kinds.filter((kind) => kind === what).length),
      [2, 10, 2, 6],
    );
    for (const { what, from, askedTime, time } of changes()) {
      const late = time - (askedTime ?? NaN);
      assert.ok(late >= 0 && late <= mostLateSeconds, `${what} at ${from} was ${late} s late`);
    }
    assert.deepEqual(
      serviceChanges().map(({ what, service }) => [what, service]),
      [
        ["pause", "core/rabbitmq"],
        ["restored", "core/rabbitmq"],
      ],
    );
    for (const { what, askedTime = NaN, time } of serviceChanges()) {
      const late = time - askedTime;
      assert.ok(late >= 0 && late <= mostLateDoneSeconds, `${what} was ${late} s late`);
    }
    const seconds = series().filter(({ kind }) => kind === "workload");
    const at = (second: number) =>
      seconds.find((line) => line.second === second) ?? assert.fail(`${second} s`);
    assert.ok(at(0).succeeded > 10, `${at(0).succeeded} calls before the cut`);
    assert.equal(at(2).succeeded, 0);
    assert.ok((at(7).latencyMs?.p50 ?? 0) >= 200, `p50 ${at(7).latencyMs?.p50} ms at the ramp's end`);
    const {
      links: [link],
      workloads,
    } = results();
    assert.deepEqual(link?.deviations, []);
    assert.ok(link?.after);
    assert.deepEqual(
      workloads[0]?.timeline?.map(({ what, atSeconds, untilSeconds }) => [what, atSeconds, untilSeconds]),
      [
        ["cut", 1, 3],
        ["ramp", 5, 8],
        ["isolate", 9, 9.5],
        ["pause", 4, 4.5],
      ],
    );
    const cut = workloads[0]?.recovery?.find(({ what }) => what === "cut");
    assert.deepEqual([cut?.subjects, cut?.offeredPerSecond], [["core--edge"], 20]);
    // From 1 s to 3 s nothing passes; what TCP has to send again may take its time after that.
    assert.ok((cut?.interruptedSeconds ?? 0) >= 2, `${cut?.interruptedSeconds} s without an answer`);
    assert.match(stdout, /^cut +core--edge +call +1 +3 /m);
  });

  it("is undone by the next command after `kill -9` of the command and its engine in the middle of it", async () => {
    const before = results().run;
    writeFileSync(file, long);
    const child = spawn(process.execPath, [shim, "up", file], { cwd: projectRoot, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const isCut = () =>
      changes().length === 2 && existsSync(join(latest, "results.json")) && results().run > before;
    while (!(isCut() && brokerIsPaused()) && child.exitCode === null) await sleep(100);
    assert.equal(child.exitCode, null, "it ended before the link was cut");
    assert.equal(roundTripMs(), undefined);
    const engine = execFileSync("pgrep", ["-P", String(child.pid), "-x", "pulumi"], { encoding: "utf8" });
    child.kill("SIGKILL");
    process.kill(Number(engine.trim().split("\n")[0]), "SIGKILL");
    await ended;

    // What was deployed and measured before stands: `run` measures it again.
    writeFileSync(file, short);
    const { code, stderr } = await buswide(["run", file]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /dropping the lock of a command that is gone/);
    assert.match(stderr, /core\/rabbitmq was left by an earlier run as its timeline had it; it is let go on/);
    assert.equal(brokerIsPaused(), false);
    const now = roundTripMs() ?? NaN;
    assert.ok(now >= 20 && now < 21.5, `${now} ms`);
    const { status, links } = results();
    assert.equal(status, "complete");
    assert.ok(Math.abs((links[0]?.before?.rttMs.median ?? NaN) - 20) <= 1);
  });
});
