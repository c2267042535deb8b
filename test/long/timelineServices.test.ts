import { deepEqual, equal, ok } from "assert/strict";
import { execFileSync } from "child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { stringify } from "yaml";
import type { ServiceChange } from "../../workloads/faults/timeline";
import { results, type RecoveryRecord } from "../../workloads/results/schema";
import type { LinkChange } from "../../workloads/runner/timeline";
import { buswide, projectRoot } from "../command/shim";

const stack = "long-timeline-services";
const latest = join(projectRoot, "runs", stack, "latest");

/** When each fault begins, seconds from the window's start; each is watched until the next. */
const at = { restart: 10, starve: 45, flap: 75, split: 105, end: 135 };
/** How long it lasts. */
const lasts = { starve: 12, flap: 20, split: 10 };
/** Less than what this load takes of a broker, whatever the machine. */
const starvedPercent = 3;
const ratePerSecond = 20;
/** Up and down again: four times in the flap's length. */
const [down, up, flaps] = [2, 3, 4];

/** Calls from two edges to a core with their broker; each edge has a link of its own there. */
const scenario = {
  sites: { core: {}, edge: { count: 2 } },
  links: [{ between: ["core", "edge"], delay: "10ms" }],
  bus: { kind: "rabbitmq", topology: "single", site: "core" },
  workloads: [
    {
      ...{ name: "call", kind: "rpc", clients: { edge: 2 }, servers: { core: 2 } },
      ...{ rate: `${ratePerSecond}/s`, duration: `${at.end}s`, timeout: "5s" },
      timeline: [
        { at: `${at.restart}s`, restart: "core/rabbitmq" },
        { at: `${at.starve}s`, starve: "core/rabbitmq", cpu: `${starvedPercent}%`, for: `${lasts.starve}s` },
        {
          ...{ at: `${at.flap}s`, flap: ["core", "edge-1"], for: `${lasts.flap}s` },
          ...{ down: `${down}s`, up: `${up}s` },
        },
        { at: `${at.split}s`, split: ["core", "edge-2"], for: `${lasts.split}s` },
      ],
    },
  ],
};

interface Second {
  readonly second: number;
  readonly succeeded: number;
  readonly latencyMs?: { readonly p50: number };
}

interface Usage {
  readonly service: string;
  readonly time: number;
  readonly cpuSeconds: number;
}

