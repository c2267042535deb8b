import type { Durations } from "../../workloads/results/rally";
import type { ServersRecord } from "../../workloads/results/schema";
import type { Stretch } from "../../workloads/results/servers";
import { failuresOf, lostOf } from "../../workloads/results/serversTable";
import type { Row } from "./rows";

/** The figures of servers at a steady rate and of tokens, by column; of one fault also before, during and after it. */
export function serverFigures(record: ServersRecord): Row {
  const [fault, ...others] = record.faults;
  return {
    ...stretchFigures("", record),
    servers_unaccepted: sumOf(record.unaccepted),
    servers_left: record.left,
    nova_services_down: record.novaServices?.down.length,
    nova_services_silent: record.novaServices?.silent.length,
    late_s: record.lateSeconds,
    wan_bytes: record.wan?.bytes,
    broken_on_purpose: [...(record.timeline ?? []), ...record.faults].length > 0,
    // Of several in one workload there is no one figure.
    ...(fault === undefined || others.length > 0
      ? {}
      : {
          fault: fault.what,
          fault_of: fault.subjects.join(", "),
          fault_at_s: fault.atSeconds,
          fault_until_s: fault.untilSeconds,
          servers_back_s: fault.bootsBackSeconds,
          tokens_back_s: fault.authenticationsBackSeconds,
          nova_services_down_max: fault.novaServices?.downMost,
          nova_services_up_s: fault.novaServices?.upSeconds,
          nova_services_reported_s: fault.novaServices?.reportedSeconds,
          ...(record.before === undefined ? {} : stretchFigures("before_", record.before)),
          ...stretchFigures("under_way_", fault.underWay),
          ...stretchFigures("during_", fault.during),
          ...stretchFigures("after_", fault.after),
        }),
  };
}

function stretchFigures(when: string, { boots, authentications }: Stretch): Row {
  return {
    [`${when}servers_asked`]: boots.asked,
    [`${when}servers_refused`]: failuresOf(boots),
    [`${when}servers_active`]: boots.active,
    [`${when}servers_error`]: boots.error,
    [`${when}servers_lost`]: lostOf(boots),
    ...times(`${when}servers`, boots.activeSeconds),
    [`${when}tokens_asked`]: authentications.asked,
    [`${when}tokens_refused`]: failuresOf(authentications),
    ...times(`${when}tokens`, authentications.seconds),
  };
}

function times(name: string, taken: Durations | undefined): Row {
  return {
    [`${name}_median_s`]: taken?.median,
    [`${name}_p95_s`]: taken?.p95,
    [`${name}_max_s`]: taken?.max,
  };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
