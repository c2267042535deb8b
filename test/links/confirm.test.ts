import assert from "assert/strict";
import { confirmDelays, type Probed } from "../../workloads/links/probe";
import type { Containers } from "../../workloads/containers";
import type { LinkMeasurement } from "../../workloads/results/schema";

const asked = { delayMs: 25, jitterMs: 0, lossPercent: 0 };
const link: Probed = {
  label: "link core--edge",
  from: { container: "core-gateway", address: "192.0.2.1" },
  to: { container: "edge-gateway", address: "192.0.2.2" },
  asked: { there: [asked], back: [asked] },
};

const measured = (rtt: number): LinkMeasurement => ({
  rttMs: { median: rtt, mean: rtt, min: rtt, max: rtt, stddev: 0 },
  there: { delayMs: rtt / 2, lossPercent: 1, packets: 100 },
  back: { delayMs: rtt / 2, lossPercent: 0, packets: 100 },
});

/** Gateways between which further probes find these round trips, milliseconds, one after the other. */
function gateways(...rtts: number[]): { containers: Containers; left: number[] } {
  const left = [...rtts];
  const exec = () => {
    const rtt = left.shift();
    if (rtt === undefined) return assert.fail("one probe too many");
    const all = { min: rtt, max: rtt, mean: rtt, median: rtt, stddev: 0 };
    const nanoseconds = (factor: number) =>
      Object.fromEntries(Object.entries(all).map(([name, ms]) => [name, ms * factor * 1e6]));
    const stats = {
      rtt: nanoseconds(1),
      send_delay: nanoseconds(0.5),
      receive_delay: nanoseconds(0.5),
      packets_sent: 100,
    };
    const round_trips = Array.from({ length: 100 }, () => ({ lost: "false" }));
    return Promise.resolve({ exitCode: 0, stdout: JSON.stringify({ stats, round_trips }), stderr: "" });
  };
  return { containers: { exec } as unknown as Containers, left };
}

async function confirm(first: number, ...further: number[]) {
  const { containers, left } = gateways(...further);
  const result = await confirmDelays(containers, link, true, measured(first));
  return { rtt: result.rttMs.median, loss: result.there.lossPercent, left };
}

describe("a link whose delay deviates", () => {
  it("is not probed again where it does not", async () => {
    const { rtt, left } = await confirm(50.4, 50.1);
    assert.deepEqual([rtt, left], [50.4, [50.1]]);
  });

  it("is right if it is once the machine has come to rest, its loss being that of the first probe", async () => {
    const { rtt, loss, left } = await confirm(54.3, 53.6, 53.2, 50.3, 50.2);
    assert.deepEqual([rtt, loss, left], [50.3, 1, [50.2]]);
  });

  it("stays wrong if it is wrong each time", async () => {
    const { rtt } = await confirm(60.1, 60.2, 60.3, 60.4, 60.5);
    assert.equal(rtt, 60.5);
  });
});