describe("a RabbitMQ that is started again, starved, and whose network flaps and splits, one after the other", function () {
  this.timeout(15 * 60_000);
  let folder = "";
  let faults: readonly RecoveryRecord[] = [];
  let startedAt = NaN;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    const file = join(folder, `Pulumi.${stack}.yaml`);
    writeFileSync(file, stringify({ config: { "buswide:scenario": scenario } }));
    const { code, stderr } = await buswide(["up", file]);
    equal(code, 0, stderr);
    const { status, failure, workloads } = results.parse(
      JSON.parse(readFileSync(join(latest, "results.json"), "utf8")),
    );
    equal(status, "complete", failure);
    const [call] = workloads;
    faults = call?.recovery ?? [];
    startedAt = Date.parse(call?.startedAt ?? "") / 1000;
    for (const { what, errors, interruptedSeconds: dark, firstServedSeconds, fullServiceSeconds } of faults)
      process.stdout.write(
        `      ${JSON.stringify({ what, errors, dark, firstServedSeconds, fullServiceSeconds })}\n`,
      );
  });
  after(async () => {
    const { code, stderr } = await buswide(["destroy", stack, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
    equal(code, 0, stderr);
  });

  const linesOf = <T>(kind: string): T[] =>
    readFileSync(join(latest, "series.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line.includes(`"kind":"${kind}"`))
      .map((line) => JSON.parse(line) as T);
  const seconds = (from: number, until: number) =>
    linesOf<Second>("workload").filter(({ second }) => second >= from && second < until);
  const middle = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
  /** The middle of the seconds' medians, milliseconds. */
  const latency = (from: number, until: number) =>
    middle(seconds(from, until).flatMap(({ latencyMs }) => latencyMs?.p50 ?? []));

  function faultOf(what: RecoveryRecord["what"]) {
    const found = faults.find((one) => one.what === what);
    ok(found, `there is no ${what}`);
    const siteOf = (name: string) => {
      const site = found.bySite?.find((one) => one.site === name);
      ok(site, `nothing is known of ${name} during the ${what}`);
      return site;
    };
    return { ...found, siteOf };
  }

  it("has each in its own stretch of the window, at its time, and undone", () => {
    deepEqual(
      faults.map(({ what, subjects, atSeconds, observedUntilSeconds }) => [
        ...[what, subjects.join()],
        ...[atSeconds, observedUntilSeconds],
      ]),
      [
        ["restart", "core/rabbitmq", at.restart, at.starve],
        ["starve", "core/rabbitmq", at.starve, at.flap],
        ["flap", "core--edge-1", at.flap, at.split],
        ["split", "core--edge-1", at.split, at.end],
      ],
    );
    deepEqual(
      linesOf<ServiceChange>("service").map(({ what, service }) => `${what} ${service}`),
      ["restart core/rabbitmq", "restored core/rabbitmq", "starve core/rabbitmq", "restored core/rabbitmq"],
    );
    // Of both directions each.
    const changes = linesOf<LinkChange>("link");
    deepEqual(
      ["flap", "split"].map((what) => changes.filter((one) => one.what === what).length > 0),
      [true, true],
    );
    equal(changes.filter(({ what }) => what === "split").length, 2);
    ok(changes.filter(({ link }) => link === "core--edge-2").length === 0, "edge-2's link was touched");
    const limits = "{{.State.Status}} {{.HostConfig.CpuQuota}}";
    const state = execFileSync("docker", ["inspect", "-f", limits, `buswide-${stack}-core-rabbitmq`], {
      encoding: "utf8",
    });
    ok(/^running (0|-1)$/.test(state.trim()), state);
  });

  it("serves nobody while the broker is started again, and all some time later", () => {
    const { interruptedSeconds, firstServedSeconds, fullServiceSeconds, siteOf } = faultOf("restart");
    ok(interruptedSeconds >= 2, `${interruptedSeconds} s without an answer`);
    ok(firstServedSeconds !== undefined && firstServedSeconds >= 2, `${firstServedSeconds}`);
    ok(fullServiceSeconds !== undefined && fullServiceSeconds >= firstServedSeconds, `${fullServiceSeconds}`);
    for (const site of ["edge-1", "edge-2"]) {
      const { atFault, interruptedSeconds: dark } = siteOf(site);
      ok(atFault && dark >= 2, `${site}: ${dark}`);
    }
  });

  it("has the broker use no more than it is left while it is starved, calls late or lost, and then as quick as before", () => {
    const used = linesOf<Usage>("usage").filter(({ service }) => service === "core/rabbitmq");
    // Readings of the stretch's inside alone: one at its edge may be of before.
    const inside = used.filter(
      ({ time }) => time >= startedAt + at.starve + 1 && time <= startedAt + at.starve + lasts.starve - 1,
    );
    const [first, last] = [inside[0], inside.at(-1)];
    ok(first && last && last.time - first.time >= 5, `${inside.length} readings`);
    const percent = (100 * (last.cpuSeconds - first.cpuSeconds)) / (last.time - first.time);
    ok(percent > 0 && percent < starvedPercent + 2, `${percent} % of a core`);
    const before = latency(at.starve - 5, at.starve);
    const during = latency(at.starve + 2, at.starve + lasts.starve);
    const served = seconds(at.starve + 2, at.starve + lasts.starve).reduce(
      (sum, { succeeded }) => sum + succeeded,
      0,
    );
    const share = served / (ratePerSecond * (lasts.starve - 2));
    ok(before >= 20, `${before} ms before`);
    // Late, or too late to be an answer at all.
    ok(
      during > before + 20 || share < 0.9,
      `${before} ms before, ${during} ms while it was starved, and ${share} of the calls answered`,
    );
    const { fullServiceSeconds } = faultOf("starve");
    ok(fullServiceSeconds !== undefined, "service was not full again");
    const after = latency(at.flap - 5, at.flap);
    ok(after < before + 20, `${after} ms after it`);
  });

  it("cuts off the edge whose link flaps each time that it is down, and no other", () => {
    const { siteOf } = faultOf("flap");
    const [near, far] = [siteOf("edge-1"), siteOf("edge-2")];
    ok(near.atFault && !far.atFault);
    // Two seconds each time, of which one at least is a whole one of the series.
    ok(near.interruptedSeconds >= flaps, `${near.interruptedSeconds} s without an answer`);
    ok(near.fullServiceSeconds !== undefined, "edge-1 was not served in full again");
    deepEqual([far.interruptedSeconds, far.errors], [0, {}]);
  });

  it("cuts off the part that the broker is not in, for the whole of the split, and no other", () => {
    const { siteOf } = faultOf("split");
    const [lost, kept] = [siteOf("edge-1"), siteOf("edge-2")];
    ok(lost.atFault && !kept.atFault);
    ok(lost.interruptedSeconds >= lasts.split - 1, `${lost.interruptedSeconds} s without an answer`);
    ok(
      lost.firstServedSeconds !== undefined && lost.firstServedSeconds >= lasts.split - 1,
      `${lost.firstServedSeconds}`,
    );
    ok((lost.errors["MessagingTimeout"] ?? 0) > 0, JSON.stringify(lost.errors));
    ok(lost.fullServiceSeconds !== undefined, "edge-1 was not served in full again");
    deepEqual([kept.interruptedSeconds, kept.errors], [0, {}]);
  });

  it("leaves nobody deaf", () => {
    const { workloads } = results.parse(JSON.parse(readFileSync(join(latest, "results.json"), "utf8")));
    const { deafServers, unservedClients, answered } = workloads[0]?.leftovers ?? {};
    deepEqual([deafServers, unservedClients], [[], []]);
    ok((answered ?? 0) > 0);
  });
});
