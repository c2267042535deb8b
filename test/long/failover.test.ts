import { ok, strictEqual } from "assert";
import { execa } from "execa";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { stringify } from "yaml";
import { results } from "../../workloads/results/schema";

const root = resolve(__dirname, "../..");

/** The site of the nearest broker is away from here to here, seconds from the window's start. */
const [goneAt, backAt] = [10, 150];
/** By then the agents must be at their next broker: oslo.messaging takes a connection for dead after a minute's silence. */
const movedAt = 110;

/** Without the core's, two of three nodes are left, and their queues. */
const cluster = {
  kind: "rabbitmq",
  topology: "cluster",
  nodes: { core: 1, "edge-2": 1, "edge-3": 1 },
  partitions: "pause_minority",
  queues: "quorum",
  transient: "quorum",
  failover: true,
};
const federation = { kind: "rabbitmq", topology: "federation", sites: ["core", "edge-2"], failover: true };
const artemis = { kind: "artemis", topology: "cluster", sites: ["core", "edge-2"], failover: true };
// The routers' image is somebody else's: another name for it can be given, and without it there is nothing to test.
const image = process.env["ROUTERS_IMAGE"];
const routers = { kind: "routers", interior: ["core", "edge-2"], failover: true, image };

/** Calls from edge-1 to a server beside it: edge-1's nearest broker is at the core, the next at edge-2. */
const scenario = (bus: object) => ({
  sites: { core: {}, edge: { count: 3 } },
  links: [
    { between: ["core", "edge-1"], delay: "5ms" },
    { between: ["edge-1", "edge-2"], delay: "25ms" },
    { between: ["core", "edge-2"], delay: "25ms" },
    { between: ["edge-1", "edge-3"], delay: "30ms" },
    { between: ["edge-2", "edge-3"], delay: "25ms" },
  ],
  bus,
  workloads: [
    {
      name: "call",
      kind: "rpc",
      pattern: "call",
      clients: { "edge-1": 2 },
      servers: { "edge-1": 1 },
      rate: "4/s",
      duration: "150s",
      timeout: "10s",
      timeline: [{ at: `${goneAt}s`, isolate: "core", for: `${backAt - goneAt}s` }],
    },
  ],
});

interface Second {
  readonly kind: string;
  readonly second: number;
  readonly succeeded: number;
}

describe("agents whose broker's site is cut off", function () {
  this.timeout(900_000);

  const cases = { federation, cluster, artemis, ...(image === undefined ? {} : { routers }) };
  for (const [name, bus] of Object.entries(cases))
    it(`go to the next of the brokers of ${name}, and their calls are answered while the site is still away`, () =>
      goOn(`long-failover-${name}`, scenario(bus)));
});

async function goOn(stack: string, scenario: object): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "buswide-failover-"));
  const file = join(folder, `Pulumi.${stack}.yaml`);
  writeFileSync(file, stringify({ config: { "buswide:scenario": scenario } }));
  const buswide = (command: string, ...parameters: string[]) =>
    execa("node", [join(root, "bin/buswide.js"), command, file, ...parameters], {
      cwd: root,
      reject: false,
      all: true,
    });
  try {
    const { exitCode, all } = await buswide("up");
    strictEqual(exitCode, 0, all);
    const run = join(root, "runs", stack, "latest");
    const { workloads } = results.parse(JSON.parse(readFileSync(join(run, "results.json"), "utf8")));
    const [workload] = workloads;
    ok(workload);
    const { errors, timeline = [] } = workload;
    strictEqual(timeline.length, 2, "both links of the core were cut");
    const seconds = readFileSync(join(run, "series.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line.includes('"kind":"workload"') && line.includes('"succeeded"'))
      .map((line) => JSON.parse(line) as Second);
    const succeeded = (from: number, to: number) =>
      seconds
        .filter(({ second }) => second >= from && second < to)
        .reduce((sum, { succeeded: count }) => sum + count, 0);
    const told = JSON.stringify({ errors, seconds: seconds.map(({ succeeded: count }) => count) });
    ok(succeeded(0, goneAt) >= 0.8 * 4 * goneAt, `calls are answered before: ${told}`);
    ok((errors["MessagingTimeout"] ?? 0) > 0, `calls are lost with the broker: ${told}`);
    // All that is left is the broker at edge-2, 50 ms away.
    const left = backAt - movedAt;
    ok(succeeded(movedAt, backAt) >= 0.8 * 4 * left, `calls are answered again: ${told}`);
  } finally {
    const { exitCode, all } = await buswide("destroy", "--keep-images");
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(root, "runs", stack), { recursive: true, force: true });
    strictEqual(exitCode, 0, all);
  }
}
