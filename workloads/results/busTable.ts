import { bits, bytes, missing, percent } from "./figures";
import type { BrokerUsage, WorkloadRecord } from "./schema";

/** A heading and the cell of each record below it. */
type Column = readonly [head: string, cell: (record: WorkloadRecord) => string];

const wanColumns: readonly Column[] = [
  ["local\n%", ({ locality }) => percent(locality?.percent)],
  ["WAN\nB", ({ wan }) => bytes(wan?.bytes)],
  ["WAN B/\ndelivery", ({ wan }) => bytes(wan?.bytesPerDelivery)],
  ["peak\nbit/s", ({ wan }) => bits(busiest(wan)?.bitsPerSecondMax)],
  ["busiest\nlink", ({ wan }) => shown(busiest(wan))],
];

const brokerColumns: readonly Column[] = [
  ["bus CPU\n%", ({ brokers }) => whole(total(brokers, ({ cpuPercentMean }) => cpuPercentMean))],
  ["memory\nB", ({ brokers }) => bytes(total(brokers, ({ memoryBytesMax }) => memoryBytesMax))],
  ["conn.\nmax", ({ brokers }) => whole(total(brokers, ({ connectionsMax }) => connectionsMax))],
  ["chan.\nmax", ({ brokers }) => whole(total(brokers, ({ channelsMax }) => channelsMax))],
  ["queues\nmax", ({ brokers }) => whole(total(brokers, ({ queuesMax }) => queuesMax))],
  ["ready\nmax", ({ brokers }) => whole(total(brokers, ({ messagesReadyMax }) => messagesReadyMax))],
  ["unack.\nmax", ({ brokers }) => whole(total(brokers, (one) => one.messagesUnacknowledgedMax))],
];

/** What there is to tell of the bus and the WAN under some workloads, as columns; those of all, and in two parts. */
export function busColumns(workloads: readonly WorkloadRecord[]): readonly (readonly Column[])[] {
  const wan = workloads.some(({ wan, locality }) => wan ?? locality) ? wanColumns : [];
  const brokers = workloads.some((record) => record.brokers.length > 0) ? brokerColumns : [];
  return [wan, brokers].filter((columns) => columns.length > 0);
}

/** The direction that carried most. */
export function busiest(
  wan: WorkloadRecord["wan"],
): NonNullable<WorkloadRecord["wan"]>["links"][number] | undefined {
  return wan?.links.reduce((most, link) => (link.bytes > most.bytes ? link : most));
}

function shown(link: ReturnType<typeof busiest>): string {
  return link === undefined ? missing : `${short(link.from)}→${short(link.to)}`;
}

/** Long names must not push the figures out of 80 columns. */
function short(site: string): string {
  return site.length <= 10 ? site : `${site.slice(0, 9)}…`;
}

/** Over all brokers; undefined where one of them was not read. */
function total(
  brokers: readonly BrokerUsage[],
  value: (broker: BrokerUsage) => number | undefined,
): number | undefined {
  const values = brokers.map(value);
  const known = values.filter((one) => one !== undefined);
  if (known.length < values.length || known.length === 0) return undefined;
  return known.reduce((sum, one) => sum + one, 0);
}

function whole(value: number | undefined): string {
  return value === undefined ? missing : String(Math.round(value));
}
