import { median } from "simple-statistics";
import type {
  RallyRecord,
  Results,
  ServersRecord,
  ShakerRecord,
  TraceRecord,
} from "../../workloads/results/schema";
import { milliseconds } from "../../workloads/results/figures";
import { spanKind } from "../../workloads/results/trace";
import type { RallyScenario } from "../../workloads/results/rally";
import { serverFigures } from "./serverRows";
import type { Row } from "./rows";

type Measured = Pick<Results, "shaker" | "rally" | "servers" | "traces">;

/**
 * Rows of what other tools than the probe measured: one a pair of sites of Shaker's, one a scenario of Rally, one a
 * workload that boots servers, and one a workload of traces.
 */
export function toolRows({ shaker = [], rally = [], servers = [], traces = [] }: Measured): Row[] {
  return [
    ...shaker.flatMap(shakerRows),
    ...rally.flatMap(rallyRows),
    ...servers.map((record) => ({ ...common(record), ...serverFigures(record) })),
    ...traces.map(traceRow),
  ];
}

/** What they measured, a few words each. */
export function toolsInWords({ shaker = [], rally = [], servers = [], traces = [] }: Measured): string[] {
  const mega = (rate: number | undefined) => (rate === undefined ? "–" : (rate / 1e6).toPrecision(3));
  return [
    ...shaker.flatMap(({ pairs }) =>
      pairs.map(
        ({ between, rttMs, there, back }) =>
          `${between.join("--")} ${rttMs === undefined ? "" : `RTT ${rttMs.median.toFixed(1)} ms, `}TCP ${mega(there.tcp?.bitsPerSecond)} and ${mega(back.tcp?.bitsPerSecond)} Mbit/s`,
      ),
    ),
    ...rally.flatMap(({ scenarios }) =>
      scenarios.map(
        ({ scenario, durationSeconds, successPercent }) =>
          `${scenario} ${durationSeconds === undefined ? "" : `median ${durationSeconds.median.toPrecision(3)} s, `}${successPercent} % ok`,
      ),
    ),
    ...servers.map(
      ({ name, boots, authentications }) =>
        `${name} ${boots.active} of ${boots.asked} servers ACTIVE, ${authentications.granted} of ${authentications.asked} tokens`,
    ),
    ...traces.map(
      ({ totalMs: { traced, untraced } }) =>
        `traced ${milliseconds(traced?.median)} ms, untraced ${milliseconds(untraced?.median)} ms`,
    ),
  ];
}

/** What all rows of a record share. */
function common({
  name,
  kind,
  status,
  failure,
  startedAt,
  durationSeconds,
}: ShakerRecord | RallyRecord | ServersRecord | TraceRecord): Row {
  return {
    workload: name,
    workload_status: status,
    workload_failure: failure,
    kind,
    tool: kind,
    started_at: startedAt,
    duration_s: durationSeconds,
  };
}

function shakerRows(record: ShakerRecord): Row[] {
  if (record.pairs.length === 0) return [common(record)];
  return record.pairs.map((pair) => {
    const { asked, rttMs, there, back } = pair;
    return {
      ...common(record),
      // Figures of different pairs are not repetitions of each other; no workload of a scenario can be called so.
      workload: `${record.name}-${pair.between.join("--")}`,
      pair: pair.between.join("--"),
      shaker_rtt_asked_ms: asked.there.delayMs + asked.back.delayMs,
      shaker_rtt_ms: rttMs?.median,
      shaker_rtt_max_ms: rttMs?.max,
      shaker_rate_asked_there_bit_per_s: asked.there.rateBitsPerSecond,
      shaker_rate_asked_back_bit_per_s: asked.back.rateBitsPerSecond,
      shaker_tcp_there_bit_per_s: there.tcp?.bitsPerSecond,
      shaker_tcp_back_bit_per_s: back.tcp?.bitsPerSecond,
      shaker_tcp_there_line_bit_per_s: there.tcp?.lineBitsPerSecond,
      shaker_tcp_back_line_bit_per_s: back.tcp?.lineBitsPerSecond,
      shaker_retransmits_there: there.tcp?.retransmits,
      shaker_retransmits_back: back.tcp?.retransmits,
      shaker_udp_there_bit_per_s: there.udp?.bitsPerSecond,
      shaker_udp_back_bit_per_s: back.udp?.bitsPerSecond,
      shaker_udp_loss_there_percent: there.udp?.lossPercent,
      shaker_udp_loss_back_percent: back.udp?.lossPercent,
      shaker_udp_jitter_there_ms: there.udp?.jitterMs,
      shaker_udp_jitter_back_ms: back.udp?.jitterMs,
      shaker_differences: pair.differences.length,
    };
  });
}

