import { strict as assert } from "assert";
import { setTimeout as sleep } from "timers/promises";
import { deviations, describeDeviation, measureLinks } from "../../workloads/links";
import type { Impairment } from "../../workloads/results/schema";
import { makeLinkStage, output, type LinkStage, type SiteName } from "./linkStage";

const perfect: Impairment = { delayMs: 0, jitterMs: 0, lossPercent: 0 };

interface AskedDirections {
  there?: Partial<Impairment>;
  back?: Partial<Impairment>;
}

describe("links between real gateways", function () {
  this.timeout(60_000);
  // A host that is busy for a moment makes packets late, as a run allows for by probing again.
  this.retries(1);
  let stage: LinkStage;
  let remove = (): Promise<void> => Promise.resolve();

  before(async function () {
    this.timeout(600_000);
    stage = await makeLinkStage();
    remove = () => stage.remove();
    await setLine({}, {});
    await stage.setRoutes();
  });

  after(async () => {
    await remove();
  });

  const full = (asked: AskedDirections) => ({
    there: { ...perfect, ...asked.there },
    back: { ...perfect, ...asked.back },
  });

  async function setLine(ab: AskedDirections, bc: AskedDirections): Promise<void> {
    await stage.setLink("a", "b", full(ab).there);
    await stage.setLink("b", "a", full(ab).back);
    await stage.setLink("b", "c", full(bc).there);
    await stage.setLink("c", "b", full(bc).back);
  }

  const measure = (ab: AskedDirections, bc: AskedDirections) =>
    measureLinks(stage.containers, {
      clockShared: true,
      sites: stage.sites,
      links: [
        { name: "a--b", between: ["a", "b"], ...full(ab) },
        { name: "b--c", between: ["b", "c"], ...full(bc) },
      ],
    });

  /** Sets the line, measures it, and returns every deviation as a sentence. */
  async function faults(ab: AskedDirections, bc: AskedDirections): Promise<string[]> {
    await setLine(ab, bc);
    const measured = await measure(ab, bc);
    return [["a--b", ab] as const, ["b--c", bc] as const].flatMap(([name, asked]) => {
      const measurement = measured.get(name);
      assert.ok(measurement);
      return deviations(full(asked), measurement, "before").map((found) => describeDeviation(name, found));
    });
  }

  /** Pings from one container; milliseconds of each answer. Judge by the least: a busy machine adds, never takes. */
  async function ping(from: string, to: string, count = 5): Promise<number[]> {
    const { stdout } = await stage.containers.exec(from, [
      ...["ping", "-n", "-i", "0.1", "-W", "1", "-c", String(count), to],
    ]);
    return [...stdout.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time));
  }

  const startedAt = async (site: SiteName): Promise<string> =>
    (await stage.docker.getContainer(stage.gateway(site)).inspect()).State.StartedAt;

  it("delay packets by 1, 10, 50 and 150 ms, each direction its own", async () => {
    assert.deepEqual(
      await faults(
        { there: { delayMs: 1 }, back: { delayMs: 10 } },
        { there: { delayMs: 50 }, back: { delayMs: 150 } },
      ),
      [],
    );
  });

  it("lose 1 % there and 10 % back", async () => {
    assert.deepEqual(
      await faults({ there: { delayMs: 5, lossPercent: 1 }, back: { delayMs: 5, lossPercent: 10 } }, {}),
      [],
    );
  });

  it("carry 10 Mbit/s there and 100 Mbit/s back, with loss too", async () => {
    const ab = {
      there: { delayMs: 10, rateBitsPerSecond: 10e6 },
      back: { delayMs: 10, rateBitsPerSecond: 100e6, lossPercent: 5 },
    };
    assert.deepEqual(await faults(ab, {}), []);
    const measured = (await measure(ab, {})).get("a--b");
    assert.ok(measured?.there.rateBitsPerSecond && measured.back.rateBitsPerSecond);
  });

  it("are found out when they are not as asked", async () => {
    await setLine({ there: { delayMs: 13, rateBitsPerSecond: 20e6 }, back: { delayMs: 10 } }, {});
    const asked = full({
      there: { delayMs: 10, rateBitsPerSecond: 25e6 },
      back: { delayMs: 10, lossPercent: 5 },
    });
    const measured = (await measure(asked, {})).get("a--b");
    assert.ok(measured);
    assert.deepEqual(
      deviations(asked, measured, "before")
        .map(({ what }) => what)
        .sort(),
      [...["delay there", "loss back", "rate there", "rtt"]],
    );
  });

  it("add up over a path of two links", async () => {
    await setLine(
      { there: { delayMs: 10 }, back: { delayMs: 20 } },
      { there: { delayMs: 30 }, back: { delayMs: 40 } },
    );
    const times = await ping(stage.host("a"), stage.hostAddress("c"), 20);
    assert.ok(Math.abs(Math.min(...times) - 100) < 2, times.join(" "));
  });

  it("change in place: no packet lost, no container restarted, a TCP stream goes on", async () => {
    await setLine(
      { there: { delayMs: 5 }, back: { delayMs: 5 } },
      { there: { delayMs: 5 }, back: { delayMs: 5 } },
    );
    const before = await Promise.all([startedAt("a"), startedAt("b")]);
    const server = output(stage.containers, stage.host("c"), ["timeout", "30", "iperf3", "-s", "-1", "-J"]);
    await sleep(500);
    const stream = output(stage.containers, stage.host("a"), [
      ...["iperf3", "-c", stage.hostAddress("c"), "-t", "4", "-b", "5M", "-J"],
    ]);
    const pings = ping(stage.host("a"), stage.hostAddress("b"), 40);
    for (const delayMs of [50, 1, 30, 120, 2]) {
      await sleep(500);
      await stage.setLink("a", "b", { delayMs });
      await stage.setLink("b", "a", { delayMs });
    }
    const report = JSON.parse(await stream) as { end: { sum_received: { bytes: number } }; error?: string };
    await server;
    assert.equal(report.error, undefined);
    assert.ok(report.end.sum_received.bytes > 1.5e6, `${report.end.sum_received.bytes} bytes`);
    const times = await pings;
    assert.equal(times.length, 40);
    assert.ok(
      Math.max(...times) > 95 && Math.min(...times) < 15,
      `${Math.min(...times)} to ${Math.max(...times)}`,
    );
    assert.deepEqual(await Promise.all([startedAt("a"), startedAt("b")]), before);
  });

  it("are the only way out: neighbours without one get nothing, and it is counted", async () => {
    const before = (await stage.status("a")).droppedWithoutLink.packets;
    assert.deepEqual(await ping(stage.gateway("a"), stage.wanAddress("c"), 3), []);
    assert.equal((await stage.status("a")).droppedWithoutLink.packets, before + 3);
    const { NetworkSettings } = await stage.docker.getContainer(stage.gateway("a")).inspect();
    const wan = Object.entries(NetworkSettings.Networks).find(([name]) => name.endsWith("-wan"));
    const machine = wan?.[1].Gateway || stage.wanAddress("a").replace(/\d+$/, "1");
    assert.deepEqual(await ping(stage.host("a"), machine, 3), []);
    // A documentation address (RFC 5737) stands for the world beyond.
    assert.deepEqual(await ping(stage.host("a"), "198.51.100.1", 3), []);
  });

  it("come back as they were when their gateway restarts", async () => {
    await setLine(
      { there: { delayMs: 15 }, back: { delayMs: 15 } },
      { there: { delayMs: 10 }, back: { delayMs: 10 } },
    );
    const before = await stage.status("b");
    await stage.restart("b");
    await output(
      stage.containers,
      stage.gateway("b"),
      ["gateway", "class", "set", "a--b"],
      JSON.stringify({
        nextHop: stage.wanAddress("a"),
        delayMs: 15,
      }),
    );
    const after = await stage.status("b");
    assert.deepEqual(after.routes, before.routes);
    assert.deepEqual(
      Object.entries(after.classes)
        .map(([name, { id, delayMs }]) => [name, id, delayMs])
        .sort(),
      Object.entries(before.classes)
        .map(([name, { id, delayMs }]) => [name, id, delayMs])
        .sort(),
    );
    const times = await ping(stage.host("a"), stage.hostAddress("c"), 20);
    assert.ok(Math.abs(Math.min(...times) - 50) < 2, times.join(" "));
  });

  it("drop packets while their emulator is down, and never pass one undelayed", async function () {
    const { emulator } = await stage.status("a");
    if (emulator !== "nfqueue") this.skip();
    await setLine({ there: { delayMs: 40 }, back: { delayMs: 0 } }, {});
    const pings = ping(stage.host("a"), stage.hostAddress("b"), 30);
    await sleep(1000);
    await output(stage.containers, stage.gateway("a"), ["sh", "-c", "kill -9 $(pidof buswide-emulator)"]);
    const times = await pings;
    assert.ok(times.length >= 20, `${times.length} answers`);
    assert.ok(Math.min(...times) >= 40, `${Math.min(...times)} ms`);
  });

  it("refuse what makes no sense with exit code 2, naming the field", async () => {
    const set = (spec: object) =>
      stage.containers.exec(stage.gateway("a"), ["gateway", "class", "set", "a--b"], {
        stdin: JSON.stringify({ nextHop: stage.wanAddress("b"), delayMs: 5, ...spec }),
      });
    for (const [field, value] of Object.entries({
      delayMs: -1,
      lossPercent: 101,
      nextHop: "192.0.2.1",
      colour: 3,
    })) {
      const { exitCode, stderr } = await set({ [field]: value });
      assert.equal(exitCode, 2, field);
      assert.ok(stderr.includes(`${field}: `), stderr);
    }
  });
});
