import type {
  LinkRecord,
  Results,
  ServiceUsage,
  TestCaseFigures,
  WorkloadRecord,
} from "../../workloads/results/schema";
import { orphansOf } from "../../workloads/results/leftovers";
import { sitesTogether, type SitesRecovery } from "../../workloads/results/recovery";
import { busiest } from "../../workloads/results/busTable";
import { busiestMachine } from "../../workloads/results/machineLoad";
import { brokerOf } from "../../workloads/results/brokerName";
import { parameterColumns, type ParameterColumn, type Value } from "../columns";
import type { CellRecord, Journal } from "../journal";
import { environmentOf } from "./environment";
import { toolRows } from "./toolRows";

/**
 * A row of a campaign's table: a measurement, which is a workload of a repetition of a point; of Shaker, a pair of sites,
 * of Rally, a scenario.
 */
export type Row = Readonly<Record<string, Value>>;

export interface Table {
  /** Names of the columns in order; a row may lack any of them. */
  readonly columns: readonly string[];
  readonly parameters: readonly ParameterColumn[];
  readonly rows: readonly Row[];
}

/**
 * The tidy table of a campaign. Cells that are still to be measured have no row; failed ones have theirs, with
 * whatever was measured, or one without figures.
 * @param readResults Reads a run's results by its folder, as the journal names it; undefined if there are none.
 */
export function tableOf(journal: Journal, readResults: (run: string) => Results | undefined): Table {
  const parameters = parameterColumns(journal.points);
  const rows = journal.cells
    .filter(({ status }) => status === "complete" || status === "failed")
    .flatMap((cell) => {
      const run = cell.attempts.findLast((attempt) => attempt.run !== undefined)?.run;
      const results = run === undefined ? undefined : readResults(run);
      const common = { ...describeCell(journal, cell, run), ...valuesAt(parameters, cell.point) };
      const measured = results ? measurements(results) : [];
      if (!results || measured.length === 0) return [{ ...common, ...(results ? describeRun(results) : {}) }];
      return measured.map((figures) => ({ ...common, ...figures, ...describeRun(results) }));
    });
  return { columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], parameters, rows };
}

/** The figures of a test case of the massively distributed RPC plan, under the plan's names. */
function planFigures({ testCase }: WorkloadRecord): Row {
  if (testCase === undefined) return {};
  return {
    plan_messages_rate_per_s: testCase.messagesRate,
    plan_latency_ms: testCase.latency,
    plan_latency_stddev_ms: testCase.latencyStddev,
    plan_sent: testCase.sent,
    ...spreadFigures("plan_sent_by_client", testCase.sentByClient),
    plan_processed: testCase.processed,
    ...spreadFigures("plan_processed_by_server", testCase.processedByServer),
    plan_throughput_bytes_per_s: testCase.throughput,
    plan_cpu_load_percent: testCase.cpuLoad,
    plan_ram_consumption_bytes: testCase.ramConsumption,
    plan_opened_connections: testCase.openedConnections,
  };
}

function spreadFigures(name: string, spread: TestCaseFigures["sentByClient"]): Row {
  return {
    [`${name}_min`]: spread?.min,
    [`${name}_mean`]: spread?.mean,
    [`${name}_max`]: spread?.max,
    [`${name}_stddev`]: spread?.stddev,
  };
}

/** What ombt itself reports; the other figures of its rows are made of its detailed output. */
function ombtFigures({ ombt }: WorkloadRecord): Row {
  if (ombt === undefined) return {};
  return {
    ombt_sent: ombt.sent,
    ombt_processed: ombt.processed,
    ombt_messages_per_s: ombt.messagesPerSecond,
    ombt_latency_mean_ms: ombt.latencyMs?.mean,
    ombt_latency_stddev_ms: ombt.latencyMs?.stddev,
  };
}

/** Rows whose figures count. */
export function measuredRows({ rows }: { readonly rows: readonly Row[] }): Row[] {
  return rows.filter(
    (row) => row.status === "complete" && row.workload_status === "complete" && row.workload !== undefined,
  );
}

/** Whether anything was done on purpose to links or services, also where there is no figure of it: of closed loops, say. */
export function isBroken({ timeline = [] }: Pick<WorkloadRecord, "timeline">): boolean {
  return timeline.length > 0;
}

/** Rows of what was left alone: figures of links and services as they are while all is well. */
export function unbrokenRows(rows: readonly Row[]): Row[] {
  return rows.filter((row) => row.broken_on_purpose !== true && row.fault === undefined);
}

