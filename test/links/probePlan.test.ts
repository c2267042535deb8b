import assert from "assert/strict";
import type { Impairment } from "../../workloads/results/schema";
import {
  asEmulated,
  longestProbeMs,
  planProbe,
  probeBits,
  ratesChecked,
} from "../../workloads/links/probePlan";

const plain: Impairment = { delayMs: 25, jitterMs: 0, lossPercent: 0 };
const plan = (there: Partial<Impairment>, back: Partial<Impairment> = {}) =>
  planProbe({ there: { ...plain, ...there }, back: { ...plain, ...back } });

describe("planning a link's probe", () => {
  it("spends a second and a hundred packets on a link without loss or jitter", () => {
    assert.deepEqual(plan({}), { intervalMs: 10, durationMs: 1000 });
  });

  it("sends as many packets as the smaller of the two losses needs", () => {
    const { intervalMs, durationMs } = plan({ lossPercent: 10 }, { lossPercent: 20 });
    assert.ok(Math.abs(durationMs / intervalMs - 770) < 1);
    assert.deepEqual(plan({ lossPercent: 10 }, {}), plan({}, { lossPercent: 10 }));
  });

  it("stays within its time however small the loss", () => {
    assert.deepEqual(plan({ lossPercent: 0.01 }), { intervalMs: 1, durationMs: longestProbeMs });
  });

  it("samples jitter for the whole time", () => {
    assert.equal(plan({}, { jitterMs: 3 }).durationMs, longestProbeMs);
  });

  it("keeps packets apart where netem draws jitter for each, and only there", () => {
    const planned = (emulator: "netem" | "nfqueue", there: Partial<Impairment>) =>
      plan(asEmulated({ ...plain, lossPercent: 0.1, ...there }, emulator)).intervalMs;
    for (const [there, apart] of [
      [{ jitterMs: 3, jitterDistribution: "normal" }, 12],
      [{ jitterMs: 5, jitterDistribution: "pareto" }, 20],
      [{ jitterMs: 10 }, 20],
      [{}, 1],
    ] as const) {
      assert.equal(planned("netem", there), apart);
      assert.equal(planned("nfqueue", there), 1);
    }
    // A correlation has any emulator draw for each packet.
    const drawn = { jitterMs: 3, jitterCorrelationPercent: 40 };
    assert.deepEqual([planned("netem", drawn), planned("nfqueue", drawn)], [6, 6]);
  });

  it("leaves a direction as it is where nothing draws its jitter otherwise than asked for", () => {
    const jittery = { ...plain, jitterMs: 3 };
    assert.equal(asEmulated(jittery, "nfqueue"), jittery);
    assert.equal(asEmulated(plain, "netem"), plain);
    const correlated = { ...jittery, jitterCorrelationPercent: 40 };
    assert.deepEqual(asEmulated(correlated, "netem"), correlated);
  });

  it("takes at most a twentieth of a slow line", () => {
    for (const rateBitsPerSecond of [10_000, 100_000, 1_000_000]) {
      const { intervalMs } = plan({ lossPercent: 1 }, { rateBitsPerSecond });
      assert.ok((probeBits * 1000) / intervalMs <= 0.05 * rateBitsPerSecond * (1 + 1e-9));
    }
  });

  it("checks rates a half-second train can tell", () => {
    const checked = (rateBitsPerSecond?: number, lossPercent = 0) =>
      ratesChecked({ ...plain, lossPercent, ...(rateBitsPerSecond ? { rateBitsPerSecond } : {}) });
    assert.deepEqual(
      [checked(), checked(499_999), checked(500_000), checked(2e8), checked(2e8 + 1)],
      [...[false, false, true, true, false]],
    );
    assert.equal(checked(1e7, 51), false);
  });
});
