import type { BrokerSample } from "../brokers";
import type { UsageSample } from "../containers";
import { rounded } from "../results/figures";
import type { BrokerUsage, ServiceUsage } from "../results/schema";

/** The measured window, Unix time in seconds. */
export interface Window {
  start: number;
  end: number;
}

/** A value as it stood at a time. */
interface Point {
  time: number;
  value: number;
}

/** What a service used within the window; undefined if it was not read at least twice. */
export function serviceUsageIn(
  service: string,
  samples: readonly UsageSample[],
  window: Window,
): ServiceUsage | undefined {
  if (samples.length < 2) return undefined;
  const used = (value: (sample: UsageSample) => number): number => increase(points(samples, value), window);
  const cpuSeconds = used((sample) => sample.cpuSeconds);
  const within = around(samples, window);
  const sockets = within.flatMap((sample) => sample.sockets ?? []);
  return {
    service,
    cpuSeconds: rounded(cpuSeconds, 4),
    cpuPercentMean: rounded((100 * cpuSeconds) / Math.max(window.end - window.start, 1e-9), 2),
    memoryBytesMax: Math.max(...within.map((sample) => sample.memoryBytes)),
    networkReceivedBytes: Math.round(used((sample) => sample.networkReceivedBytes)),
    networkSentBytes: Math.round(used((sample) => sample.networkSentBytes)),
    ...(sockets.length === 0 ? {} : { socketsMax: Math.max(...sockets) }),
  };
}

/** What a broker counted within the window; undefined if it was not read at all. */
export function brokerUsageIn(
  broker: string,
  samples: readonly BrokerSample[],
  window: Window,
): BrokerUsage | undefined {
  const within = around(samples, window);
  if (within.length === 0) return undefined;
  const most = (
    figure: "channels" | "queues" | "messagesReady" | "messagesUnacknowledged",
  ): Record<string, number> => {
    const counted = within.flatMap(({ [figure]: value }) => (value === undefined ? [] : value));
    return counted.length === 0 ? {} : { [`${figure}Max`]: Math.max(...counted) };
  };
  const total = (name: "publishedTotal" | "deliveredTotal" | "transitTotal"): Record<string, number> => {
    const counted = samples.flatMap(({ time, [name]: value }) =>
      value === undefined ? [] : { time, value },
    );
    const risen = riseOver(counted, window);
    return risen === undefined ? {} : { [name]: risen };
  };
  return {
    broker,
    connectionsMax: Math.max(...within.map(({ connections }) => connections)),
    ...most("channels"),
    ...most("queues"),
    ...(within.some(({ blocked }) => blocked !== undefined) ? { blocked: true } : {}),
    ...most("messagesReady"),
    ...most("messagesUnacknowledged"),
    ...total("publishedTotal"),
    ...total("deliveredTotal"),
    ...total("transitTotal"),
  };
}

/** Samples within the window; with none in it, those next to it. */
function around<T extends { time: number }>(samples: readonly T[], { start, end }: Window): T[] {
  const within = samples.filter(({ time }) => time >= start && time <= end);
  if (within.length > 0) return within;
  const before = samples.filter(({ time }) => time < start).slice(-1);
  const after = samples.filter(({ time }) => time > end).slice(0, 1);
  return [...before, ...after];
}

function points<T extends { time: number }>(samples: readonly T[], value: (sample: T) => number): Point[] {
  return samples.map((sample) => ({ time: sample.time, value: value(sample) }));
}

/**
 * How much a counter rose within the window. Samples don't fall on its edges, so the counter is taken as
 * straight between two of them. A counter that falls began anew from zero: its container was restarted.
 */
export function increase(samples: readonly Point[], { start, end }: Window): number {
  let sum = 0;
  for (const [at, next] of samples.entries()) {
    const last = samples[at - 1];
    if (last === undefined || next.time <= last.time) continue;
    const rise = next.value >= last.value ? next.value - last.value : next.value;
    const shared = Math.min(next.time, end) - Math.max(last.time, start);
    if (shared > 0) sum += (rise * shared) / (next.time - last.time);
  }
  return sum;
}

/** How long before a window's start a counter may be read: nothing is sent between a warm-up and the window. */
const edgeSeconds = 2;

/**
 * How much a counter rose from its last reading before the window to its first one after. It does not move between
 * those and the window's edges, so that nothing need be assumed of how it moved within. Undefined: it was not read there.
 */
export function riseOver(samples: readonly Point[], { start, end }: Window): number | undefined {
  const first = samples.findLastIndex(({ time }) => time <= start);
  const last = samples.findIndex(({ time }) => time >= end);
  if (first < 0 || last <= first || start - (samples[first]?.time ?? NaN) > edgeSeconds) return undefined;
  return increase(samples.slice(first, last + 1), { start: -Infinity, end: Infinity });
}
