import assert from "assert";
import { execFileSync, spawn } from "child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { PassThrough } from "stream";
import { setTimeout as sleep } from "timers/promises";
import { keepMetrics, metricsVersion, readMetrics } from "../../workloads/metrics/prometheus";
import type { Containers, ExecProcess } from "../../workloads/containers";
import { metricsSentences } from "../../workloads/results/metrics";
import { results as resultsSchema } from "../../workloads/results/schema";
import { makeBackup } from "../../workloads/runner/backup";
import { collectMetrics } from "../../workloads/runner/evidence";
import { runMeasurement } from "../../workloads/runner/measurement";
import { Redactor } from "../../workloads/runner/redaction";
import { RunFolder } from "../../workloads/runner/runFolder";
import { measurement, password } from "../runner/input";
import { fakeContainers, world } from "../runner/world";

const name = "20261130T201500Z-4f0c8d2e1a";
const snapshot = `/var/lib/prometheus/data/snapshots/${name}`;

/** A Prometheus as its container shows it: what it answers by path, and a folder that its snapshot is. */
class FakePrometheus {
  readonly commands: string[] = [];
  answers: Record<string, unknown> = {
    "POST /api/v1/admin/tsdb/snapshot": { name },
    "GET /api/v1/status/buildinfo": { version: "2.42.0+ds", revision: "x" },
    'GET up{site!=""}': vector(
      [{ site: "core", service: "rabbitmq" }, "1"],
      [{ site: "edge", service: "gateway" }, "0"],
      [{ site: "core", service: "gateway" }, "0"],
    ),
    "GET prometheus_tsdb_head_series": vector([{}, "2345"]),
    'GET scrape_samples_scraped{site!=""}': vector([{ site: "core" }, "40"], [{ site: "edge" }, "2"]),
  };

  constructor(private readonly folder: string) {}

  readonly containers: Pick<Containers, "exec" | "spawn"> = {
    exec: (_, command) => {
      const [program, ...rest] = command;
      this.commands.push(program === "timeout" ? "ask" : command.join(" "));
      if (program !== "timeout") return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
      const [method = "", path = ""] = rest.slice(6);
      const [resource = "", query] = path.split("?query=");
      const asked = query === undefined ? `${method} ${resource}` : `${method} ${decodeURIComponent(query)}`;
      const data = this.answers[asked];
      const stdout =
        data === undefined
          ? "HTTP/1.0 503 Service Unavailable\r\n\r\n"
          : `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ status: "success", data })}`;
      return Promise.resolve({ exitCode: 0, stdout, stderr: "" });
    },
    spawn: (_, command): Promise<ExecProcess> => {
      this.commands.push(command.join(" "));
      const [program = "", ...rest] = command.map((word) => (word === snapshot ? this.folder : word));
      const child = spawn(program, rest);
      return Promise.resolve({
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        exited: new Promise((done) => child.on("close", (code) => done(code ?? 1))),
      });
    },
  };
}

/** A process that tells what a test writes, and does not end. */
function silentProcess() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const process: ExecProcess = { stdin, stdout, stderr, exited: new Promise<number>(() => undefined) };
  return { process, stdout, stderr };
}

function vector(...samples: [Record<string, string>, string][]): unknown {
  return {
    resultType: "vector",
    result: samples.map(([metric, value]) => ({ metric, value: [1796070489.5, value] })),
  };
}

/** Nobody gives up. */
const untilTheEnd = new AbortController().signal;

