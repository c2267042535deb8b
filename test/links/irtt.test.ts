import assert from "assert/strict";
import { readFileSync } from "fs";
import { join } from "path";
import { parseIrtt } from "../../workloads/links/irtt";

type Fate = "false" | "true" | "true_up" | "true_down";

/** irtt's output, as far as it is read, for packets of the given fates. */
function output(fates: readonly Fate[]): string {
  const summary = { min: 20e6, max: 22e6, mean: 21e6, median: 20.5e6, stddev: 0.5e6 };
  return JSON.stringify({
    stats: { rtt: summary, send_delay: summary, receive_delay: summary, packets_sent: fates.length },
    round_trips: fates.map((lost) => ({ lost })),
  });
}

const times = (count: number, fate: Fate): Fate[] => Array<Fate>(count).fill(fate);

describe("reading irtt's output", () => {
  it("takes delays and the direction of each loss from a recorded run", () => {
    // Recorded over 10 ms each way with 12 % loss there and 8 % back.
    const result = parseIrtt(readFileSync(join(__dirname, "recorded", "loss-both-ways.irtt"), "utf8"));
    assert.equal(result.rttMs.median, 20.722991);
    assert.equal(result.rttMs.max, 30.287519);
    assert.deepEqual(result.there, { delayMs: 10.334712, packets: 79, lost: 9 });
    assert.deepEqual(result.back, { delayMs: 10.289325, packets: 70, lost: 5 });
  });

  it("leaves out the last packets, of which no reply could tell where they were lost", () => {
    const result = parseIrtt(output([...times(97, "false"), ...times(3, "true")]));
    assert.deepEqual([result.there.packets, result.there.lost], [97, 0]);
    assert.deepEqual([result.back.packets, result.back.lost], [97, 0]);
  });

  it("counts an outage at the end as loss both ways", () => {
    const result = parseIrtt(output([...times(100, "false"), ...times(64, "true")]));
    assert.deepEqual([result.there.packets, result.there.lost], [164, 64]);
    assert.deepEqual([result.back.packets, result.back.lost], [164, 64]);
  });

  it("counts an outage in between as loss both ways", () => {
    const result = parseIrtt(output([...times(50, "false"), ...times(100, "true"), ...times(50, "false")]));
    assert.equal(result.there.lost, 100);
    assert.equal(result.back.lost, 100);
  });

  it("refuses what irtt did not write", () => {
    assert.throws(() => parseIrtt("{}"));
    assert.throws(() => parseIrtt("no JSON"));
    assert.throws(() => parseIrtt(output(["maybe" as Fate])));
  });
});
