import { binomialAcceptance } from "../links/statistics";
import { lossSignificance } from "../links/deviations";
import type { ShakerDifference, ShakerDirection, ShakerPair } from "../results/shaker";
import type { PlannedDirection } from "../results/schema";

type Found = Pick<ShakerPair, "asked" | "rttMs" | "there" | "back">;

/**
 * What a stream may leave of a link: CUBIC finds its rate by losing, BBR holds some back to look for more (5 % of 100 Mbit/s
 * over 2 s), and what is under way at the end has not arrived.
 */
const tcpToleranceShare = 0.08;
const udpToleranceShare = 0.02;
/** A link's 1 ms each way: two programs and two gateways have to be scheduled, twice. */
const rttToleranceMs = 2;
const rttToleranceShare = 0.02;

const segmentBytes = 1448;

/**
 * What Shaker measured otherwise than the links were asked to be, each with what explains it. Round trips: the median,
 * by more than 2 ms and 2 %, and by jitter. TCP: the rate on the line, by more than 8 % of the narrowest link's. UDP: of
 * what was sent, what arrived by more than 2 % beside the links' loss; loss, by the numbers that have a probability of
 * less than 1e-5. Pure.
 * @param windows The most that a connection has on its way in each direction, bytes.
 */
export function differencesOf(
  found: Found,
  windows: Readonly<Record<"there" | "back", number>>,
): ShakerDifference[] {
  const { there, back } = found.asked;
  const askedRtt = there.delayMs + back.delayMs;
  const rtt = found.rttMs?.median;
  const jitter = there.jitterMs + back.jitterMs;
  const tolerance = Math.max(rttToleranceMs, rttToleranceShare * askedRtt) + jitter;
  return [
    ...(rtt === undefined || Math.abs(rtt - askedRtt) <= tolerance
      ? []
      : [
          {
            what: "rtt",
            asked: askedRtt,
            measured: rtt,
            unit: "ms" as const,
            why: "the links' own probes say whether it is theirs; both programs and both gateways share this machine's cores",
          },
        ]),
    ...(["there", "back"] as const).flatMap((side) => [
      ...tcpDifference(side, found.asked[side], found[side].tcp, askedRtt, windows[side]),
      ...udpDifferences(side, found.asked[side], found[side].udp),
    ]),
  ];
}

function tcpDifference(
  side: string,
  asked: PlannedDirection,
  tcp: ShakerDirection["tcp"],
  rttMs: number,
  windowBytes: number,
): ShakerDifference[] {
  const rate = asked.rateBitsPerSecond;
  if (rate === undefined || tcp === undefined) return [];
  if (Math.abs(tcp.lineBitsPerSecond - rate) <= tcpToleranceShare * rate) return [];
  return [
    {
      what: `tcp ${side}`,
      asked: rate,
      measured: tcp.lineBitsPerSecond,
      unit: "bit/s",
      why:
        tcp.lineBitsPerSecond > rate
          ? "nothing known explains more than the link's rate"
          : whySlow(asked, rate, rttMs, windowBytes, tcp.congestion),
    },
  ];
}

/** The first of what bounds one stream. */
function whySlow(
  { lossPercent, jitterMs }: PlannedDirection,
  rate: number,
  rttMs: number,
  windowBytes: number,
  congestion: string | undefined,
): string {
  if (lossPercent > 0 && congestion === "bbr")
    return `bbr, the congestion control, takes none of the ${round(lossPercent)} % that are lost for congestion, and yet did not come to the rate: a longer \`duration\` tells how much of that is its search for it`;
  if (lossPercent > 0) {
    const bound = tcpUnderLoss(rttMs, lossPercent);
    if (bound < rate)
      return `a stream of ${congestion ?? "Linux's usual congestion control"} slows down at each loss: at ${round(rttMs)} ms and ${round(lossPercent)} %, some ${mega(bound)} Mbit/s by the square-root law (Mathis et al., 1997)`;
    return `a stream slows down at each loss, and ${round(lossPercent)} % are lost`;
  }
  const window = (windowBytes * 8 * 1000) / rttMs;
  if (window < rate)
    return `a connection has at most some ${round(windowBytes / 2 ** 20)} MiB on its way by the containers' limits (net.ipv4.tcp_wmem and tcp_rmem), which is ${mega(window)} Mbit/s at ${round(rttMs)} ms`;
  if (jitterMs > 0) return "jitter makes packets late or overtake each other, which TCP takes for loss";
  return "one stream did not fill the link: it was still finding its rate, or the link's queue is shorter than it needs, or this machine had no time";
}

/** What one stream gets under random loss, bits per second: MSS/RTT * sqrt(3/2)/sqrt(p) (Mathis et al., 1997). */
export function tcpUnderLoss(rttMs: number, lossPercent: number): number {
  return ((segmentBytes * 8 * 1000) / rttMs) * Math.sqrt(1.5 / (lossPercent / 100));
}

function udpDifferences(
  side: string,
  asked: PlannedDirection,
  udp: ShakerDirection["udp"],
): ShakerDifference[] {
  if (udp === undefined) return [];
  const lost = Math.round((udp.lossPercent / 100) * udp.packets);
  const { low, high } = binomialAcceptance(udp.packets, asked.lossPercent / 100, lossSignificance);
  const over =
    asked.rateBitsPerSecond !== undefined && udp.sentBitsPerSecond > 0.95 * asked.rateBitsPerSecond;
  const why = over
    ? "more was sent than the narrowest link carries, headers counted: its queue drops the rest"
    : "a queue on the way was full, as sender or emulator were held up for a moment";
  const fits = lost >= low && lost <= high;
  const arrives = udp.sentBitsPerSecond * (1 - asked.lossPercent / 100);
  return [
    ...(fits
      ? []
      : [
          {
            what: `udp loss ${side}`,
            asked: asked.lossPercent,
            measured: udp.lossPercent,
            unit: "%" as const,
            why:
              lost > high
                ? why
                : "fewer were lost than should have been: bursts of losses are not spread evenly",
          },
        ]),
    ...(!fits || Math.abs(udp.bitsPerSecond - arrives) <= udpToleranceShare * udp.sentBitsPerSecond
      ? []
      : [
          {
            what: `udp ${side}`,
            asked: arrives,
            measured: udp.bitsPerSecond,
            unit: "bit/s" as const,
            why: "sender and receiver counted different times: see Shaker's report",
          },
        ]),
  ];
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

function mega(bitsPerSecond: number): number {
  return round(bitsPerSecond / 1e6);
}