describe("what Prometheus has collected", () => {
  let root: string;
  let prometheus: FakePrometheus;
  const binary = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 31) % 256));
  let containers: Containers;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-metrics-"));
    const block = join(root, "snapshot/01HTZ");
    mkdirSync(join(block, "chunks"), { recursive: true });
    writeFileSync(join(block, "meta.json"), "{}");
    writeFileSync(join(block, "chunks/000001"), binary);
    writeFileSync(join(block, "index"), Buffer.concat([binary, Buffer.from("rabbitmq_queues\0core")]));
    prometheus = new FakePrometheus(join(root, "snapshot"));
    containers = { ...fakeContainers(), ...prometheus.containers };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("is told by it: whom it asked, who did not answer, and how much that is", async () => {
    assert.deepEqual(await readMetrics(containers, "watch"), {
      asked: 3,
      unanswered: ["core/gateway", "edge/gateway"],
      series: 2345,
      values: 42,
    });
    assert.equal(await metricsVersion(containers, "watch"), "2.42.0+ds");
  });

  it("is put into a folder byte by byte, by a snapshot that is removed where it was made", async () => {
    const folder = join(root, "kept");
    assert.equal(await keepMetrics(containers, "watch", folder, untilTheEnd), 2 + 70_000 + 70_020);
    assert.deepEqual(readFileSync(join(folder, "01HTZ/chunks/000001")), binary);
    assert.deepEqual(prometheus.commands, ["ask", `tar -C ${snapshot} -c .`, `rm -rf ${snapshot}`]);
  });

  it("is not fetched by a name that is none, which could be another folder's", async () => {
    prometheus.answers["POST /api/v1/admin/tsdb/snapshot"] = { name: "../../.." };
    await assert.rejects(
      keepMetrics(containers, "watch", join(root, "kept"), untilTheEnd),
      /in no known form/,
    );
    assert.deepEqual(prometheus.commands, ["ask"]);
  });

  it("is said not to be had where the copy breaks off, and its snapshot is removed all the same", async () => {
    rmSync(join(root, "snapshot"), { recursive: true });
    await assert.rejects(
      keepMetrics(containers, "watch", join(root, "kept"), untilTheEnd),
      /tar ended with 2: .*No such file/s,
    );
    assert.equal(prometheus.commands.at(-1), `rm -rf ${snapshot}`);
  });

  it("is said not to be had where the engine breaks off what tar says of it", async () => {
    containers.spawn = () => {
      const { process, stderr, stdout } = silentProcess();
      setImmediate(() => {
        stderr.destroy(new Error("read ECONNRESET"));
        stdout.destroy(new Error("read ECONNRESET"));
      });
      return Promise.resolve({
        ...process,
        exited: sleep(20).then(() => Promise.reject(new Error("watch: read ECONNRESET"))),
      });
    };
    const folder = join(root, "kept");
    await assert.rejects(
      keepMetrics(containers, "watch", folder, untilTheEnd),
      /^Error: watch: read ECONNRESET/,
    );
    assert.equal(prometheus.commands.at(-1), `rm -rf ${snapshot}`);
  });

  it("is told by its code alone where nothing is left of what tar said", async () => {
    containers.spawn = () => {
      const { process, stderr, stdout } = silentProcess();
      setImmediate(() => {
        stderr.destroy(new Error("read ECONNRESET"));
        stdout.end();
      });
      return Promise.resolve({ ...process, exited: sleep(20, 2) });
    };
    const folder = join(root, "kept");
    await assert.rejects(keepMetrics(containers, "watch", folder, untilTheEnd), /watch: tar ended with 2: $/);
  });

  describe("of a run", () => {
    const input = measurement({ metrics: { site: "core", container: "watch", intervalSeconds: 5 } });
    const folder = (): string => join(root, "runs/demo/1");
    const gateways = fakeContainers();
    /** The run's containers: those of Prometheus, and everybody else's. */
    const all = (): Containers => ({
      ...gateways,
      exec: prometheus.containers.exec,
      spawn: (container, command) =>
        (container === "watch" ? prometheus.containers : gateways).spawn(container, command),
    });
    const run = async () => {
      const deps = world(root, { containers: all() });
      const outcome = await runMeasurement(input, deps);
      return { outcome, lines: deps.lines, results: written() };
    };
    const written = () =>
      resultsSchema.parse(JSON.parse(readFileSync(join(folder(), "results.json"), "utf8")));

    it("is in its folder and in its backup, and its results say how much", async () => {
      const { outcome, results } = await run();
      assert.equal(outcome.status, "complete");
      assert.deepEqual(results.metrics, {
        ...{ kind: "prometheus", site: "core", intervalSeconds: 5, asked: 3, series: 2345, values: 42 },
        ...{ unanswered: ["core/gateway", "edge/gateway"], bytes: 140_022 },
      });
      const packed = execFileSync("tar", ["--zstd", "-tf", outcome.backup?.path ?? ""], { encoding: "utf8" });
      assert.ok(packed.split("\n").includes("metrics/01HTZ/chunks/000001"), packed);
    });

    it("is missing, and said to be, where Prometheus does not answer; the run is complete all the same", async () => {
      prometheus.answers = {};
      const { outcome, results, lines } = await run();
      assert.equal(outcome.status, "complete");
      const { failure, ...record } = results.metrics ?? {};
      assert.deepEqual(record, { kind: "prometheus", site: "core", intervalSeconds: 5 });
      assert.match(failure ?? "", /^watch: .*503/);
      assert.ok(lines.includes(`metrics: ${failure}`), lines.join("\n"));
      assert.ok(!existsSync(join(folder(), "metrics")));
    });

    describe("that gives its copy up", () => {
      const budgetMs = 300;
      const lines: string[] = [];
      let made: RunFolder;
      let late: ReturnType<typeof silentProcess>;
      const collect = () =>
        collectMetrics(made, input.metrics ?? assert.fail(), containers, new Redactor([]), budgetMs, (line) =>
          lines.push(line),
        );
      beforeEach(async () => {
        made = await RunFolder.make(join(root, "runs/demo"));
        lines.length = 0;
        late = silentProcess();
      });
      const nothingIsLeft = async () => {
        assert.deepEqual(readdirSync(made.runs), ["1"]);
        await made.write("results.json", "{}");
        const { path } = await makeBackup(made.path, new Date(0));
        assert.equal(execFileSync("tar", ["--zstd", "-tf", path], { encoding: "utf8" }), "results.json\n");
      };

      it("has nothing of it, nor has its backup, when tar stalls in the middle", async () => {
        const archive = execFileSync("tar", ["-C", join(root, "snapshot"), "-c", "."]);
        containers.spawn = () => Promise.resolve(late.process);
        late.stdout.write(archive.subarray(0, 60_000));
        const { bytes, failure, asked } = await collect();
        assert.deepEqual([asked, bytes, failure], [3, undefined, "not read in time"]);
        assert.deepEqual([late.stdout.destroyed, late.stderr.destroyed], [true, true]);
        late.stdout.write(archive.subarray(60_000));
        await sleep(50);
        await nothingIsLeft();
        assert.deepEqual(lines, ["metrics: not read in time"]);
        assert.equal(prometheus.commands.at(-1), `rm -rf ${snapshot}`);
      });

      it("has nothing of it either when the engine starts tar only then", async () => {
        let start: (process: ExecProcess) => void = () => undefined;
        containers.spawn = () => new Promise((resolve) => (start = resolve));
        assert.equal((await collect()).bytes, undefined);
        late.stdout.write(execFileSync("tar", ["-C", join(root, "snapshot"), "-c", "."]));
        start(late.process);
        await sleep(50);
        assert.ok(late.stdout.destroyed);
        await nothingIsLeft();
        assert.equal(prometheus.commands.at(-1), `rm -rf ${snapshot}`);
      });
    });

    it("is not kept where it has a secret among its names", async () => {
      const index = join(root, "snapshot/01HTZ/index");
      writeFileSync(index, `rabbitmq_queues\0${encodeURIComponent(password)}`);
      const { results, lines } = await run();
      assert.equal(results.metrics?.bytes, undefined);
      assert.equal(results.metrics?.asked, 3);
      assert.match(results.metrics?.failure ?? "", /^a secret is among/);
      assert.deepEqual(readdirSync(join(root, "runs/demo")).sort(), ["1", "latest"]);
      assert.ok(!existsSync(join(folder(), "metrics")));
      assert.ok(lines.includes("metrics: a secret is among the figures' names, and so they are not kept"));
    });
  });
});

describe("what a table says of what watched", () => {
  const record = {
    ...{ kind: "prometheus" as const, site: "core", intervalSeconds: 5, asked: 12, unanswered: [] },
    ...{ series: 3210, values: 3000, bytes: 1_234_567 },
  };
  it("is what was asked how often, and what is kept of it", () =>
    assert.deepEqual(metricsSentences(record), [
      "Metrics: Prometheus at core asked 12 services every 5 s; 3210 series, 1.23MB in metrics/.",
    ]));

  it("is who did not answer, and that nothing could be kept", () => {
    const { bytes: _, ...lost } = record;
    assert.deepEqual(metricsSentences({ ...lost, unanswered: ["edge-1/gateway"] }), [
      "Metrics: Prometheus at core asked 12 services every 5 s; 3210 series, none of which could be kept.",
      "At the end it had no answer of edge-1/gateway.",
    ]);
    assert.deepEqual(metricsSentences(undefined), []);
  });

  it("is that it did not answer", () => {
    const { kind, site, intervalSeconds } = record;
    assert.deepEqual(metricsSentences({ kind, site, intervalSeconds, failure: "watch: 503" }), [
      "Metrics: Prometheus at core did not answer.",
    ]);
  });
});
