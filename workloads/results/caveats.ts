import { milliseconds, percent } from "./figures";
import type { Results, WorkloadRecord } from "./schema";

/** Share of late starts, percent, above which an open loop no longer offers the rate asked for. */
export const saturatedPercent = 1;

/** CPU of one process of the load generator, percent of a core, above which its interpreter is at its limit. */
export const busyProcessPercent = 90;

/** Runner's CPU, percent of one core, above which observing may have disturbed what was observed. */
const noticeablePercent = 20;

/** What a reader of the figures must know so as not to be misled by them, one sentence each. */
export function caveatsOf(results: Results): string[] {
  return [
    ...(results.status === "running"
      ? ["The run has not ended, or was killed: what is here was measured until then."]
      : []),
    ...(results.failure === undefined ? [] : [`The run failed: ${results.failure}.`]),
    ...results.workloads.flatMap((record) => errorsOf(record)),
    ...results.workloads.flatMap((record) => unfinished(record)),
    ...smallSamples(results.workloads),
    ...results.workloads.flatMap((record) => saturation(record)),
    ...results.workloads.flatMap((record) => blocks(record)),
    ...unseenLatency(results),
    ...observation(results.workloads),
    ...tracing(results),
  ];
}

function errorsOf(record: WorkloadRecord): string[] {
  const kinds = Object.entries(record.errors).filter(([, count]) => count > 0);
  if (kinds.length === 0) return [];
  return [`${record.name}: errors: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(", ")}.`];
}

function unfinished({ name, stillArriving }: WorkloadRecord): string[] {
  const { warmup = 0, window = 0 } = stillArriving ?? {};
  return [
    ...(warmup > 0
      ? [
          `${name}: ${warmup} messages of the warm-up were still under way when the window began: the first measured ones may have waited behind them.`,
        ]
      : []),
    ...(window > 0
      ? [
          `${name}: messages were still arriving when they were no longer waited for: the ${window} that were missing then count as lost, though they may have come later, and no latency holds their wait.`,
        ]
      : []),
  ];
}

function smallSamples(workloads: readonly WorkloadRecord[]): string[] {
  const small = workloads.filter(({ latencyMs }) => latencyMs !== undefined && latencyMs.count < 1000);
  if (small.length === 0) return [];
  const names = small.map(({ name, latencyMs }) => `${name} (${latencyMs?.count ?? 0})`).join(", ");
  return [`Too few values for p99.9, which needs 1000: ${names}.`];
}

function saturation(record: WorkloadRecord): string[] {
  const late = record.lateStartsPercent ?? 0;
  const busiest = record.generator?.busiestProcessCpuPercent ?? 0;
  const busy =
    busiest > busyProcessPercent
      ? [
          `${record.name}: the load generator is saturated: one of its processes used ${percent(busiest)} % of a core, and an interpreter can use no more than one: its throughput is a lower bound of the bus's.`,
        ]
      : [];
  if (late <= saturatedPercent) return busy;
  const service = record.serviceLatencyMs;
  // What started late says the same more exactly.
  const own = service === undefined ? "" : `; without that wait p50 is ${milliseconds(service.p50)} ms`;
  return [
    `${record.name}: the load generator is saturated: ${percent(late)} % of operations started more than 10 ms late, ` +
      `and latencies, counted from the intended start, hold that wait${own}.`,
  ];
}

function blocks({ name, brokers }: WorkloadRecord): string[] {
  const blocked = brokers.filter((broker) => broker.blocked);
  if (blocked.length === 0) return [];
  return [
    `${name}: ${blocked.map(({ broker }) => broker).join(", ")} took no messages for a time, being short of memory or disk space: the figures are those of that shortage. \`bus.memory\` gives a broker more.`,
  ];
}

function unseenLatency(results: Results): string[] {
  const { clockShared, clocks } = results.provenance;
  const names = results.workloads.filter(({ pattern }) => pattern !== "call").map(({ name }) => name);
  if (clockShared || names.length === 0) return [];
  const shown = names.join(", ");
  if (!clocks) return [`No one-way latency (${shown}): senders and receivers don't share a clock.`];
  const { apartMs, toleratedMs = Infinity, agree } = clocks;
  if (!agree)
    return [
      `No one-way latency (${shown}): the hosts' clocks may be ${apartMs} ms apart, more than the ${toleratedMs} ms that the links between them allow. Clocks that a time server keeps, and a machine that measures near the hosts, help.`,
    ];
  if (apartMs <= toleratedMs) return [];
  return [
    `One-way latencies (${shown}) may be off by ${apartMs} ms: the hosts' clocks came further apart in the run than the ${toleratedMs} ms that the links between them allow.`,
  ];
}

function observation(workloads: readonly WorkloadRecord[]): string[] {
  const heavy = workloads.filter(({ sampling }) => (sampling?.runnerCpuPercent ?? 0) > noticeablePercent);
  if (heavy.length === 0) return [];
  const shares = heavy
    .map(({ name, sampling }) => `${name} ${Math.round(sampling?.runnerCpuPercent ?? 0)} %`)
    .join(", ");
  return [`The runner itself took a noticeable share of a core: ${shares}.`];
}

function tracing({ traces = [], rally = [], servers = [] }: Results): string[] {
  const compared = traces.flatMap(({ name, totalMs: { traced, untraced } }) =>
    traced && untraced
      ? [
          `${name}: a traced request took ${milliseconds(traced.median)} ms, one in between that was not ${milliseconds(untraced.median)} ms (medians of ${traced.requests} and ${untraced.requests}): its figures hold the difference.`,
        ]
      : [],
  );
  const tracing = rally.filter((record) => record.traces !== undefined);
  if (traces.length + tracing.length === 0) return [];
  const others = rally.filter((record) => record.traces === undefined);
  const names = (records: readonly { readonly name: string }[]) => records.map(({ name }) => name).join(", ");
  return [
    ...compared,
    ...(tracing.length === 0
      ? []
      : [
          `Rally's iterations were traced (${names(tracing)}): its durations hold what that takes, and are no figures of a control plane that is not traced.`,
        ]),
    ...(others.length === 0
      ? []
      : [
          `The services were ready to trace while Rally measured (${names(others)}): compare its durations with none of a control plane without profiler.`,
        ]),
    ...(servers.length === 0
      ? []
      : [
          `The services were ready to trace while servers were booted (${names(servers)}): compare how long that took with no control plane without profiler.`,
        ]),
  ];
}
