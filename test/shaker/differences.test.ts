import { deepEqual, equal, match } from "assert/strict";
import type { ShakerDirection, ShakerPair } from "../../workloads/results/shaker";
import { differencesOf, tcpUnderLoss } from "../../workloads/shaker/differences";

type Asked = ShakerPair["asked"]["there"];
const tcp = (lineBitsPerSecond: number): ShakerDirection["tcp"] => ({
  lineBitsPerSecond,
  bitsPerSecond: (lineBitsPerSecond * 1448) / 1514,
});
const udp = (changes: Partial<NonNullable<ShakerDirection["udp"]>> = {}): ShakerDirection["udp"] => ({
  sentBitsPerSecond: 50e6,
  bitsPerSecond: 50e6,
  packets: 20_000,
  lossPercent: 0,
  jitterMs: 0.1,
  ...changes,
});

/** Two sites 10 ms apart at 100 Mbit/s, found just so, except as `changes` say. */
function found(
  asked: Partial<Asked> = {},
  there: ShakerDirection = { tcp: tcp(99e6), udp: udp() },
  rtt = 20.3,
) {
  const way = { sites: ["a", "b"], delayMs: 10, jitterMs: 0, lossPercent: 0, rateBitsPerSecond: 100e6 };
  const rttMs = { min: rtt, mean: rtt, median: rtt, max: rtt, samples: 25 };
  return {
    asked: { there: { ...way, ...asked }, back: way },
    rttMs,
    there,
    back: { tcp: tcp(98e6), udp: udp() },
  };
}
const windows = { there: 3 * 2 ** 20, back: 3 * 2 ** 20 };
const of = (...given: Parameters<typeof found>) =>
  differencesOf(found(...given), windows).map(({ what, asked, measured, unit }) => [
    what,
    asked,
    measured,
    unit,
  ]);
const why = (...given: Parameters<typeof found>) => differencesOf(found(...given), windows)[0]?.why ?? "";

describe("what Shaker finds otherwise than was asked for", () => {
  it("is nothing where a link of 100 Mbit/s and 10 ms comes out as such", () => {
    deepEqual(differencesOf(found(), windows), []);
  });

  it("is a stream that does not fill a link, or is faster than it", () => {
    deepEqual(of({}, { tcp: tcp(91e6) }), [["tcp there", 100e6, 91e6, "bit/s"]]);
    deepEqual(of({}, { tcp: tcp(109e6) }), [["tcp there", 100e6, 109e6, "bit/s"]]);
    deepEqual(of({}, { tcp: tcp(93e6) }), []);
  });

  it("is explained by loss where there is some, with what a stream can have by the square-root law", () => {
    // 1448 B · 8 / 20 ms · sqrt(1.5 / 0.01) = 7.09 Mbit/s.
    equal(Math.round(tcpUnderLoss(20, 1) / 1e4), 709);
    match(
      why({ lossPercent: 1 }, { tcp: tcp(8e6) }),
      /at 20 ms and 1 %, some 7.09 Mbit\/s by the square-root law/,
    );
  });

  it("is not explained by loss where the congestion control takes none for congestion", () => {
    const slow = { bitsPerSecond: 77e6, lineBitsPerSecond: 80e6, congestion: "bbr" };
    match(
      why({ lossPercent: 1 }, { tcp: slow }),
      /bbr, the congestion control, takes none of the 1 % that are lost for congestion/,
    );
  });

  it("is explained by a connection's window where the way holds more than that", () => {
    match(
      why({ delayMs: 290 }, { tcp: tcp(60e6) }, 300),
      /at most some 3 MiB on its way by the containers' limits .* 83.9 Mbit\/s at 300 ms/,
    );
  });

  it("is a loss that chance alone would hardly make, and not one that it may", () => {
    deepEqual(of({ lossPercent: 1 }, { udp: udp({ lossPercent: 1.1, bitsPerSecond: 49.45e6 }) }), []);
    deepEqual(of({ lossPercent: 1 }, { udp: udp({ lossPercent: 2, bitsPerSecond: 49e6 }) }), [
      ["udp loss there", 1, 2, "%"],
    ]);
    match(
      why({}, { udp: udp({ sentBitsPerSecond: 99e6, bitsPerSecond: 95e6, lossPercent: 4 }) }),
      /more was sent than the narrowest link carries/,
    );
  });

  it("is a round trip beyond two milliseconds, 2 % or the links' jitter", () => {
    deepEqual(of({}, {}, 22.1), [["rtt", 20, 22.1, "ms"]]);
    deepEqual(of({}, {}, 21.9), []);
    deepEqual(of({ jitterMs: 2 }, {}, 23.5), []);
  });
});