function rallyRows(record: RallyRecord): Row[] {
  const { name, scenarios, wan } = record;
  if (scenarios.length === 0) return [common(record)];
  return scenarios.map((measured, index) => ({
    ...common(record),
    workload: scenarios.length === 1 ? name : `${name}-${index + 1}-${measured.scenario}`,
    rally_scenario: measured.scenario,
    rally_times: measured.times,
    rally_concurrency: measured.concurrency,
    rally_failures: measured.failures,
    rally_success_percent: measured.successPercent,
    rally_load_s: measured.loadSeconds,
    ...durations("rally", measured.durationSeconds),
    rally_sla_passed: measured.sla.every(({ passed }) => passed),
    // Of a task of several scenarios the bytes are those of all.
    wan_bytes: scenarios.length === 1 ? wan?.bytes : undefined,
    ...actions(measured),
  }));
}

/** Figures of requests that succeeded, the medians; of the WAN, what traced and untraced requests cost together. */
function traceRow(record: TraceRecord): Row {
  const { totalMs, requests, wan } = record;
  const good = requests.filter(({ failure }) => failure === undefined);
  const middle = (of: (request: (typeof good)[number]) => number) =>
    good.length === 0 ? undefined : median(good.map(of));
  return {
    ...common(record),
    trace_requests: requests.length,
    trace_failures: requests.length - good.length,
    trace_traced_ms: totalMs.traced?.median,
    trace_untraced_ms: totalMs.untraced?.median,
    trace_spans: middle(({ spans }) => spans),
    trace_unseen_ms: middle(({ unseenMs }) => unseenMs),
    ...Object.fromEntries(
      spanKind.options.flatMap((kind) => [
        [`trace_${kind}_spans`, middle(({ kinds }) => kinds[kind].spans)],
        [`trace_${kind}_self_ms`, middle(({ kinds }) => kinds[kind].selfMs)],
        [`trace_${kind}_covered_ms`, middle(({ kinds }) => kinds[kind].coveredMs)],
      ]),
    ),
    ...patternFigures(record),
    wan_bytes: wan?.bytes,
  };
}

/** Means of requests, as patterns have them; nothing of runs of before these were known. */
function patternFigures({ patterns, background }: TraceRecord): Row {
  const told = background?.links.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    trace_round_trips: patterns?.critical.roundTrips,
    trace_far_ms: patterns?.critical.farMs,
    trace_far_predicted_ms: patterns?.critical.predictedMs,
    trace_work_ms: patterns?.critical.workMs,
    trace_link_messages: patterns?.links.reduce((sum, { messages }) => sum + messages, 0),
    trace_link_bytes: patterns?.links.reduce((sum, { bytes }) => sum + bytes, 0),
    trace_background_published_per_s: background?.publishedPerSecond,
    trace_background_link_bytes_per_s: told,
  };
}

function actions({ actions: all }: RallyScenario): Row {
  return Object.assign(
    {},
    ...all.map(({ name, durationSeconds }) =>
      durations(`rally_${name.replace(/\W+/g, "_")}`, durationSeconds),
    ),
  ) as Row;
}

function durations(name: string, duration: RallyScenario["durationSeconds"]): Row {
  return {
    [`${name}_min_s`]: duration?.min,
    [`${name}_median_s`]: duration?.median,
    [`${name}_p90_s`]: duration?.p90,
    [`${name}_p95_s`]: duration?.p95,
    [`${name}_max_s`]: duration?.max,
    [`${name}_mean_s`]: duration?.mean,
  };
}
