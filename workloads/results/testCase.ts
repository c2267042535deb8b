import { mean, standardDeviation } from "simple-statistics";
import { decodeHistogram } from "../probe/latency";
import type { ServiceUsage, TestCaseFigures, WorkloadRecord } from "./schema";

/** The plan asks the fanout cases for no rates. */
const withRates = new Set<TestCaseFigures["case"]>(["TC1", "TC2"]);

/**
 * The metrics of the massively distributed RPC plan for a workload that is one of its test cases, but for those of
 * the bus, which {@link withBus} adds.
 */
export function testCaseFigures(
  name: TestCaseFigures["case"],
  record: Pick<WorkloadRecord, "histogram" | "throughputPerSecond" | "latencyMs" | "sent" | "received">,
  spreads: Pick<TestCaseFigures, "sentByClient" | "processedByServer">,
): TestCaseFigures {
  const histogram = record.histogram === undefined ? undefined : decodeHistogram(record.histogram);
  return {
    case: name,
    ...(withRates.has(name) ? { messagesRate: record.throughputPerSecond } : {}),
    ...(record.latencyMs === undefined ? {} : { latency: record.latencyMs.mean }),
    ...(histogram === undefined ? {} : { latencyStddev: Math.round(histogram.stdDeviation) / 1000 }),
    sent: record.sent,
    processed: record.received,
    ...spreads,
  };
}

/**
 * A test case's figures with those of the bus.
 * @param bus Usage of the bus's containers in the measured window, which was `seconds` long.
 */
export function withBus(
  figures: TestCaseFigures,
  seconds: number,
  bus: readonly ServiceUsage[],
): TestCaseFigures {
  if (bus.length === 0) return figures;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const received = sum(bus.map(({ networkReceivedBytes }) => networkReceivedBytes));
  const sockets = bus.flatMap(({ socketsMax }) => socketsMax ?? []);
  return {
    ...figures,
    ...(withRates.has(figures.case) && seconds > 0 ? { throughput: Math.round(received / seconds) } : {}),
    cpuLoad: sum(bus.map(({ cpuPercentMean }) => cpuPercentMean)),
    ramConsumption: sum(bus.map(({ memoryBytesMax }) => memoryBytesMax)),
    ...(sockets.length === 0 ? {} : { openedConnections: sum(sockets) }),
  };
}

/** Least, mean, most and standard deviation; undefined for none. */
export function spreadOf(values: readonly number[]): TestCaseFigures["sentByClient"] {
  if (values.length === 0) return undefined;
  const [min, max] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  return { min, mean: mean([...values]), max, stddev: standardDeviation([...values]) };
}
