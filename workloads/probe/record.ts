import type { WorkloadRecord } from "../results/schema";
import { spreadOf, testCaseFigures } from "../results/testCase";
import type { PlannedWorkload } from "../runner/input";
import { total, type Hand } from "./deal";
import type { GeneratorWatch } from "./generator";
import type { Latencies } from "./latency";
import type { Ledger, Tally } from "./ledger";
import { kinds } from "./rounds";

/** A workload's record without what the caller measures around it. */
export type ProbeRecord = Omit<WorkloadRecord, "services" | "brokers" | "wan">;

/** The measured window; lengths in seconds from its start. */
export interface Window {
  startedAt: Date;
  /** The length asked for, or until what broke it off before; 0 in a closed loop. */
  plannedSeconds: number;
  /** End of the last operation at a client that ended well: one that fails may do so long after the load is over. */
  lastOperation: number;
  /** Last delivery at a receiver; 0: there was none, or its time is not known. */
  lastDelivery: number;
}

const nothing: Tally = {
  sent: 0,
  expected: 0,
  received: 0,
  succeeded: 0,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  errors: {},
  unreported: 0,
  sentBy: new Map(),
  placed: 0,
  local: 0,
};

/** Why a workload that ran to its end must be called failed, or undefined. */
export function failureOf(ledger: Ledger | undefined): string | undefined {
  if (ledger === undefined) return "nothing was measured";
  const tally = ledger.tally();
  if (tally.succeeded === 0) return `no operation succeeded: ${kinds(tally.errors)}`;
  if (tally.unreported > 0) return `${tally.unreported} calls were answered that no server reported`;
  return undefined;
}

/** Puts a record together from what was counted; see `Ledger` for what the counts mean. */
export function makeRecord(
  workload: PlannedWorkload,
  measured: {
    startedAt: Date;
    window: Window | undefined;
    ledger: Ledger | undefined;
    latencies: Latencies;
    late: number;
    generator?: GeneratorWatch;
    hands: readonly Hand[];
    failure: string | undefined;
    leftovers?: WorkloadRecord["leftovers"];
    stillArriving?: WorkloadRecord["stillArriving"];
  },
): ProbeRecord {
  const { window, ledger } = measured;
  const { unreported: _, sentBy, placed, local, ...counts } = ledger?.tally() ?? nothing;
  const open = workload.ratePerSecond !== undefined;
  const seconds = Math.max(window?.plannedSeconds ?? 0, window?.lastOperation ?? 0);
  const delivering = Math.max(seconds, window?.lastDelivery ?? 0);
  const [done, last] =
    workload.pattern === "call"
      ? [counts.succeeded, window?.lastOperation ?? 0]
      : [counts.received, window?.lastDelivery || (window?.lastOperation ?? 0)];
  // The last answer of an open loop comes later than its send by a latency that is none of the load's duration.
  const within = open
    ? Math.max(window?.plannedSeconds ?? 0, last - measured.latencies.shortestSeconds)
    : last;
  const operations = counts.succeeded + Object.values(counts.errors).reduce((sum, count) => sum + count, 0);
  const lateStartsPercent = open
    ? operations > 0
      ? round((100 * measured.late) / operations)
      : 0
    : undefined;
  const generator = measured.generator?.summary(lateStartsPercent);
  const record: ProbeRecord = {
    name: workload.name,
    kind: workload.kind,
    pattern: workload.pattern,
    status: measured.failure === undefined ? "complete" : "failed",
    ...(measured.failure === undefined ? {} : { failure: measured.failure }),
    loop: open ? "open" : "closed",
    clients: total(workload.clients),
    servers: total(workload.servers),
    topics: workload.topics,
    messageBytes: workload.messageBytes,
    startedAt: measured.startedAt.toISOString(),
    durationSeconds: round(seconds),
    deliveringSeconds: round(delivering),
    ...counts,
    ...(workload.ratePerSecond === undefined ? {} : { offeredPerSecond: workload.ratePerSecond }),
    throughputPerSecond: within > 0 ? round(done / within) : 0,
    ...measured.latencies.summary(open),
    ...(lateStartsPercent === undefined ? {} : { lateStartsPercent }),
    ...(generator === undefined ? {} : { generator }),
    ...(measured.leftovers === undefined ? {} : { leftovers: measured.leftovers }),
    ...(measured.stillArriving === undefined ? {} : { stillArriving: measured.stillArriving }),
    receivedByServerSite: bySite(measured.hands, ledger),
    ...(workload.tool === undefined ? {} : { tool: workload.tool }),
    ...(placed === 0 ? {} : { locality: { counted: placed, local, percent: round((100 * local) / placed) } }),
  };
  if (workload.testCase === undefined) return record;
  const each = (role: Hand["role"], counted: ReadonlyMap<number, number>) =>
    spreadOf(
      measured.hands
        .filter((hand) => hand.role === role)
        .flatMap(({ members }) => members.map(({ id }) => counted.get(id) ?? 0)),
    );
  const sentByClient = each("client", sentBy);
  const processedByServer = each("server", ledger?.receivedBy ?? new Map<number, number>());
  const spreads = {
    ...(sentByClient === undefined ? {} : { sentByClient }),
    ...(processedByServer === undefined ? {} : { processedByServer }),
  };
  return { ...record, testCase: testCaseFigures(workload.testCase, record, spreads) };
}

function bySite(hands: readonly Hand[], ledger: Ledger | undefined): Record<string, number> {
  const sites = new Map<string, number>();
  for (const { site, role, members } of hands) {
    if (role !== "server") continue;
    for (const { id } of members) sites.set(site, (sites.get(site) ?? 0) + (ledger?.receivedBy.get(id) ?? 0));
  }
  return Object.fromEntries(sites);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
