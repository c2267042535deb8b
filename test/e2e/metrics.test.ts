import { deepStrictEqual, ok, strictEqual } from "assert";
import { execa } from "execa";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { request } from "http";
import { tmpdir } from "os";
import { join } from "path";
import { stringify } from "yaml";
import { DockerContainers } from "../../workloads/dockerContainers";
import { results, type Results } from "../../workloads/results/schema";
import { buswide, projectRoot } from "../command/shim";
import { PrometheusPages } from "../support/prometheusPages";

const stack = "e2e-metrics";
const runs = join(projectRoot, "runs", stack);

/** A core and an edge, and Prometheus at a site that has nothing else, beyond the core. */
const scenario = {
  sites: { core: {}, edge: {}, watch: {} },
  links: [
    { between: ["core", "edge"], delay: "20ms" },
    { between: ["core", "watch"], delay: "5ms", rate: "10mbit" },
  ],
  bus: { kind: "rabbitmq", site: "core" },
  metrics: { kind: "prometheus", site: "watch", interval: "1s" },
  workloads: [
    {
      ...{ name: "call", kind: "rpc", clients: { edge: 2 }, servers: { core: 1 } },
      ...{ rate: "40/s", duration: "32s", warmup: "1s", timeout: "5s" },
      timeline: [
        { at: "3s", cut: ["core", "edge"], for: "4s" },
        { at: "9s", kill: "core/rabbitmq", for: "2s" },
      ],
    },
  ],
};

/** A Prometheus on what was kept, for which all of that is long ago: its pages of those names, each after a line with its name, and its end. */
const pagesOfKept = String.raw`
share=/usr/local/share/buswide
prometheus --config.file=/dev/null --storage.tsdb.path=/tmp/kept --storage.tsdb.retention.time=100y   --query.lookback-delta=1s --web.listen-address=127.0.0.1:9095   --web.console.templates=$share/consoles --web.console.libraries=$share/libraries >/tmp/kept.log 2>&1 &
ask() {
  exec 3<>/dev/tcp/127.0.0.1/9095 || return 1
  printf 'GET %s HTTP/1.0

' "$1" >&3
  cat <&3
}
for _ in $(seq 60); do
  ask /-/ready 2>/dev/null | grep -q '^HTTP/1.0 200' && break
  sleep 0.5
done
for page in "$@"; do
  printf '\n== %s\n' "$page"
  ask "/consoles/$page.html"
done
kill $!
wait`;

const inContainer = async (service: string, ...command: string[]) =>
  execa("docker", ["exec", `buswide-${stack}-${service}`, ...command], { reject: false });

/** The status that the pages answer with to who calls this machine by some name. */
function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

