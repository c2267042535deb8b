import assert from "assert/strict";
import { PassThrough } from "stream";
import { setImmediate as soon } from "timers/promises";
import { alea } from "seedrandom";
import type { Containers } from "../../workloads/containers";
import type { Impairment } from "../../workloads/results/schema";
import { readLinks, readPaths } from "../../workloads/runner/linkReadings";
import { measurement } from "./input";

type Draw = () => number;

/** A jitter's part of the delay, in its units. */
function jitterOf({ jitterDistribution }: Impairment, draw: Draw): number {
  if (jitterDistribution === undefined) return 2 * draw() - 1;
  // Box and Muller's.
  return Math.max(-4, Math.min(4, Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw())));
}

/** When packets leave a link of netem's: each has a jitter of its own, and none is earlier than the one before. */
function throughNetem(sent: readonly number[], link: Impairment, draw: Draw): number[] {
  let last = 0;
  return sent.map((at) => (last = Math.max(last, at + link.delayMs + link.jitterMs * jitterOf(link, draw))));
}

/** What irtt says of these times, milliseconds. */
function statistics(times: readonly number[]) {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const figures = { min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN, mean: median, median, stddev: 0 };
  return Object.fromEntries(Object.entries(figures).map(([name, ms]) => [name, ms * 1e6]));
}

/** Gateways that say what emulates their links; whatever that is, probes meet netem, over each link of the way. */
function gateways(emulator: string, way: readonly Impairment[]) {
  const intervals: number[] = [];
  const asked: string[] = [];
  const draw = alea("netem");
  const through = (sent: readonly number[]) =>
    way.reduce((times: readonly number[], link) => throughNetem(times, link, draw), sent);
  const probe = (command: readonly string[]): string => {
    const after = (option: string) => parseInt(command[command.indexOf(option) + 1] ?? "", 10);
    const [intervalMs, durationMs] = [after("-i") / 1000, after("-d")];
    intervals.push(intervalMs);
    const sent = Array.from(
      { length: Math.floor(durationMs / intervalMs) },
      (_, index) => index * intervalMs,
    );
    const there = through(sent);
    const back = through(there);
    const between = (ends: readonly number[], starts: readonly number[]) =>
      statistics(ends.map((end, index) => end - (starts[index] ?? NaN)));
    const stats = {
      rtt: between(back, sent),
      send_delay: between(there, sent),
      receive_delay: between(back, there),
      packets_sent: sent.length,
    };
    return JSON.stringify({ stats, round_trips: sent.map(() => ({ lost: "false" })) });
  };
  const containers = {
    exec: async (container: string, command: readonly string[]) => {
      await soon();
      const isStatus = command.join(" ") === "gateway status";
      if (isStatus) asked.push(container);
      return { exitCode: 0, stdout: isStatus ? JSON.stringify({ emulator }) : probe(command), stderr: "" };
    },
    spawn: () => {
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
      stdout.write("IRTT server starting...\n");
      const exited = new Promise<number>((resolve) => stdin.resume().on("end", () => resolve(0)));
      return Promise.resolve({ stdin, stdout, stderr, exited });
    },
  } as unknown as Containers;
  return { containers, intervals, asked };
}

const quiet = () => undefined;

/** Reads one link of netem's that is as asked for. */
async function read(emulator: "netem" | "nfqueue" | "auto", jitter: Partial<Impairment>, says = "netem") {
  const asked: Impairment = { delayMs: 60, jitterMs: 0, lossPercent: 0.1, ...jitter };
  const fakes = gateways(says, [asked]);
  const links = [
    { name: "core--edge", between: ["core", "edge"] as [string, string], there: asked, back: asked },
  ];
  const [reading] = await readLinks(fakes.containers, measurement({ emulator, links }), "before", quiet);
  assert.ok(reading);
  return { ...fakes, reading };
}

