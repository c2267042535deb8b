import assert from "assert";
import Docker from "dockerode";
import type { MeasurementInput } from "../../workloads/runner/input";
import type { ToolHooks } from "../../workloads/runner/dependencies";
import { runShaker } from "../../workloads/shaker";
import { pair, shaker } from "../shaker/planned";
import { makeLinkStage, type LinkStage, type SiteName } from "./linkStage";
import { buildImage } from "./buildImage";

const names = ["a", "b"] as const;

/** Files that a tool kept, by path. */
function keeping(): ToolHooks & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const none = (): void => undefined;
  return {
    kept,
    progress: none,
    windowStarted: none,
    windowEnded: none,
    keep: (path, content) => {
      kept.set(path, content);
      return Promise.resolve();
    },
  };
}

describe("Shaker between two sites", function () {
  this.timeout(180_000);
  // A host that is busy for a moment makes packets late, as a run allows for by probing again.
  this.retries(1);
  let stage: LinkStage;
  let input: Pick<MeasurementInput, "sites">;
  const docker = new Docker();
  const containers: string[] = [];

  before(async function () {
    this.timeout(600_000);
    const image = await buildImage("shaker");
    stage = await makeLinkStage();
    const limited = { delayMs: 5, rateBitsPerSecond: 100e6 };
    await stage.setLink("a", "b", limited);
    await stage.setLink("b", "a", { ...limited, rateBitsPerSecond: 20e6, lossPercent: 2 });
    // The stage's third site, which routes lead to.
    await stage.setLink("b", "c", {});
    await stage.setLink("c", "b", {});
    await stage.setRoutes();
    const sites: MeasurementInput["sites"] = [];
    for (const site of names) {
      const address = stage.hostAddress(site).replace(/\.10$/, ".20");
      const name = stage.host(site).replace(/-host-/, "-shaker-");
      const network = stage.host(site).replace(/-host-/, "-");
      const made = await docker.createContainer({
        name,
        Image: image,
        HostConfig: { Init: true, NetworkMode: network },
        NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
      });
      containers.push(name);
      await made.start();
      sites.push({
        name: site,
        gateway: { container: stage.gateway(site), wanAddress: stage.wanAddress(site) },
        shaker: { container: name, address },
      });
    }
    input = { sites };
  });

  after(async () => {
    await Promise.all(containers.map((name) => docker.getContainer(name).remove({ force: true, v: true })));
    await stage.remove();
  });

  const asked = (from: SiteName, to: SiteName, rateBitsPerSecond: number, lossPercent: number) => ({
    sites: [from, to],
    delayMs: 5,
    jitterMs: 0,
    lossPercent,
    rateBitsPerSecond,
  });
  const planned = pair({
    between: ["a", "b"],
    there: asked("a", "b", 100e6, 0),
    back: asked("b", "a", 20e6, 2),
    udpBitsPerSecond: { there: 20e6, back: 10e6 },
  });

  /** No program of Shaker's is left in a container. */
  const assertNothingRuns = async (): Promise<void> => {
    // The brackets keep the search from finding itself.
    const script =
      "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -oE '[i]perf3|[s]haker-' | wc -l";
    for (const { shaker: end } of input.sites)
      assert.equal(
        (await stage.containers.exec(end?.container ?? "", ["sh", "-c", script])).stdout.trim(),
        "0",
      );
  };

  it("with static agents finds each direction as it was asked for, and explains what a lossy one does to TCP", async () => {
    const hooks = keeping();
    const workload = shaker({ durationSeconds: 3, omitSeconds: 1, pairs: [planned] });
    const found = await runShaker(stage.containers, input, workload, hooks, new AbortController().signal);
    assert.equal(found.failure, undefined);
    const [measured] = found.pairs;
    assert(
      measured?.rttMs && measured.there.tcp && measured.there.udp && measured.back.tcp && measured.back.udp,
    );
    const { rttMs, there, back, differences } = measured;
    assert(rttMs.median > 10 && rttMs.median < 11 && rttMs.samples >= 10, JSON.stringify(rttMs));
    const full = there.tcp?.lineBitsPerSecond ?? 0;
    assert(full > 92e6 && full < 101e6, `${full}`);
    assert(Math.abs((there.tcp?.bitsPerSecond ?? 0) / full - 1448 / 1514) < 1e-6);
    // None on a quiet machine; a sender that was held up sends what it missed at once, into the link's queue.
    assert((there.udp?.lossPercent ?? 100) < 0.5, JSON.stringify(there.udp));
    assert(Math.abs((there.udp?.bitsPerSecond ?? 0) / 20e6 - 1) < 0.03, JSON.stringify(there.udp));
    const lost = back.udp?.lossPercent ?? 0;
    // Some 3,400 datagrams: 2 % give or take 1 %, five standard deviations.
    assert(lost > 0.8 && lost < 3.4, `${lost}`);
    assert(Math.abs((back.udp?.sentBitsPerSecond ?? 0) / 10e6 - 1) < 0.03, JSON.stringify(back.udp));
    const told = (what: string) => differences.find((difference) => difference.what === what);
    assert.deepEqual(
      [told("rtt"), told("tcp there"), told("udp loss back")],
      [undefined, undefined, undefined],
    );
    // Of the machine's congestion controls, all but bbr slow down at each loss.
    const lossy = back.tcp?.lineBitsPerSecond ?? 0;
    if (back.tcp?.congestion === "bbr") assert(lossy > 15e6 && lossy < 20.5e6, `${lossy}`);
    else assert.match(told("tcp back")?.why ?? "", /square-root law/);
    assert.deepEqual([...hooks.kept.keys()], ["shaker/plane/a--b.json", "shaker/plane/report.html"]);
    assert.match(hooks.kept.get("shaker/plane/report.html") ?? "", /a to b: udp back/);
    assert.deepEqual(Object.keys(found.versions).sort(), ["flent", "iperf3", "shaker"]);
    await assertNothingRuns();
  });

  it("of a spot finds the same without agents", async () => {
    const hooks = keeping();
    const workload = shaker({
      mode: "spot",
      tests: ["tcp"],
      durationSeconds: 2,
      omitSeconds: 1,
      pairs: [planned],
    });
    const found = await runShaker(stage.containers, input, workload, hooks, new AbortController().signal);
    assert.equal(found.failure, undefined);
    const full = found.pairs[0]?.there.tcp?.lineBitsPerSecond ?? 0;
    assert(full > 92e6 && full < 101e6, `${full}`);
    await assertNothingRuns();
  });

  it("that is interrupted ends at once, and leaves no program behind", async () => {
    const controller = new AbortController();
    const begin = Date.now();
    setTimeout(() => controller.abort(), 4_000);
    const workload = shaker({ durationSeconds: 60, pairs: [planned] });
    const found = await runShaker(stage.containers, input, workload, keeping(), controller.signal);
    assert(Date.now() - begin < 15_000);
    assert.deepEqual([found.status, found.failure], ["failed", "interrupted"]);
    await assertNothingRuns();
  });
});
