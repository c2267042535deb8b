import type { WorkloadRecord } from "../results/schema";
import type { AgentTotals, TopicTotals } from "./protocol";

type Reported = NonNullable<WorkloadRecord["ombt"]>;

/** What ombt itself says of a test, over all topics: the figures that its command prints. */
export function reportedTotals(
  topics: readonly TopicTotals[],
  pattern: WorkloadRecord["pattern"],
  version: string,
): Reported {
  const clients = topics.flatMap((topic) => Object.values(topic.clients));
  const servers = topics.flatMap((topic) => Object.values(topic.servers));
  const sum = (all: readonly AgentTotals[], of: (totals: AgentTotals) => number) =>
    all.reduce((total, one) => total + of(one), 0);
  // A call is timed by its client; anything else by the server that gets it.
  const timed = pattern === "call" ? clients : servers;
  const count = sum(timed, ({ latency }) => latency.count);
  const mean = sum(timed, ({ latency }) => latency.total) / count;
  const variance = sum(timed, ({ latency }) => latency.sum_of_squares) / count - mean ** 2;
  const known = (of: (totals: AgentTotals) => number | null, all: readonly AgentTotals[]) =>
    all.map(of).filter((value) => value !== null);
  const starts = known(({ start_time }) => start_time, clients);
  const stops = known(({ stop_time }) => stop_time, pattern === "call" ? clients : servers);
  const seconds = Math.max(...stops) - Math.min(...starts);
  const processed = sum(servers, ({ msgs_ok }) => msgs_ok);
  const sent = sum(clients, ({ msgs_ok }) => msgs_ok);
  const failed = sum(clients, ({ msgs_fail }) => msgs_fail);
  const done = pattern === "call" ? sent + failed : processed;
  const round = (value: number) => Math.round(value * 1000) / 1000;
  return {
    version,
    clients: clients.length,
    servers: servers.length,
    sent,
    failed,
    processed,
    ...(seconds > 0 && Number.isFinite(seconds) ? { messagesPerSecond: round(done / seconds) } : {}),
    ...(count > 0
      ? { latencyMs: { mean: round(mean), stddev: round(Math.sqrt(Math.max(0, variance))) } }
      : {}),
  };
}
