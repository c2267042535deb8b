import assert from "assert";
import { execFileSync } from "child_process";
import { createHash } from "crypto";
import { existsSync, mkdtempSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { results as resultsSchema, type LinkDeviation, type Results } from "../../workloads/results/schema";
import { runMeasurement } from "../../workloads/runner/measurement";
import { newestOutcome } from "../../workloads/runner/outcome";
import { measurement, password, workload } from "./input";
import { path } from "./results";
import { fakeContainers, probeRecord, world } from "./world";

const deviation = (when: "before" | "after"): LinkDeviation => {
  return { when, what: "rtt", asked: 50, measured: 81.5, tolerance: 1, unit: "ms" };
};

describe("runMeasurement", function () {
  this.timeout(20_000);
  let root = "";
  const folder = (run: number | string = 1): string => join(root, "runs/demo", String(run));
  const read = (path: string, run: number | string = 1): string =>
    readFileSync(join(folder(run), path), "utf8");
  const written = (run: number | string = 1): Results =>
    resultsSchema.parse(JSON.parse(read("results.json", run)));

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-run-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("says where a workload's agents are: at few sites by name, at many by their number", async () => {
    const everywhere = Object.fromEntries(
      Array.from({ length: 99 }, (_, index) => [`edge-${index + 1}`, 2] as const),
    );
    const deps = world(root);
    const workloads = [workload("near"), workload("far", { clients: everywhere })];
    await runMeasurement(measurement({ workloads }), deps);
    const told = (name: string) => deps.lines.find((line) => line.includes(`${name}: call`)) ?? "";
    assert.match(told("near"), /clients 2 at edge, servers 1 at core/);
    assert.match(told("far"), /clients 198 at 99 sites, servers 1 at core/);
  });

  it("measures links, then workloads in their order, then links again, and keeps it all", async () => {
    const deps = world(root);
    const outcome = await runMeasurement(measurement(), deps);
    assert.deepEqual(deps.events, [
      "facts",
      "links before",
      "workload first",
      "workload second",
      "links after",
    ]);
    assert.equal(outcome.status, "complete");
    assert.equal(outcome.directory, folder());
    const results = written();
    assert.equal(results.status, "complete");
    assert.deepEqual(
      results.workloads.map(({ name, services, brokers, wan }) => [
        name,
        services.length,
        brokers.length,
        wan?.links.length,
      ]),
      [
        ["first", 2, 1, 2],
        ["second", 2, 1, 2],
      ],
    );
    assert.equal(results.links[0]?.before?.rttMs.median, 50.2);
    assert.ok(results.links[0]?.after !== undefined);
    assert.equal(results.bus.brokers[0]?.version, "3.10.8");
    assert.deepEqual(JSON.parse(read("provenance.json")), results.provenance);
    const lines = read("series.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; workload: string });
    for (const kind of ["usage", "broker", "workload", "carried"]) {
      assert.ok(
        lines.some((line) => line.kind === kind && line.workload === "second"),
        kind,
      );
    }
    assert.match(read("logs/core/rabbitmq.log"), /an innocent line/);
    assert.match(read("config/scenario.yaml"), /sites:/);
    assert.equal(read("config/core/rabbitmq.conf"), "default_pass = ***\n");
  });

  describe("where sites talk over several links", () => {
    const asked = path("core--fog--edge");
    const input = () =>
      measurement({
        seed: 4,
        paths: {
          pairs: 7,
          sample: [{ between: asked.between, ...asked.predicted }],
          ends: { core: "10.0.0.2", edge: "10.0.1.2" },
        },
      });

    it("measures the sample after the links and before the workloads, and says what is drawn", async () => {
      const deps = world(root, {
        measurePaths: () => {
          deps.events.push("paths");
          return Promise.resolve([path("core--fog--edge")]);
        },
      });
      const outcome = await runMeasurement(input(), deps);
      assert.deepEqual(deps.events.slice(1, 4), ["links before", "paths", "workload first"]);
      assert.ok(deps.lines.includes("measuring 1 of the 7 paths over several links, drawn by seed 4"));
      assert.deepEqual(written().paths, { pairs: 7, seed: 4, measured: [path("core--fog--edge")] });
      assert.deepEqual(outcome.paths, written().paths);
    });

    it("ends before the first workload when one is not what its links add up to, and keeps what it is", async () => {
      const late = path("core--fog--edge", {
        deviations: [{ ...deviation("before"), asked: 60, measured: 91 }],
      });
      const deps = world(root, { measurePaths: () => Promise.resolve([late]) });
      const { status, failure } = await runMeasurement(input(), deps);
      assert.equal(status, "failed");
      assert.match(
        failure ?? "",
        /^path core to edge over fog, rtt, .*: asked 60 ms, got 91 ms, tolerance 1 ms$/,
      );
      assert.ok(!deps.events.includes("workload first"));
      assert.deepEqual(written().paths?.measured, [late]);
    });

    it("measures none where the scenario says so, and says that", async () => {
      const none = input();
      none.paths.sample = [];
      const deps = world(root);
      await runMeasurement(none, deps);
      assert.ok(deps.lines.some((line) => line.startsWith("measuring none of the 7 paths")));
      assert.deepEqual(written().paths, { pairs: 7, seed: 4, measured: [] });
    });
  });

  it("keeps the scenario as written and the overrides, so that the run can be repeated", async () => {
    const scenario = { links: [{ between: ["core", "edge"], delay: "25ms" }] };
    const overrides = ["links[0].delay=25ms"];
    await runMeasurement(measurement({ written: scenario }), { ...world(root), overrides });
    assert.match(read("config/scenario.written.yaml"), /delay: 25ms/);
    assert.deepEqual(written().provenance.overrides, overrides);
  });

  it("hands back what is small and leaves the histograms in the folder", async () => {
    const outcome = await runMeasurement(measurement(), world(root));
    assert.ok(!("histogram" in (outcome.results[0] ?? {})));
    assert.equal(written().workloads[0]?.histogram, "HISTFAAAA");
    assert.deepEqual(await newestOutcome(join(root, "runs/demo"), 2), outcome);
  });

  it("makes a backup that tar opens, whose checksum holds and which has every file of the run", async () => {
    const outcome = await runMeasurement(measurement(), world(root));
    const archive = outcome.backup ?? assert.fail("no backup");
    const bytes = readFileSync(archive.path);
    assert.equal(archive.bytes, bytes.length);
    assert.equal(archive.sha256, createHash("sha256").update(bytes).digest("hex"));
    const names = execFileSync("tar", ["--zstd", "-tf", archive.path], { encoding: "utf8" })
      .trim()
      .split("\n");
    assert.deepEqual(names, [
      "config/core/rabbitmq.conf",
      "config/scenario.yaml",
      "logs/core/rabbitmq.log",
      "logs/edge/agents.log",
      "provenance.json",
      "results.json",
      "series.jsonl",
    ]);
    const packed = execFileSync("tar", ["--zstd", "-xOf", archive.path, "results.json"], {
      encoding: "utf8",
    });
    assert.equal(packed, read("results.json"));
  });

  it("leaves no form of a password in any file, line or archive", async () => {
    const deps = world(root);
    const record = probeRecord("first", "call", new Date());
    const outcome = await runMeasurement(
      measurement({ workloads: [workload("first")], scenario: { note: password, [password]: 1 } }),
      {
        ...deps,
        runProbe: () => Promise.resolve({ ...record, status: "failed", failure: `cannot reach ${password}` }),
      },
    );
    mkdirSync(join(root, "unpacked"));
    execFileSync("tar", ["--zstd", "-xf", outcome.backup?.path ?? "", "-C", join(root, "unpacked")]);
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
      /\.[a-z]+$/.test(path),
    );
    assert.ok(files.filter((path) => path.startsWith("unpacked")).length >= 7);
    const texts = [
      ...files.map((path) => readFileSync(join(root, path), "latin1")),
      ...deps.lines,
      JSON.stringify(outcome),
    ];
    const utf8 = Buffer.from(password).toString("latin1");
    // The middle of each base64 alignment, and the parts that no encoding changes.
    const inside = (before: number): string =>
      Buffer.from("x".repeat(before) + password)
        .toString("base64")
        .slice(4, -4);
    const forms = [
      password,
      utf8,
      encodeURIComponent(password),
      encodeURIComponent(password).toLowerCase(),
      "s3cr",
    ];
    for (const form of [...forms, inside(0), inside(1), inside(2)]) {
      for (const text of texts) assert.ok(!text.includes(form), `${form} is in: ${text.slice(0, 300)}`);
    }
    assert.ok(deps.lines.some((line) => line === "a password slipped in: ***"));
  });

  it("fails at once, before any workload, when a link is not what was asked for, and says which", async () => {
    const deps = world(root, { deviations: [deviation("before")] });
    const outcome = await runMeasurement(measurement(), deps);
    assert.deepEqual(deps.events, ["facts", "links before"]);
    assert.equal(outcome.status, "failed");
    assert.match(outcome.failure ?? "", /core--edge.*rtt.*asked 50 ms, got 81\.5 ms/);
    assert.equal(written().links[0]?.deviations.length, 1);
    assert.match(read("logs/core/rabbitmq.log"), /innocent/);
    assert.ok(existsSync(join(folder(), "backup.tar.zst")));
  });

  it("is failed by a link that deviates after the workloads, and keeps their figures", async () => {
    const outcome = await runMeasurement(measurement(), world(root, { deviations: [deviation("after")] }));
    assert.equal(outcome.status, "failed");
    assert.match(outcome.failure ?? "", /core--edge.*after the workloads/);
    assert.equal(written().workloads.length, 2);
  });

  it("is failed by a failed workload, and still runs the others", async () => {
    const deps = world(root);
    const good: typeof deps.runProbe = (...args) => deps.runProbe(...args);
    const outcome = await runMeasurement(measurement(), {
      ...deps,
      runProbe: async (input, planned, hooks, signal) => ({
        ...(await good(input, planned, hooks, signal)),
        ...(planned.name === "first" ? { status: "failed" as const, failure: "an agent died" } : {}),
      }),
    });
    assert.equal(outcome.failure, "workload first: an agent died");
    assert.deepEqual(deps.events.slice(-2), ["workload second", "links after"]);
    assert.deepEqual(
      written().workloads.map(({ status }) => status),
      ["failed", "complete"],
    );
  });

  it("says with a workload's failure when a broker had stopped to take messages, and when it only then did", async () => {
    const deps = world(root);
    const good: typeof deps.runProbe = (...args) => deps.runProbe(...args);
    const short = "it is short of memory";
    const outcome = await runMeasurement(measurement(), {
      ...deps,
      brokerSampler: {
        ...deps.brokerSampler,
        versions: () => Promise.reject(new Error("unexpected")),
        sample: async (...args) =>
          ({ ...(await deps.brokerSampler?.sample(...args)), blocked: short }) as never,
      },
      runProbe: async (input, planned, hooks, signal) => ({
        ...(await good(input, planned, hooks, signal)),
        ...(planned.name === "first" ? { status: "failed" as const, failure: "no call succeeded" } : {}),
      }),
    });
    assert.equal(
      outcome.failure,
      `workload first: no call succeeded; core-rabbitmq took no messages for a time: ${short}`,
    );
    assert(deps.lines.some((line) => line.includes(`core-rabbitmq takes no messages: ${short}`)));
    assert.equal(written().workloads[1]?.brokers[0]?.blocked, true);
  });

  it("has every measured workload on disk before the next begins, and says that it has not ended", async () => {
    const seen: Results[] = [];
    const deps = world(root);
    const good: typeof deps.runProbe = (...args) => deps.runProbe(...args);
    await runMeasurement(measurement(), {
      ...deps,
      runProbe: (...args) => {
        seen.push(written("latest"));
        return good(...args);
      },
    });
    assert.deepEqual(
      seen.map(({ status, links, workloads }) => [status, links.length, workloads.map(({ name }) => name)]),
      [
        ["running", 1, []],
        ["running", 1, ["first"]],
      ],
    );
  });

  it("compares the clocks of hosts before anything is measured, and again at its end", async () => {
    const near = { alpha: { offsetMs: 0, boundMs: 0.1 }, beta: { offsetMs: 0.5, boundMs: 0.1 } };
    const later = { alpha: { offsetMs: 0, boundMs: 0.1 }, beta: { offsetMs: 5, boundMs: 0.1 } };
    const agreed: (boolean | undefined)[] = [];
    const deps = world(root);
    const probe = deps.runProbe.bind(deps);
    const readings = [near, later];
    Object.assign(deps, {
      readClocks: () => {
        deps.events.push("clocks");
        return Promise.resolve(readings.shift());
      },
      runProbe: (...[given, ...others]: Parameters<typeof probe>) => {
        agreed.push(given.clocksAgree);
        return probe(given, ...others);
      },
    });
    const input = measurement({
      clockShared: false,
      hosts: { alpha: { host: "a" }, beta: { host: "b" } },
      services: [
        { name: "core/gateway", container: "core-gateway", image: "gateway", host: "alpha" },
        { name: "edge/gateway", container: "edge-gateway", image: "gateway", host: "beta" },
      ],
    });
    await runMeasurement(input, deps);
    assert.deepEqual(deps.events, [
      ...["facts", "clocks", "links before", "workload first", "workload second", "links after", "clocks"],
    ]);
    assert.deepEqual(agreed, [true, true]);
    assert.ok(
      deps.lines.some((line) => /clocks are within 0\.7 ms of each other, 1\.25 ms at most/.test(line)),
    );
    const { clockShared, clocks, serviceHosts } = written().provenance;
    assert.equal(clockShared, false);
    assert.deepEqual(serviceHosts, { "core/gateway": "alpha", "edge/gateway": "beta" });
    assert.deepEqual(clocks, { before: near, after: later, apartMs: 5.2, toleratedMs: 1.25, agree: true });
  });

  it("reads the clock of one host alone, too, and takes what is read there for one time", async () => {
    const reading = { alpha: { offsetMs: 1500, boundMs: 0.1 } };
    const agreed: (boolean | undefined)[] = [];
    const deps = world(root);
    const probe = deps.runProbe.bind(deps);
    Object.assign(deps, {
      readClocks: () => {
        deps.events.push("clocks");
        return Promise.resolve(reading);
      },
      runProbe: (...[given, ...others]: Parameters<typeof probe>) => {
        agreed.push(given.clocksAgree);
        return probe(given, ...others);
      },
    });
    const input = measurement({ clockShared: true, hosts: { alpha: { host: "a" } } });
    await runMeasurement(input, deps);
    assert.deepEqual(deps.events, [
      ...["facts", "clocks", "links before", "workload first", "workload second", "links after", "clocks"],
    ]);
    assert.deepEqual(agreed, [true, true]);
    assert.ok(deps.lines.some((line) => /the host's clock is 1500 ms ahead of this machine's/.test(line)));
    const { clockShared, clocks } = written().provenance;
    assert.equal(clockShared, true);
    assert.deepEqual([clocks?.before, clocks?.after, clocks?.apartMs], [reading, reading, 0]);
  });

  it("keeps what was measured and the logs when it is interrupted, within seconds", async () => {
    const deps = world(root);
    const good: typeof deps.runProbe = (...args) => deps.runProbe(...args);
    let interrupted = 0;
    const outcome = await runMeasurement(measurement(), {
      ...deps,
      // A probe that does not heed the signal must not hold up the end.
      runProbe: (input, planned, hooks, signal) => {
        if (planned.name === "first") return good(input, planned, hooks, signal);
        interrupted = Date.now();
        deps.interrupt();
        return new Promise(() => undefined);
      },
    });
    assert.ok(Date.now() - interrupted < 6_000, `${Date.now() - interrupted} ms`);
    assert.equal(outcome.status, "failed");
    assert.equal(outcome.failure, "interrupted");
    assert.deepEqual(
      written().workloads.map(({ name }) => name),
      ["first"],
    );
    assert.match(read("logs/edge/agents.log"), /innocent/);
    assert.ok(!deps.events.includes("links after"));
  });

  it("keeps the figures of the workload that was interrupted", async () => {
    const deps = world(root);
    const outcome = await runMeasurement(measurement(), {
      ...deps,
      runProbe: (_, planned) => {
        deps.interrupt();
        const record = probeRecord(planned.name, planned.pattern, new Date());
        return Promise.resolve({ ...record, status: "failed", failure: "interrupted" });
      },
    });
    assert.equal(outcome.results.length, 1);
    assert.match(outcome.failure ?? "", /^workload first: interrupted; interrupted$/);
  });

  it("goes on without the log of a service that has gone, and says so", async () => {
    const deps = world(root, {
      containers: fakeContainers({ "edge-agents": () => Promise.reject(new Error("no such container")) }),
    });
    const outcome = await runMeasurement(measurement(), deps);
    assert.equal(outcome.status, "complete");
    assert.match(read("logs/edge/agents.log"), /could not be read: no such container/);
    assert.ok(deps.lines.includes("log of edge/agents: no such container"));
  });

  it("fails when the links can't be measured, in words", async () => {
    const outcome = await runMeasurement(
      measurement(),
      world(root, { measureLinks: () => Promise.reject(new Error("link core--edge: no packet came back")) }),
    );
    assert.equal(outcome.failure, "link core--edge: no packet came back");
    assert.equal(written().status, "failed");
  });

  it("gives runs at the same time numbers of their own, and latest is the newest", async () => {
    const quick = measurement({ workloads: [] });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => runMeasurement(quick, world(root))));
    assert.deepEqual(
      outcomes.map(({ run }) => run).sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    assert.equal(readlinkSync(folder("latest")), "8");
  });

  it("keeps the newest backups only, and every result", async () => {
    const quick = measurement({ workloads: [], backup: { keep: 2 } });
    for (let run = 0; run < 4; run++) await runMeasurement(quick, world(root));
    const backups = [1, 2, 3, 4].map((run) => existsSync(join(folder(run), "backup.tar.zst")));
    assert.deepEqual(backups, [false, false, true, true]);
    for (const run of [1, 2, 3, 4]) assert.equal(written(run).run, run);
  });

  it("finds no outcome of a run that failed", async () => {
    const good = await runMeasurement(measurement({ workloads: [] }), world(root));
    await runMeasurement(measurement({ workloads: [] }), world(root, { deviations: [deviation("before")] }));
    assert.equal((await newestOutcome(join(root, "runs/demo"), 2))?.run, good.run);
    assert.equal(await newestOutcome(join(root, "runs/none"), 2), undefined);
  });
});