describe("reading links", () => {
  for (const jitter of [
    { jitterMs: 3, jitterDistribution: "normal" },
    { jitterMs: 5, jitterDistribution: "normal" },
    { jitterMs: 10, jitterDistribution: "normal" },
    { jitterMs: 10 },
  ] as const)
    it(`finds nothing wrong with one of netem's that jitters as asked for: ${JSON.stringify(jitter)}`, async () => {
      const { reading, intervals } = await read("netem", jitter);
      assert.deepEqual(reading.deviations, []);
      assert.equal(reading.emulator, "netem");
      assert.equal(intervals.length, 1, "confirmed");
    });

  it("probes by what the gateway says where the emulator was left to it", async () => {
    const { reading, intervals, asked } = await read("auto", { jitterMs: 3, jitterDistribution: "normal" });
    assert.deepEqual([reading.emulator, intervals, asked], ["netem", [12], ["core-gateway"]]);
  });

  it("probes as closely as loss calls for where jitter is a function of time", async () => {
    for (const emulator of ["nfqueue", "auto"] as const) {
      const { reading, intervals } = await read(emulator, { jitterMs: 2 }, "nfqueue");
      assert.equal(reading.emulator, "nfqueue");
      assert.equal(intervals[0], 1);
    }
  });

  it("still finds a link of netem's that is slower than asked for", async () => {
    const asked: Impairment = { delayMs: 60, jitterMs: 3, jitterDistribution: "normal", lossPercent: 0 };
    const { containers } = gateways("netem", [{ ...asked, delayMs: 65 }]);
    const links = [
      { name: "core--edge", between: ["core", "edge"] as [string, string], there: asked, back: asked },
    ];
    const input = measurement({ emulator: "netem", links });
    const [reading] = await readLinks(containers, input, "before", quiet);
    assert.deepEqual(
      reading?.deviations.map(({ what }) => what),
      ["rtt", "delay there", "delay back"],
    );
  });

  it("asks few gateways at one time, however many links begin at how many sites", async () => {
    const clean = { delayMs: 5, jitterMs: 0, lossPercent: 0 };
    const names = Array.from({ length: 200 }, (_, index) => `edge-${index}`);
    const sites = [...names, "core"].map((name) => ({
      name,
      gateway: { container: `${name}-gateway`, wanAddress: name },
    }));
    const links = names.map((name) => ({
      ...{ name: `${name}--core`, between: [name, "core"] as [string, string], there: clean, back: clean },
    }));
    const fakes = gateways("nfqueue", [clean]);
    let [now, most] = [0, 0];
    const exec: Containers["exec"] = async (...args) => {
      most = Math.max(most, ++now);
      const result = await fakes.containers.exec(...args);
      now--;
      return result;
    };
    const input = measurement({ emulator: "auto", sites, links });
    const readings = await readLinks({ ...fakes.containers, exec }, input, "before", quiet);
    assert.deepEqual([readings.length, fakes.asked.length], [200, 200]);
    assert.ok(most <= 8, `${most} at a time`);
  });
});

describe("reading paths", () => {
  it("finds nothing wrong with one over links of netem's that jitter as asked for", async () => {
    const hop: Impairment = { delayMs: 60, jitterMs: 10, jitterDistribution: "normal", lossPercent: 0.1 };
    const direction = (sites: string[]) => ({ sites, delayMs: 120, jitterMs: 20, lossPercent: 0.2 });
    const input = measurement({
      emulator: "auto",
      sites: ["core", "fog", "edge"].map((name) => ({
        name,
        gateway: { container: `${name}-gateway`, wanAddress: name },
      })),
      links: [
        { name: "core--fog", between: ["core", "fog"], there: hop, back: hop },
        { name: "fog--edge", between: ["fog", "edge"], there: hop, back: hop },
      ],
      paths: {
        pairs: 1,
        sample: [
          {
            between: ["core", "edge"],
            there: direction(["core", "fog", "edge"]),
            back: direction(["edge", "fog", "core"]),
          },
        ],
        ends: { core: "10.0.0.1", edge: "10.0.1.1" },
      },
    });
    const { containers, intervals } = gateways("netem", [hop, hop]);
    const [path] = await readPaths(containers, input, quiet);
    assert.deepEqual(path?.deviations, []);
    assert.deepEqual(intervals, [40]);
  });
});