/** What was seen of a workload's fault. Of several in one workload there is no one figure. */
function faultFigures({ recovery }: WorkloadRecord): Row {
  const [fault, ...others] = recovery ?? [];
  if (fault === undefined || others.length > 0) return {};
  return {
    fault: fault.what,
    fault_of: fault.subjects.join(", "),
    fault_at_s: fault.atSeconds,
    fault_until_s: fault.untilSeconds,
    full_service_per_s: fault.offeredPerSecond,
    first_error_s: fault.firstErrorSeconds,
    interrupted_s: fault.interruptedSeconds,
    first_served_s: fault.firstServedSeconds,
    full_service_s: fault.fullServiceSeconds,
    ...sitesFigures("at_fault", sitesTogether(fault, true)),
    ...sitesFigures("elsewhere", sitesTogether(fault, false)),
  };
}

/** What all faults of a workload left behind. */
function leftoverFigures({ leftovers }: WorkloadRecord): Row {
  if (leftovers === undefined) return {};
  const orphans = orphansOf(leftovers);
  return {
    deaf_servers: leftovers.deafServers.length,
    unserved_clients: leftovers.unservedClients.length,
    orphan_queues: orphans?.all,
    orphan_reply_queues: orphans?.replies,
  };
}

/** What the clients at a fault, or all others, saw of it: their errors together, and the times of the worst site. */
function sitesFigures(where: string, seen: SitesRecovery | undefined): Row {
  return {
    [`${where}_sites`]: seen?.sites.join(", "),
    [`${where}_errors`]: seen?.errors,
    [`${where}_first_error_s`]: seen?.firstErrorSeconds,
    [`${where}_interrupted_s`]: seen?.interruptedSeconds,
    [`${where}_first_served_s`]: seen?.firstServedSeconds,
    [`${where}_full_service_s`]: seen?.fullServiceSeconds,
  };
}

/** The rows of one run outside a campaign; of one that measured nothing, one row without figures. */
export function rowsOfRun(results: Results, repetition: number): Row[] {
  const common = { status: results.status, failure: results.failure, repetition, ...describeRun(results) };
  const measured = measurements(results);
  // Killed or broken before its first workload: like a campaign's cell, it failed, and is counted.
  if (measured.length === 0)
    return [results.status === "complete" ? common : { ...common, status: "failed" }];
  return measured.map((figures) => ({ ...common, ...figures }));
}

/** The figures of everything that a run measured. */
function measurements(results: Results): Row[] {
  const { workloads, provenance } = results;
  return [
    ...workloads.map((record) => ({
      ...describeWorkload(record, results),
      ...busiestHost(record.services, provenance),
    })),
    ...toolRows(results),
  ];
}

/** The host of whose cores services used the largest share, where it is known which services it had. */
function busiestHost(services: readonly ServiceUsage[], provenance: Results["provenance"]): Row {
  const load = busiestMachine(services, provenance);
  return load?.of === "host" ? { busiest_host: load.host, busiest_host_cores_percent: load.percent } : {};
}

function describeCell(journal: Journal, cell: CellRecord, run: string | undefined): Row {
  const failure = cell.status === "failed" ? cell.attempts.at(-1)?.failure : undefined;
  return {
    campaign: journal.name,
    execution: journal.number,
    order: cell.index + 1,
    point: cell.point + 1,
    repetition: cell.repetition,
    status: cell.status,
    attempts: cell.attempts.length,
    failure,
    ...describeBus(cell),
    run,
  };
}

/** How the bus of a cell's last attempt came to be, and whether it was well again after it. */
function describeBus({ attempts }: CellRecord): Row {
  const last = attempts.at(-1);
  return {
    bus_remade: last?.busRemade,
    bus_healed: last?.busAfter && last.busAfter.length === 0,
    bus_ailments: last?.busAfter && last.busAfter.length > 0 ? last.busAfter.join("; ") : undefined,
  };
}

function valuesAt(parameters: readonly ParameterColumn[], point: number): Row {
  return Object.fromEntries(parameters.map(({ name, values }) => [name, values[point]]));
}

