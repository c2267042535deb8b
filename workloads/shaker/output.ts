import { z } from "zod";
import { rounded } from "../results/figures";
import type { ShakerDirection, ShakerPair } from "../results/shaker";
import type { PlannedPair } from "./input";
import type { Test } from "./scenario";

/** Versions of the tools that Shaker ran, filled while their output is read. */
export type ToolVersions = Record<string, string>;

/** Headers of a full packet, bytes: Ethernet's 14, IPv4's 20, TCP's 20 and its time stamps' 12. */
const tcpHeaders = 14 + 20 + 20 + 12;

/** A record of Shaker's output, before its report makes averages of it (shaker/engine/server.py, 1.4.2). */
const record = z.looseObject({
  test: z.string().optional(),
  status: z.string(),
  stdout: z.string().nullish(),
  stderr: z.string().nullish(),
  info: z.string().optional(),
});
const output = z.looseObject({ records: z.record(z.string(), record) });

const total = z.looseObject({ bits_per_second: z.number(), seconds: z.number() });

/** iperf3's output as JSON (3.12): what is read of it. */
const iperf = z.looseObject({
  start: z.looseObject({ version: z.string().optional(), tcp_mss_default: z.number().optional() }),
  end: z.looseObject({
    sum_sent: total.extend({ retransmits: z.int().optional() }).optional(),
    sum_received: total.optional(),
    sender_tcp_congestion: z.string().optional(),
    sum: total
      .extend({ packets: z.int(), lost_packets: z.int(), lost_percent: z.number(), jitter_ms: z.number() })
      .optional(),
  }),
  error: z.string().optional(),
});

/**
 * flent's data file (format 4, flent 2.1): what is read of it. Its `results`, and so Shaker's, are of a series at even
 * times, interpolated; the round trips themselves are the raw values.
 */
const flent = z.looseObject({
  metadata: z.looseObject({ FLENT_VERSION: z.string().optional() }),
  raw_values: z.record(z.string(), z.array(z.looseObject({ val: z.number().optional() }))),
});

/**
 * What Shaker's output says of a pair. A test without a usable record is told in `failures`.
 * @param text Shaker's output; undefined: there is none, and `reason` says why.
 */
export function pairOf(
  pair: PlannedPair,
  tests: readonly Test[],
  text: string | undefined,
  reason: string | undefined,
  versions: ToolVersions,
): Omit<ShakerPair, "differences"> {
  const found: Omit<ShakerPair, "differences"> = {
    between: pair.between,
    asked: { there: pair.there, back: pair.back },
    there: {},
    back: {},
    failures: [],
  };
  const records = text === undefined ? [] : Object.values(output.parse(JSON.parse(text)).records);
  // A record without a test is what Shaker says of a scenario that it could not play.
  const whole = records.find(({ test }) => test === undefined);
  const otherwise = reason ?? (whole && saidBy(whole)) ?? "Shaker told nothing of it";
  for (const test of tests) {
    const name = test.kind === "ping" ? "ping" : `${test.kind} ${test.direction}`;
    const own = records.find((one) => one.test === test.title);
    try {
      if (own === undefined) throw new Error(otherwise);
      if (own.status !== "ok" || !own.stdout) throw new Error(saidBy(own));
      take(found, test, JSON.parse(own.stdout), versions);
    } catch (error) {
      found.failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}

function saidBy({ status, info, stderr }: z.infer<typeof record>): string {
  const [line] = (info || stderr || "").trim().split("\n").slice(-1);
  return `Shaker says ${status}${line ? `: ${line}` : ""}`;
}

function take(
  found: Omit<ShakerPair, "differences">,
  { kind, direction }: Test,
  value: unknown,
  versions: ToolVersions,
): void {
  if (kind === "ping") {
    const { metadata, raw_values: raw } = flent.parse(value);
    if (metadata.FLENT_VERSION !== undefined) versions.flent = metadata.FLENT_VERSION;
    found.rttMs = roundTrips(raw["Ping (ms) ICMP"] ?? []);
    return;
  }
  const measured = iperf.parse(value);
  if (measured.error !== undefined) throw new Error(`iperf3: ${measured.error}`);
  if (measured.start.version !== undefined) versions.iperf3 = measured.start.version.replace(/^iperf /, "");
  if (kind === "tcp") found[direction].tcp = tcpOf(measured);
  else found[direction].udp = udpOf(measured);
}

function roundTrips(raw: readonly { readonly val?: number | undefined }[]): ShakerPair["rttMs"] {
  const values = raw.flatMap(({ val }) => val ?? []).sort((a, b) => a - b);
  if (values.length === 0) throw new Error("flent had no answer to its pings");
  const middle = (values.length - 1) / 2;
  return {
    min: values[0] ?? NaN,
    mean: rounded(values.reduce((sum, value) => sum + value, 0) / values.length),
    median: rounded(((values[Math.floor(middle)] ?? NaN) + (values[Math.ceil(middle)] ?? NaN)) / 2),
    max: values.at(-1) ?? NaN,
    samples: values.length,
  };
}

function tcpOf({ start, end }: z.infer<typeof iperf>): ShakerDirection["tcp"] {
  const { sum_received: received, sum_sent: sent } = end;
  const segment = start.tcp_mss_default;
  if (received === undefined || segment === undefined) throw new Error("iperf3 has no sum of what arrived");
  return {
    bitsPerSecond: received.bits_per_second,
    lineBitsPerSecond: (received.bits_per_second * (segment + tcpHeaders)) / segment,
    ...(sent?.retransmits === undefined ? {} : { retransmits: sent.retransmits }),
    ...(end.sender_tcp_congestion === undefined ? {} : { congestion: end.sender_tcp_congestion }),
  };
}

/** iperf3's sum has the rate of the sender, and losses and jitter of the receiver. */
function udpOf({
  end: { sum, sum_sent: sent, sum_received: received },
}: z.infer<typeof iperf>): ShakerDirection["udp"] {
  if (sum === undefined) throw new Error("iperf3 has no sum of its datagrams");
  const sentBits = sent?.bits_per_second ?? sum.bits_per_second;
  return {
    sentBitsPerSecond: sentBits,
    bitsPerSecond: received?.bits_per_second ?? sentBits * (1 - sum.lost_packets / sum.packets),
    packets: sum.packets,
    lossPercent: sum.lost_percent,
    jitterMs: sum.jitter_ms,
  };
}
