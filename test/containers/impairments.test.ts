import { strict as assert } from "assert";
import { asEmulated, deviations, describeDeviation, measureLinks } from "../../workloads/links";
import type { Impairment } from "../../workloads/results/schema";
import { sendUdp } from "../../benchmarks/emulation/udp";
import { makeLinkStage, output, type LinkStage } from "./linkStage";

const perfect: Impairment = { delayMs: 0, jitterMs: 0, lossPercent: 0 };

/** One packet of irtt's: its time on the way there in milliseconds, and whether it was lost there. */
interface Trip {
  readonly thereMs: number | undefined;
  readonly lost: boolean;
}

/** The standard normal's distribution function, by Zelen and Severo (Abramowitz and Stegun, 26.2.17; to 7.5e-8). */
function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x < 0 ? tail : 1 - tail;
}

/** Kolmogorov and Smirnov's distance of values to a distribution. */
function distance(values: readonly number[], share: (value: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.max(
    ...sorted.map((value, index) =>
      Math.max(share(value) - index / sorted.length, (index + 1) / sorted.length - share(value)),
    ),
  );
}

describe("impairments between real gateways", function () {
  this.timeout(90_000);
  // A host that is busy for a moment makes packets late, as a run allows for by probing again.
  this.retries(1);
  let stage: LinkStage;
  let remove = (): Promise<void> => Promise.resolve();

  before(async function () {
    this.timeout(600_000);
    stage = await makeLinkStage();
    remove = () => stage.remove();
    for (const [from, to] of [
      ["b", "c"],
      ["c", "b"],
    ] as const)
      await stage.setLink(from, to, {});
    await set({});
    await stage.setRoutes();
  });

  after(async () => {
    await remove();
  });

  async function set(there: Partial<Impairment>, back: Partial<Impairment> = {}): Promise<void> {
    await stage.setLink("a", "b", there);
    await stage.setLink("b", "a", back);
  }

  async function faults(there: Partial<Impairment>, back: Partial<Impairment> = {}): Promise<string[]> {
    await set(there, back);
    const by = (await emulator()) === "netem" ? "netem" : "nfqueue";
    const link = {
      there: asEmulated({ ...perfect, ...there }, by),
      back: asEmulated({ ...perfect, ...back }, by),
    };
    const measured = await measureLinks(stage.containers, {
      clockShared: true,
      sites: stage.sites,
      links: [{ name: "a--b", between: ["a", "b"], ...link }],
    });
    const measurement = measured.get("a--b");
    assert.ok(measurement);
    return deviations(link, measurement, "before").map((found) => describeDeviation("a--b", found));
  }

  /** Sends packets from a's gateway to b's, and tells of each what became of it. */
  async function send(intervalMs: number, seconds: number): Promise<Trip[]> {
    const server = output(stage.containers, stage.gateway("b"), [
      ...["timeout", String(seconds + 4), "irtt", "server", "-b", stage.wanAddress("b"), "-i", "0"],
    ]).catch((error: unknown) => error);
    const text = await output(stage.containers, stage.gateway("a"), [
      ...["sh", "-c", 'sleep 0.5; exec "$@"', "sh", "irtt", "client", "-Q", "-o", "-", "--fill=none"],
      ...["-i", `${intervalMs}ms`, "-d", `${seconds}s`, "--timeouts=1s,1s,1s,1s,1s", "--wait=1s"],
      stage.wanAddress("b"),
    ]);
    // Its end, or its timeout's, is an exit code other than 0.
    await output(stage.containers, stage.gateway("b"), ["sh", "-c", "kill $(pidof irtt) || true"]);
    await server;
    const { round_trips: trips } = JSON.parse(text) as {
      round_trips: { lost: string; delay: { send?: number } }[];
    };
    return trips.map(({ lost, delay }) => ({
      thereMs: delay.send === undefined ? undefined : delay.send / 1e6,
      lost: lost !== "false",
    }));
  }

  async function ping(count: number, intervalSeconds: number): Promise<{ times: number[]; doubles: number }> {
    const { stdout } = await stage.containers.exec(stage.host("a"), [
      ...[
        "ping",
        "-n",
        "-i",
        String(intervalSeconds),
        "-W",
        "1",
        "-c",
        String(count),
        stage.hostAddress("b"),
      ],
    ]);
    const lines = stdout.split("\n").filter((line) => line.includes("time="));
    return {
      times: lines
        .filter((line) => !line.includes("DUP"))
        .map((line) => Number(/time=([\d.]+)/.exec(line)?.[1])),
      doubles: lines.filter((line) => line.includes("DUP")).length,
    };
  }

  const emulator = async () => (await stage.status("a")).emulator;

  it("have the delay asked for from 1 to 300 ms, within 1 ms or 1 %", async () => {
    for (const delayMs of [1, 10, 50, 150, 300]) assert.deepEqual(await faults({ delayMs }, { delayMs }), []);
  });

  it("spread delays as normal jitter does", async () => {
    await set({ delayMs: 40, jitterMs: 4, jitterDistribution: "normal" });
    const times = (await send(20, 6)).flatMap(({ thereMs }) => thereMs ?? []);
    assert.ok(times.length > 290, `${times.length} packets`);
    // 1.95 / sqrt(n) is exceeded once in a thousand times; 0.3 ms of scheduling move the distribution by 0.03.
    const d = distance(times, (value) => normalShare((value - 40) / 4));
    assert.ok(d < 1.95 / Math.sqrt(times.length) + 0.03, `distance ${d}`);
    // And it is no uniform jitter of the same spread.
    assert.ok(times.some((value) => value > 47) || times.some((value) => value < 33));
  });

  it("spread delays as pareto jitter does, and are judged by its median", async () => {
    const pareto: Impairment = { delayMs: 40, jitterMs: 6, jitterDistribution: "pareto", lossPercent: 0 };
    assert.deepEqual(await faults(pareto, pareto), []);
    const times = (await send(20, 6)).flatMap(({ thereMs }) => thereMs ?? []);
    const share = (value: number) => {
      const y = (0.75 * (value - 40)) / 6 + 1.5;
      return y < 1 ? 0 : value >= 64 ? 1 : 1 - y ** -3;
    };
    const d = distance(
      times.filter((value) => value < 63.5),
      share,
    );
    assert.ok(d < 1.95 / Math.sqrt(times.length) + 0.08, `distance ${d}`);
    assert.ok(Math.min(...times) > 35.9, `${Math.min(...times)}`);
  });

  it("keep packets in order that are much closer than their jitter is wide", async () => {
    const end = (site: "a" | "b") => ({ container: stage.host(site), address: stage.hostAddress(site) });
    const sent = () =>
      sendUdp(stage, [end("a"), end("b")], { payloadBytes: 64, packetsPerSecond: 2000, seconds: 2 });
    for (const distribution of [{}, { jitterDistribution: "normal" }] as const) {
      await set({ delayMs: 40, jitterMs: 5, ...distribution });
      const outcome = await sent();
      // That any were sent, and numbered: a stream of none is in order too.
      assert.ok(outcome.sent > 3500 && outcome.lost < outcome.sent / 100, JSON.stringify(outcome));
      assert.equal(outcome.outOfOrder, 0);
    }
    // And where packets do overtake each other it is seen.
    await set({ delayMs: 40, reorder: { percent: 10, gap: 5 } });
    const { outOfOrder } = await sent();
    assert.ok(outOfOrder > 100, `${outOfOrder} packets`);
  });

  it("lose in bursts as long as asked for", async () => {
    const lossBursts = { beginsPercent: 2, endsPercent: 25, insidePercent: 100, outsidePercent: 0 };
    await set({ delayMs: 5, lossPercent: 7.407407407, lossBursts });
    const trips = await send(1, 8);
    const runs: number[] = [];
    trips.forEach(({ lost }, index) => {
      if (!lost) return;
      if (index > 0 && trips[index - 1]?.lost) runs.push((runs.pop() ?? 0) + 1);
      else runs.push(1);
    });
    const mean = runs.reduce((sum, length) => sum + length, 0) / runs.length;
    // Geometric lengths: the standard deviation of their mean is 4 sqrt(3/4) / sqrt(n).
    assert.ok(runs.length > 60, `${runs.length} bursts`);
    assert.ok(Math.abs(mean - 4) < (4 * 4 * Math.sqrt(0.75)) / Math.sqrt(runs.length), `${mean} packets`);
    assert.deepEqual(await faults({ delayMs: 5, lossPercent: 7.407407407, lossBursts }), []);
  });

  it("double packets, which arrive one after the other with the same content", async () => {
    await set({ delayMs: 10, duplicatePercent: 20 });
    const { times, doubles } = await ping(500, 0.005);
    // Ping stops at its last answer, and may count a late double for it.
    assert.ok(times.length >= 495, `${times.length} answers`);
    // 100 ± 9; a doubled request is answered twice.
    assert.ok(doubles > 60 && doubles < 140, `${doubles} doubles`);
    assert.ok(Math.min(...times) >= 10, `${Math.min(...times)} ms`);
    const { counters } = (await stage.status("a")).classes["a--b"] ?? assert.fail();
    if ((await emulator()) === "nfqueue")
      assert.ok((counters.duplicated ?? 0) >= doubles, JSON.stringify(counters));
  });

  it("flip bits, so that checksums find them: UDP loses the packets, TCP sends them again", async () => {
    assert.deepEqual(await faults({ delayMs: 5, corruptPercent: 5 }, { delayMs: 5 }), []);
    await set({ delayMs: 2, corruptPercent: 1, duplicatePercent: 1 }, { delayMs: 2 });
    const receive =
      "import socket, zlib\n" +
      "c, _ = socket.create_server(('', 5555)).accept()\n" +
      "n = crc = 0\n" +
      "while b := c.recv(65536):\n" +
      "    n += len(b)\n" +
      "    crc = zlib.crc32(b, crc)\n" +
      "print(n, crc)";
    const send =
      "import socket, time, zlib\n" +
      "time.sleep(1)\n" +
      "b = bytes(i * i % 251 for i in range(2000000))\n" +
      `c = socket.create_connection(('${stage.hostAddress("b")}', 5555))\n` +
      "c.sendall(b)\n" +
      "c.close()\n" +
      "print(len(b), zlib.crc32(b))";
    const [received, sent] = await Promise.all([
      output(stage.containers, stage.host("b"), ["timeout", "40", "python3", "-c", receive]),
      output(stage.containers, stage.host("a"), ["timeout", "40", "python3", "-c", send]),
    ]);
    assert.equal(received, sent);
    assert.match(received, /^2000000 /);
  });

  it("have packets overtake that take none of the delay", async () => {
    await set({ delayMs: 50, reorder: { percent: 50, gap: 4 } });
    const { times } = await ping(400, 0.01);
    const early = times.filter((time) => time < 25).length;
    // One in 3 + 2 packets.
    assert.ok(early > 50 && early < 115, `${early} of ${times.length}`);
    assert.ok(times.filter((time) => time >= 50).length === times.length - early);
  });

  it("bound what waits for the line", async function () {
    if ((await emulator()) !== "nfqueue") this.skip();
    await set({ delayMs: 5, rateBitsPerSecond: 4_000_000, limitBytes: 10_000 });
    const server = output(stage.containers, stage.host("b"), ["timeout", "20", "iperf3", "-s", "-1"]);
    const [, { times }] = await Promise.all([
      output(stage.containers, stage.host("a"), [
        ...["sh", "-c", `sleep 0.5; iperf3 -c ${stage.hostAddress("b")} -u -b 8M -t 4`],
      ]),
      ping(50, 0.1),
    ]);
    await server;
    // 10,000 bytes are 20 ms; a packet on the line is 3 ms of them.
    const waited = times.filter((time) => time > 20);
    assert.ok(waited.length > 5, times.join(" "));
    assert.ok(times.filter((time) => time > 5 + 20 + 3).length <= 2, times.join(" "));
  });

  it("are refused by name where the emulator lacks them", async function () {
    const result = await stage.containers.exec(stage.gateway("a"), ["gateway", "class", "set", "a--b"], {
      stdin: JSON.stringify({ nextHop: stage.wanAddress("b"), delayMs: 5, limitBytes: 5000 }),
    });
    if ((await emulator()) === "netem") {
      assert.equal(result.exitCode, 2);
      assert.match(result.stderr, /limitBytes: netem has no queue/);
    } else assert.equal(result.exitCode, 0, result.stderr);
  });

  it("have the distributions of the tables that netem is given", async () => {
    const quantile: Record<string, (share: number) => number> = {
      uniform: (share) => 2 * share - 1,
      pareto: (share) => Math.min(32767 / 8192, (4 / 3) * ((1 - share) ** (-1 / 3) - 1.5)),
    };
    for (const [name, of] of Object.entries(quantile)) {
      const text = await output(stage.containers, stage.gateway("a"), [
        ...["sh", "-c", `cat /usr/lib/*/tc/${name}.dist`],
      ]);
      const table = text
        .split("\n")
        .filter((line) => !line.startsWith("#"))
        .flatMap((line) => line.trim().split(/\s+/))
        .filter((word) => word !== "")
        .map((word) => Number(word) / 8192)
        .sort((a, b) => a - b);
      assert.ok(table.length > 1000, `${name}: ${table.length} entries`);
      table.forEach((value, index) => {
        const [low, high] = [
          of(Math.max(0, index - 1) / table.length),
          of(Math.min(1, (index + 2) / table.length)),
        ];
        assert.ok(
          value >= low - 0.01 && value <= high + 0.01,
          `${name}[${index}]: ${value}, not ${low} to ${high}`,
        );
      });
    }
    const normal = await output(stage.containers, stage.gateway("a"), [
      ...["sh", "-c", "cat /usr/lib/*/tc/normal.dist"],
    ]);
    const values = normal
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .flatMap((line) => line.trim().split(/\s+/))
      .filter((word) => word !== "")
      .map((word) => Number(word) / 8192);
    assert.ok(distance(values, normalShare) < 0.002, `${distance(values, normalShare)}`);
  });
});
