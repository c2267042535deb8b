import { strict as assert } from "assert";
import { setTimeout as sleep } from "timers/promises";
import { predictPaths } from "../../components/plan/paths";
import { planRoutes } from "../../components/plan/routes";
import type { PlannedLink } from "../../components/plan/links";
import { asEmulated, describePathDeviation, measurePaths, pathDeviations } from "../../workloads/links";
import type { Impairment, PathRecord } from "../../workloads/results/schema";
import { makeLinkStage, output, type LinkStage, type SiteName } from "./linkStage";

const perfect: Impairment = { delayMs: 0, jitterMs: 0, lossPercent: 0 };
const link = (from: SiteName, to: SiteName, there: Partial<Impairment>, back = there): PlannedLink => ({
  name: `${from}--${to}`,
  between: [from, to],
  there: { ...perfect, ...there },
  back: { ...perfect, ...back },
});

describe("a path over two real links", function () {
  this.timeout(60_000);
  // A host that is busy for a moment makes packets late, as a run allows for by probing again.
  this.retries(1);
  let stage: LinkStage;
  let remove = (): Promise<void> => Promise.resolve();

  before(async function () {
    this.timeout(600_000);
    stage = await makeLinkStage();
    remove = () => stage.remove();
    await setLine(link("a", "b", {}), link("b", "c", {}));
    await stage.setRoutes();
  });

  after(async () => {
    await remove();
  });

  async function setLine(...links: PlannedLink[]): Promise<void> {
    for (const { between, there, back } of links) {
      const [from, to] = between as [SiteName, SiteName];
      await stage.setLink(from, to, there);
      await stage.setLink(to, from, back);
    }
  }

  /** Measures the path from a to c, expecting it to lead over the links given. */
  async function measured(links: readonly PlannedLink[]): Promise<PathRecord> {
    const routes = planRoutes(["a", "b", "c"], links);
    const [path] = predictPaths({ sites: stage.sites, links, routes }, [["a", "c"]]);
    assert.ok(path);
    const predicted = {
      there: { ...path.there, sites: [...path.there.sites] },
      back: { ...path.back, sites: [...path.back.sites] },
    };
    const by = (await stage.status("a")).emulator === "netem" ? "netem" : "nfqueue";
    const [found] = await measurePaths(stage.containers, {
      clockShared: true,
      sites: stage.sites,
      links: links.map(({ name, between, there, back }) => ({
        ...{ name, between: [...between] },
        ...{ there: asEmulated(there, by), back: asEmulated(back, by) },
      })),
      paths: {
        pairs: 1,
        sample: [{ between: ["a", "c"], ...predicted }],
        ends: { a: stage.siteAddress("a"), c: stage.siteAddress("c") },
      },
    });
    assert.ok(found);
    const deviations = pathDeviations(found.asked, found.measurement, "before");
    return { between: ["a", "c"], predicted, measured: found.measurement, deviations };
  }

  async function faults(links: readonly PlannedLink[]): Promise<string[]> {
    const path = await measured(links);
    return path.deviations.map((deviation) => describePathDeviation(path, deviation));
  }

  it("takes the delays of both, each direction its own, and narrows to the slower", async () => {
    const links = [
      link("a", "b", { delayMs: 10, rateBitsPerSecond: 50e6 }, { delayMs: 20 }),
      link("b", "c", { delayMs: 30, rateBitsPerSecond: 8e6 }, { delayMs: 5, rateBitsPerSecond: 20e6 }),
    ];
    await setLine(...links);
    const path = await measured(links);
    assert.deepEqual(
      path.deviations.map((deviation) => describePathDeviation(path, deviation)),
      [],
    );
    assert.ok(path.measured.there.rateBitsPerSecond && path.measured.back.rateBitsPerSecond);
    assert.equal(path.predicted.there.delayMs, 40);
    assert.ok(Math.abs((path.measured.there.delayMs ?? NaN) - 40) < 1.5, `${path.measured.there.delayMs}`);
  });

  it("loses on both: 10 % and 20 % are 28 %, bursts or not, and jitters as both do", async () => {
    const lossBursts = { beginsPercent: 5, endsPercent: 20, insidePercent: 100, outsidePercent: 0 };
    const links = [
      link("a", "b", { delayMs: 10, lossPercent: 10, jitterMs: 2 }, { delayMs: 5 }),
      link("b", "c", { delayMs: 10, lossPercent: 20, lossBursts }, { delayMs: 5, jitterMs: 1 }),
    ];
    await setLine(...links);
    assert.deepEqual(await faults(links), []);
  });

  it("is found out when one of its links is not as expected, with what was asked and got", async () => {
    const links = [link("a", "b", { delayMs: 10 }), link("b", "c", { delayMs: 10, lossPercent: 5 })];
    await setLine(link("a", "b", { delayMs: 10 }), link("b", "c", { delayMs: 14 }));
    const found = await faults(links);
    const losses = found.filter((sentence) => sentence.startsWith("path a to c over b, loss"));
    assert.equal(losses.length, 2, found.join("\n"));
    const [, got] =
      /^path a to c over b, rtt, before the workloads: asked 40 ms, got ([\d.]+) ms, /.exec(found[0] ?? "") ??
      [];
    // 4 ms more each way; what a busy machine adds is its own.
    assert.ok(Number(got) >= 48 && Number(got) < 60, found.join("\n"));
  });

  it("is what the sites' hosts meet: their packets take as long as those between gateways", async () => {
    const links = [link("a", "b", { delayMs: 10 }, { delayMs: 20 }), link("b", "c", { delayMs: 30 })];
    await setLine(...links);
    const { measured: seen } = await measured(links);
    const { stdout } = await stage.containers.exec(stage.host("a"), [
      ...["ping", "-n", "-q", "-i", "0.05", "-W", "1", "-c", "30", stage.hostAddress("c")],
    ]);
    const least = Number(/= ([\d.]+)\//.exec(stdout)?.[1]);
    assert.ok(Math.abs(least - seen.rttMs.min) < 0.5, `hosts ${least} ms, gateways ${seen.rttMs.min} ms`);
  });

  it("shares a link with another path: together they have its rate, and neither is left without", async () => {
    // Host a sends to hosts b and c: both paths lead over a--b, one of them further on.
    const rate = 12e6;
    await setLine(
      link("a", "b", { delayMs: 5, rateBitsPerSecond: rate, limitPackets: 100 }, { delayMs: 5 }),
      link("b", "c", { delayMs: 5, rateBitsPerSecond: 100e6 }, { delayMs: 5 }),
    );
    /** Bits a second that arrive at hosts of packets sent faster than the link, Ethernet headers included. */
    const received = async (targets: readonly SiteName[]): Promise<number[]> => {
      const servers = targets.map((target) =>
        output(stage.containers, stage.host(target), ["timeout", "20", "iperf3", "-s", "-1", "-J"]),
      );
      await sleep(500);
      const reports = await Promise.all(
        targets.map((target) =>
          output(stage.containers, stage.host("a"), [
            ...[
              "iperf3",
              "-c",
              stage.hostAddress(target),
              "-u",
              "-b",
              "10M",
              "-l",
              "1200",
              "-t",
              "4",
              "-O",
              "1",
            ],
            ...["-J", "--connect-timeout", "3000"],
          ]),
        ),
      );
      await Promise.all(servers);
      return reports.map((report) => {
        const { end } = JSON.parse(report) as {
          end: {
            sum_received?: { bits_per_second: number };
            sum: { bits_per_second: number; lost_percent: number };
          };
        };
        const payload =
          end.sum_received?.bits_per_second ?? end.sum.bits_per_second * (1 - end.sum.lost_percent / 100);
        return (payload * (1200 + 8 + 20 + 14)) / 1200;
      });
    };
    const [alone = NaN] = await received(["c"]);
    assert.ok(alone > 9.5e6 && alone < 11e6, `alone ${alone} bit/s of the 10.35 Mbit/s sent`);
    const both = await received(["b", "c"]);
    const sum = both.reduce((total, one) => total + one, 0);
    assert.ok(Math.abs(sum / rate - 1) < 0.05, `${both.join(" + ")} bit/s over a link of ${rate}`);
    // How they divide it is not promised: a full queue that drops the newest can favour either of two steady senders.
    for (const one of both) assert.ok(one > 0.1 * rate, both.join(" + "));
  });
});