/** A workload's figures, by column. Counts cover the measured window. */
export function describeWorkload(record: WorkloadRecord, { bus }: Pick<Results, "bus">): Row {
  const { latencyMs: latency, serviceLatencyMs: service } = record;
  const containers = bus.brokers.map(({ name }) =>
    record.services.find(({ service: one }) => brokerOf(one) === name),
  );
  const brokers = bus.brokers.map(({ name }) => record.brokers.find(({ broker }) => broker === name));
  const gateways = record.services.filter((usage) => usage.service.endsWith("/gateway"));
  return {
    workload: record.name,
    workload_status: record.status,
    workload_failure: record.failure,
    kind: record.kind,
    pattern: record.pattern,
    loop: record.loop,
    tool: record.tool ?? "probe",
    test_case: record.testCase?.case,
    clients: record.clients,
    servers: record.servers,
    topics: record.topics,
    message_bytes: record.messageBytes,
    started_at: record.startedAt,
    duration_s: record.durationSeconds,
    sent: record.sent,
    expected: record.expected,
    received: record.received,
    succeeded: record.succeeded,
    lost: record.lost,
    duplicated: record.duplicated,
    reordered: record.reordered,
    errors: Object.values(record.errors).reduce((sum, count) => sum + count, 0),
    errors_by_kind: Object.keys(record.errors).length > 0 ? JSON.stringify(record.errors) : undefined,
    offered_per_s: record.offeredPerSecond,
    throughput_per_s: record.throughputPerSecond,
    latency_count: latency?.count,
    latency_mean_ms: latency?.mean,
    latency_p50_ms: latency?.p50,
    latency_p90_ms: latency?.p90,
    latency_p99_ms: latency?.p99,
    latency_p999_ms: latency?.p999,
    latency_max_ms: latency?.max,
    service_latency_p50_ms: service?.p50,
    service_latency_p99_ms: service?.p99,
    late_starts_percent: record.lateStartsPercent,
    broken_on_purpose: isBroken(record),
    ...faultFigures(record),
    ...leftoverFigures(record),
    ...planFigures(record),
    ...ombtFigures(record),
    local_percent: record.locality?.percent,
    wan_bytes: record.wan?.bytes,
    wan_bytes_per_delivery: record.wan?.bytesPerDelivery,
    wan_busiest_link_bytes: busiest(record.wan)?.bytes,
    wan_peak_bit_per_s: most(record.wan?.links.map(({ bitsPerSecondMax }) => bitsPerSecondMax) ?? []),
    wan_dropped_packets: sum(record.wan?.links.map(({ droppedPackets }) => droppedPackets) ?? []),
    ...usageOf("brokers", containers),
    broker_connections_max: most(record.brokers.map(({ connectionsMax }) => connectionsMax)),
    broker_channels_max: most(record.brokers.map(({ channelsMax }) => channelsMax)),
    broker_queues_max: most(record.brokers.map(({ queuesMax }) => queuesMax)),
    broker_ready_max: most(record.brokers.map(({ messagesReadyMax }) => messagesReadyMax)),
    broker_unacknowledged_max: most(
      record.brokers.map(({ messagesUnacknowledgedMax }) => messagesUnacknowledgedMax),
    ),
    broker_published: sum(brokers.map((broker) => broker?.publishedTotal)),
    broker_delivered: sum(brokers.map((broker) => broker?.deliveredTotal)),
    ...usageOf("gateways", gateways),
    ...usageOf("services", record.services),
    generator_process_cpu_percent: record.generator?.busiestProcessCpuPercent,
    generator_saturated: record.generator?.saturated,
    runner_cpu_percent: record.sampling?.runnerCpuPercent,
  };
}

/** Together, for all services of a kind; undefined among them: one that was not read. */
function usageOf(kind: string, services: readonly (ServiceUsage | undefined)[]): Row {
  return {
    [`${kind}_cpu_s`]: sum(services.map((one) => one?.cpuSeconds)),
    [`${kind}_cpu_percent`]: sum(services.map((one) => one?.cpuPercentMean)),
    [`${kind}_memory_max_bytes`]: sum(services.map((one) => one?.memoryBytesMax)),
    [`${kind}_received_bytes`]: sum(services.map((one) => one?.networkReceivedBytes)),
    [`${kind}_sent_bytes`]: sum(services.map((one) => one?.networkSentBytes)),
  };
}

/** What all workloads of a run share: links, bus, machine, versions. Of several links, the worst figure. */
function describeRun({ stack, run, links, bus, provenance }: Results): Row {
  const measured = ({ before, after }: LinkRecord) => [before, after].filter((value) => value !== undefined);
  return {
    link_rtt_asked_ms: most(links.map(({ asked }) => asked.there.delayMs + asked.back.delayMs)),
    link_rtt_measured_ms: most(links.flatMap((link) => measured(link).map(({ rttMs }) => rttMs.median))),
    link_loss_asked_percent: most(
      links.map(({ asked }) => Math.max(asked.there.lossPercent, asked.back.lossPercent)),
    ),
    link_loss_measured_percent: most(
      links.flatMap((link) =>
        measured(link).flatMap(({ there, back }) => [there.lossPercent, back.lossPercent]),
      ),
    ),
    emulator: [...new Set(links.map(({ emulator }) => emulator))].join(", ") || undefined,
    bus_kind: bus.kind,
    bus_topology: bus.topology,
    bus_brokers: bus.brokers.length,
    stack,
    run_number: run,
    ...environmentOf(provenance),
  };
}

function most(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Undefined unless every one is known: a part of the sum would pass for the whole. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length < Math.max(1, values.length)) return undefined;
  return known.reduce((total, value) => total + value, 0);
}