describe("a deployment that Prometheus watches from a site of its own", function () {
  this.timeout(15 * 60_000);
  let folder = "";
  let file = "";
  let pages: PrometheusPages;
  let measured: Results;
  const containers = new DockerContainers();
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
    writeFileSync(file, stringify({ config: { "buswide:scenario": scenario } }));
    // An attempt that was cut short leaves what it made, and its runs.
    await buswide(["destroy", file, "--keep-images"]);
    rmSync(runs, { recursive: true, force: true });
  });
  after(async () => {
    await buswide(["destroy", file, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(runs, { recursive: true, force: true });
  });

  it("stands, says where its pages are, and is measured with nobody missing", async () => {
    const { code, stderr } = await buswide(["up", file]);
    strictEqual(code, 0, stderr);
    pages = await PrometheusPages.of(stack);
    strictEqual(pages.site, "watch");
    measured = results.parse(JSON.parse(readFileSync(join(runs, "latest/results.json"), "utf8")));
    strictEqual(measured.status, "complete", measured.failure);
    const { metrics } = measured;
    deepStrictEqual([metrics?.asked, metrics?.unanswered], [4, []]);
    ok((metrics?.bytes ?? 0) > 0, stderr);
    strictEqual(metrics?.failure, undefined);
    ok((metrics?.series ?? 0) > 300 && (metrics?.values ?? 0) > 200, JSON.stringify(metrics));
    ok(measured.provenance.versions["prometheus"]?.startsWith("2."));
  });

  it("has every service running, and each link's delay, in figures of gateways", async () => {
    await pages.become("up", {
      "undefined/undefined": 1,
      ...Object.fromEntries(
        ["core/gateway", "edge/gateway", "watch/gateway", "core/rabbitmq"].map((name) => [name, 1]),
      ),
    });
    await pages.become(
      "buswide_container_running",
      Object.fromEntries(
        [
          ...["core/agents", "core/gateway", "core/rabbitmq", "edge/agents", "edge/gateway"],
          ...["watch/gateway", "watch/prometheus"],
        ].map((name) => [name, 1]),
      ),
    );
    const direction = ({ site, to }: Readonly<Record<string, string>>) => `${site} to ${to}`;
    deepStrictEqual(await pages.values("buswide_link_asked_delay_seconds", direction), {
      "core to edge": 0.02,
      "core to watch": 0.005,
      "edge to core": 0.02,
      "watch to core": 0.005,
    });
    const carried = await pages.values("buswide_link_delivered_bytes_total", direction);
    strictEqual(Object.keys(carried).length, 4);
    for (const [name, bytes] of Object.entries(carried)) ok(bytes > 10_000, `${name}: ${bytes} bytes`);
  });

  it("says of memory and CPU what Docker's own counters do, without the page cache", async () => {
    const memory = await pages.values("buswide_container_memory_bytes");
    const limits = await pages.values("buswide_container_memory_limit_bytes");
    const cpu = await pages.values("buswide_container_cpu_seconds_total");
    strictEqual(limits["core/rabbitmq"], 512 * 1024 ** 2);
    for (const service of ["core/rabbitmq", "edge/agents", "watch/prometheus"]) {
      const told = await containers.usage(`buswide-${stack}-${service.replace("/", "-")}`);
      const apart = Math.abs((memory[service] ?? 0) - told.memoryBytes);
      // They are read a moment apart, while it runs.
      ok(
        apart < Math.max(2e6, 0.2 * told.memoryBytes),
        `${service}: ${memory[service]} bytes, and ${told.memoryBytes} by Docker`,
      );
      ok((memory[service] ?? 0) > 1e6, `${service}: ${memory[service]} bytes`);
      const seconds = cpu[service] ?? 0;
      ok(
        seconds > 0.2 && seconds <= told.cpuSeconds && seconds > 0.5 * told.cpuSeconds,
        `${service}: ${seconds} s of CPU, and ${told.cpuSeconds} by Docker`,
      );
    }
  });

  it("saw what the timeline did: the cut of the link, the end of the broker, and both back", async () => {
    // From its start on, what it did is long over by then.
    const [call] = measured.workloads;
    const end = Date.parse(call?.startedAt ?? "") / 1000 + 35;
    const seen = (expression: string, key?: Parameters<PrometheusPages["values"]>[1]) =>
      pages.values(expression, key, end);
    const lowest = await seen("min_over_time(buswide_container_running{service='rabbitmq'}[35s])");
    deepStrictEqual(lowest, { "core/rabbitmq": 0 });
    const direction = ({ site, to }: Readonly<Record<string, string>>) => `${site} to ${to}`;
    const worst = await seen("max_over_time(buswide_link_asked_loss_ratio[35s])", direction);
    // What the edge's gateway could tell of the other direction has the same link to cross.
    const { "edge to core": _, ...asked } = worst;
    deepStrictEqual(asked, { "core to edge": 1, "core to watch": 0, "watch to core": 0 });
    const answered = await seen("min_over_time(up{site='edge'}[35s])");
    // It is asked over the link that was cut.
    deepStrictEqual(answered, { "edge/gateway": 0 });
    // And it had answered before, and did again.
    for (const moment of [end - 34, end - 3])
      deepStrictEqual(await pages.values("up{site='edge'}", undefined, moment), { "edge/gateway": 1 });
  });

  it("shows pages of bus, database, services and links", async () => {
    for (const [page, told] of [
      ["index", "core"],
      ["bus", "RabbitMQ"],
      ["database", "No database tells figures"],
      ["services", "watch"],
      ["links", "core"],
    ] as const) {
      const response = await pages.fetch(`consoles/${page}.html`);
      const text = await response.text();
      strictEqual(response.status, 200, text);
      ok(text.includes(told), page);
      ok(!text.includes("error executing template"), text);
    }
    for (const script of ["d3/d3.min.js", "rickshaw/rickshaw.min.js", "js/prom_console.js"])
      strictEqual((await pages.fetch(`classic/static/${script}`)).status, 200, script);
  });

  it("lets questions through, of who asks this machine, and nothing else", async () => {
    const post = { method: "POST" };
    strictEqual((await pages.fetch("api/v1/admin/tsdb/snapshot", post)).status, 403);
    strictEqual((await pages.fetch("api/v1/admin/tsdb/delete_series?match[]=up", post)).status, 403);
    strictEqual((await pages.fetch("-/quit", post)).status, 403);
    strictEqual(await statusFor(`${pages.url}api/v1/query?query=up`, "somewhere.example"), 403);
    strictEqual(await statusFor(`${pages.url}api/v1/query?query=up`, "localhost:1"), 200);
    const { stdout } = await execa("docker", ["port", `buswide-${stack}-watch-prometheus`]);
    strictEqual(stdout, `9091/tcp -> 127.0.0.1:${new URL(pages.url).port}`);
    // Prometheus' own port is at its loopback.
    const name = `buswide-${stack}-watch-prometheus`;
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    const address = (await execa("docker", ["inspect", "-f", format, name])).stdout;
    const connect = (port: number) =>
      inContainer("edge-agents", "timeout", "5", "bash", "-c", `exec 3<>/dev/tcp/${address}/${port}`);
    ok((await connect(9090)).exitCode !== 0);
    strictEqual((await connect(9091)).exitCode, 0);
    for (const service of ["watch-prometheus", "core-gateway"]) {
      const { stdout: mounts } = await execa("docker", [
        ...["inspect", "-f", "{{range .Mounts}}{{.Source}} {{.RW}}\n{{end}}", `buswide-${stack}-${service}`],
      ]);
      for (const mount of mounts.split("\n").filter(Boolean)) {
        ok(
          service === "core-gateway" && /^\/sys\/fs\/cgroup(\/\w+)? false$/.test(mount),
          `${service}: ${mount}`,
        );
      }
    }
    const making = "d=/host/cgroup; [ -d $d/memory ] && d=$d/memory; mkdir $d/buswide-test";
    const made = await inContainer("core-gateway", "sh", "-c", making);
    ok(made.exitCode !== 0);
    ok(/Read-only file system/.test(made.stderr), made.stderr);
  });

  it("has all of it in the run's backup, which another Prometheus can read, without a secret", async () => {
    const backup = join(runs, "latest", "backup.tar.zst");
    await execa("tar", ["--zstd", "-xf", backup, "-C", folder, "metrics"]);
    // As its user: a Prometheus adds folders of its own to what it reads.
    await execa("tar", ["-cf", join(folder, "metrics.tar"), "-C", join(folder, "metrics"), "."]);
    await execa(
      "docker",
      [
        ...["exec", "-i", `buswide-${stack}-watch-prometheus`],
        ...["sh", "-c", "mkdir -p /tmp/kept/wal && tar -xf - -C /tmp/kept"],
      ],
      { inputFile: join(folder, "metrics.tar") },
    );
    const dumped = await inContainer("watch-prometheus", "promtool", "tsdb", "dump", "/tmp/kept");
    strictEqual(dumped.exitCode, 0, dumped.stderr);
    for (const name of ["rabbitmq_connections", "buswide_link_delivered_bytes_total", "up"])
      ok(dumped.stdout.includes(`__name__="${name}"`), name);
    const expected = [
      ["index", "<td>rabbitmq</td>"],
      ["bus", "<h2>RabbitMQ</h2>"],
      ["services", `<a href="services.html?site=edge">`],
      ["links", `<a href="links.html?site=edge">`],
    ] as const;
    const asked = ["bash", "-c", pagesOfKept, "bash", ...expected.map(([page]) => page)];
    const { stdout: text } = await inContainer("watch-prometheus", ...asked);
    const shown = new Map(text.split(/^== /m).map((part) => [part.slice(0, part.indexOf("\n")), part]));
    for (const [page, told] of expected) ok(shown.get(page)?.includes(told), `${page}: ${text}`);
    const { stdout } = await execa("node", [
      ...[join(projectRoot, "bin/pulumi.js"), "stack", "export", "--show-secrets", "-s", stack],
    ]);
    const passwords = [...stdout.matchAll(/rabbit:\/\/[^:]+:([^@]+)@/g)].map(([, password = ""]) => password);
    ok(passwords.length > 0);
    for (const password of passwords) ok(!dumped.stdout.includes(password));
  });

  it("is healthy again soon after it was started anew", async () => {
    const name = `buswide-${stack}-watch-prometheus`;
    await execa("docker", ["restart", name]);
    const end = Date.now() + 30_000;
    for (let health = ""; health !== "healthy";) {
      ok(Date.now() < end, health);
      await new Promise((done) => setTimeout(done, 500));
      health = (await execa("docker", ["inspect", "-f", "{{.State.Health.Status}}", name])).stdout;
    }
  });

  it("costs its own link bytes that are counted, and no other workload's", () => {
    const [call] = measured.workloads;
    const own = (call?.wan?.links ?? []).filter(({ link }) => link === "core--watch");
    strictEqual(own.length, 2);
    for (const { from, to, bytes, droppedPackets } of own) {
      ok(bytes > 5_000, `${from} to ${to}: ${bytes} bytes`);
      strictEqual(droppedPackets, 0);
    }
    const used = call?.services.find(({ service }) => service === "watch/prometheus");
    ok(used && used.cpuPercentMean > 0 && used.memoryBytesMax > 20e6, JSON.stringify(used));
  });

  it("has nothing to do in the next up, keeps its figures when a site comes, and leaves nothing behind", async () => {
    const again = await buswide(["up", file]);
    strictEqual(again.code, 0, again.stderr);
    ok(`${again.stdout}${again.stderr}`.includes("no changes"), again.stderr);
    const larger = {
      ...scenario,
      sites: { ...scenario.sites, fog: {} },
      links: [...scenario.links, { between: ["core", "fog"], delay: "1ms" }],
      workloads: [],
    };
    writeFileSync(file, stringify({ config: { "buswide:scenario": larger } }));
    const up = await buswide(["up", file]);
    strictEqual(up.code, 0, up.stderr);
    await pages.become("up{service='gateway'}", {
      ...{ "core/gateway": 1, "edge/gateway": 1, "fog/gateway": 1, "watch/gateway": 1 },
    });
    const before = await pages.values("count_over_time(up{site='core',service='gateway'}[10m])");
    ok((before["core/gateway"] ?? 0) > 60, JSON.stringify(before));
    strictEqual((await buswide(["destroy", file, "--keep-images"])).code, 0);
    const label = `label=io.buswide.stack=${stack}`;
    const left = await Promise.all(
      [
        ["ps", "-a"],
        ["network", "ls"],
      ].map((list) => execa("docker", [...list, "-q", "--filter", label])),
    );
    deepStrictEqual(
      left.map(({ stdout }) => stdout),
      ["", ""],
    );
  });
});
