import { strict as assert } from "assert";
import { PassThrough } from "stream";
import { TimedOut, within } from "../../workloads/probe/bounded";
import { redact } from "../../workloads/probe/fleet";
import { runProbe, type ProbeRecord } from "../../workloads/probe";
import type { Containers, ExecProcess } from "../../workloads/containers";
import type { MeasurementInput, PlannedWorkload } from "../../workloads/runner/input";

const workload: PlannedWorkload = {
  name: "w",
  kind: "rpc",
  pattern: "call",
  clients: { edge: 1 },
  servers: { core: 1 },
  topics: 1,
  messageBytes: 0,
  callsPerClient: 1,
  warmupSeconds: 0,
  timeoutSeconds: 1,
};

const site = (name: string) => ({
  name,
  gateway: { container: "g", wanAddress: "192.0.2.1" },
  agents: `${name}-agents`,
});

const input: MeasurementInput = {
  stack: "test",
  runsDirectory: "runs/test",
  scenario: {},
  scenarioSha256: "",
  seed: 1,
  clockShared: true,
  emulator: "auto",
  sites: [site("core"), site("edge")],
  links: [],
  paths: { pairs: 0, sample: [], ends: {} },
  bus: {
    kind: "rabbitmq",
    brokers: [],
    transports: { core: "rabbit://u:sesame@h:5672/", edge: "rabbit://u:sesame@h:5672/" },
    endpoints: {},
    settings: {},
  },
  services: [],
  configuration: {},
  workloads: [],
  backup: { keep: 1 },
};

/** Containers in which every agent does what `behave` does with its streams; resolves with its exit code. */
function containersWith(
  behave: (streams: { stdout: PassThrough; stderr: PassThrough }) => Promise<number>,
): Containers {
  const unused = () => Promise.reject(new Error("not expected"));
  const spawn = (): Promise<ExecProcess> => {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
    return Promise.resolve({ ...streams, exited: behave(streams) });
  };
  return { spawn, exec: unused, usage: unused, logs: unused };
}

async function probe(containers: Containers, change: Partial<MeasurementInput> = {}): Promise<ProbeRecord> {
  const silent = { progress: () => undefined, series: () => undefined };
  const unexpected = () => assert.fail("there was no window");
  const hooks = { ...silent, windowStarted: unexpected, windowEnded: unexpected };
  return runProbe(containers, { ...input, ...change }, workload, hooks, new AbortController().signal);
}

describe("probe", () => {
  it("reports the last words of an agent that ends before it was told to", async () => {
    const record = await probe(
      containersWith(async ({ stderr }) => {
        stderr.write("ImportError: no module named oslo_messaging\n");
        return new Promise((resolve) => setTimeout(() => resolve(1), 50));
      }),
    );
    assert.equal(record.status, "failed");
    assert.match(
      record.failure ?? "",
      /agent \w+\/\w+-0-0 ended with exit code 1; its last words: ImportError: no module/,
    );
  });

  it("refuses an agent that sends anything but reports, and never repeats a secret", async () => {
    const record = await probe(
      containersWith(async ({ stdout, stderr }) => {
        stderr.write("can't log in with sesame\n");
        await new Promise((resolve) => setTimeout(resolve, 50));
        stdout.write("hello\n");
        return new Promise((resolve) => setTimeout(() => resolve(0), 50));
      }),
    );
    assert.match(record.failure ?? "", /sent a report that can't be read.*can't log in with \[secret\]/);
  });

  it("names the site that has no container for agents", async () => {
    const sites = [site("core"), { ...site("edge"), agents: undefined }];
    const record = await probe(
      containersWith(() => Promise.resolve(0)),
      { sites },
    );
    assert.equal(record.failure, "workload w: site edge has no container for agents");
  });

  it("names the site that has no transport URL", async () => {
    const bus = { ...input.bus, transports: { core: "rabbit://h/" } };
    const record = await probe(
      containersWith(() => Promise.resolve(0)),
      { bus },
    );
    assert.equal(record.failure, "workload w: site edge has no transport URL");
  });

  it("hides transport URLs and every password in them", () => {
    const transports = { core: "rabbit://a:sesame@h1:5672,b:simsim@h2:5672/", edge: "amqp://h/" };
    assert.equal(
      redact("login a sesame, b simsim at amqp://h/", transports),
      "login a [secret], b [secret] at [secret]",
    );
  });

  it("waits no longer than it said, and no shorter for a very long time", async () => {
    const never = new Promise<never>(() => undefined);
    await assert.rejects(within(never, 20, "an answer"), new TimedOut("an answer", 20));
    const soon = new Promise((resolve) => setTimeout(() => resolve("here"), 20));
    assert.equal(await within(soon, 2 ** 40, "an answer"), "here");
  });
});
