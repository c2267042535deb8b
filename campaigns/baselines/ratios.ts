import { mean } from "simple-statistics";
import type { Row } from "../table/rows";
import { rpcBaseline, wanBaseline } from "./read";

/** Ratios of one kind, published and ours. All are dimensionless: absolutes of different machines are never put side by side. */
export interface Ratio {
  readonly what: string;
  /** As many as `columns`; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

export interface BaselineRatios {
  readonly title: string;
  readonly source: string;
  readonly conditions: string;
  /** What the two have in common, and what not. */
  readonly caution: string;
  /** What each value of a ratio is of: published first, then ours. */
  readonly columns: readonly string[];
  readonly ratios: readonly Ratio[];
}

/** The published ratios that measured rows can be held against; a baseline that they say nothing about is absent. */
export function baselineRatios(rows: readonly Row[]): BaselineRatios[] {
  return [overWan(rows), operationsOverWan(rows), overClients(rows), brokerAgainstRouter(rows)].filter(
    (found) => found.ratios.length > 0,
  );
}

/** Shape over delay of calls, beside that of every published operation. */
function overWan(rows: readonly Row[]): BaselineRatios {
  const calls = rows.filter(({ pattern }) => pattern === "call");
  return {
    ...againstNone(
      calls,
      () => true,
      ({ workload }) => `${String(workload)}, p50`,
      "latency_p50_ms",
    ),
    caution:
      "An operation of OpenStack waits for many things besides the network, a bare RPC for nothing else: the RPC's ratio must be far the larger. What can be compared is that both rise with every step.",
  };
}

/** The published operations that Rally has a scenario for which a control plane without real servers can execute. */
const rallyScenarios: Readonly<Record<string, string>> = {
  "boot and delete": "NovaServers.boot_and_delete_server",
  "pause and unpause": "NovaServers.pause_and_unpause_server",
};

/** Shape over delay of Rally's scenarios, beside that of the same operations. */
function operationsOverWan(rows: readonly Row[]): BaselineRatios {
  const measured = rows.filter(({ rally_scenario }) =>
    Object.values(rallyScenarios).some((scenario) => scenario === rally_scenario),
  );
  return {
    ...againstNone(
      measured,
      (operation) => measured.some(({ rally_scenario }) => rally_scenario === rallyScenarios[operation]),
      ({ rally_scenario }) => `${String(rally_scenario)}, mean`,
      "rally_mean_s",
    ),
    caution:
      "Published: real hypervisors, which take most of the time whatever the network. Ours: Nova's fake driver, which boots nothing, so that the control plane and its network are all that is waited for, and the ratio is the larger one.",
  };
}

/** Each published round-trip time against none: the published operations that are `told`, then each bus of ours by name. */
function againstNone(
  rows: readonly Row[],
  told: (operation: string) => boolean,
  name: (row: Row) => string,
  column: string,
): Omit<BaselineRatios, "caution"> {
  const { figures, ...about } = wanBaseline();
  const groups = new Map<string, Row[]>();
  for (const row of rows.filter(({ link_loss_asked_percent: loss }) => (loss ?? 0) === 0)) {
    const bus = [row.bus_kind, row.bus_topology].filter((part) => part !== undefined).map(String);
    const group = `ours: ${bus.join(" ")}, ${name(row)}`;
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  const operations = [...new Set(figures.map(({ operation }) => operation))].filter(told);
  const trips = [...new Set(figures.map(({ rttMs }) => rttMs))].filter((rttMs) => rttMs > 0);
  const seconds = (operation: string, rttMs: number) =>
    figures.find((figure) => figure.operation === operation && figure.rttMs === rttMs)?.seconds;
  const own = (group: readonly Row[], rttMs: number) => meanOf(group, "link_rtt_asked_ms", rttMs, column);
  return {
    ...about,
    columns: [...operations, ...groups.keys()],
    ratios: trips.flatMap((rttMs) => {
      const ours = [...groups.values()].map((group) => over(own(group, rttMs), own(group, 0)));
      if (ours.every((value) => value === undefined)) return [];
      const published = operations.map((operation) => over(seconds(operation, rttMs), seconds(operation, 0)));
      return [{ what: `${rttMs} ms of round-trip time against none`, values: [...published, ...ours] }];
    }),
  };
}

/** Growth with clients: most against fewest of what is the same else, for each bus of one instance. */
function overClients(rows: readonly Row[]): BaselineRatios {
  const { figures, ...about } = rpcBaseline();
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const { pattern, workload, loop, message_bytes, topics = 1 } = row;
    if (pattern !== "call" || topics !== 1 || !isOneInstance(row)) continue;
    const { bus_kind, link_rtt_asked_ms, link_loss_asked_percent } = row;
    const key = JSON.stringify([
      ...[bus_kind, workload, loop, message_bytes],
      ...[link_rtt_asked_ms, link_loss_asked_percent],
    ]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return {
    ...about,
    caution:
      "Published: 1,000 to 6,000 clients on 72 machines. Ours: from the fewest to the most clients here, on one machine, in its own ratio of clients.",
    columns: ["published", "ours"],
    ratios: [...groups.values()].flatMap((own) => {
      const kind = String(own[0]?.bus_kind);
      const counts = [...new Set(own.map(({ clients }) => Number(clients)))].sort((a, b) => a - b);
      const [fewest, most] = [counts[0], counts.at(-1)];
      const published = (clients: number) =>
        figures.find(
          (figure) => figure.bus === busClass(kind) && figure.instances === 1 && figure.clients === clients,
        )?.latencyMedianMs;
      const [few, many] = [published(1000), published(6000)];
      if (fewest === undefined || most === undefined || fewest === most || !few || !many) return [];
      const [low, high] = [fewest, most].map((count) => meanOf(own, "clients", count, "latency_p50_ms"));
      if (low === undefined || high === undefined) return [];
      const what = `${kind}, ${String(own[0]?.workload)}: median latency, ${most} clients against ${fewest} (published: 6000 against 1000)`;
      return [{ what, values: [many / few, high / low] }];
    }),
  };
}

/** Whether a row's bus is one broker, as the published ones are, or a mesh, which is held against one router. */
function isOneInstance({ bus_kind, bus_topology }: Row): boolean {
  return busClass(String(bus_kind)) !== "rabbitmq" || bus_topology === undefined || bus_topology === "single";
}

/** Memory and CPU of a broker against a router, at as many clients each. */
function brokerAgainstRouter(rows: readonly Row[]): BaselineRatios {
  const { figures, ...about } = rpcBaseline();
  const most = (kind: string) =>
    figures.find((figure) => figure.bus === kind && figure.memoryGigabytes !== undefined);
  const [broker, router] = [most("rabbitmq"), most("router")];
  const own = (bus: string, column: string) => {
    const values = rows
      .filter((row) => busClass(String(row.bus_kind)) === bus && isOneInstance(row))
      .map((row) => row[column])
      .filter((value) => typeof value === "number");
    return values.length === 0 ? undefined : mean(values);
  };
  const ratio = (what: string, column: string, published: number | undefined): Ratio[] => {
    const [ours, theirs] = [own("rabbitmq", column), own("router", column)];
    return ours === undefined || !theirs || published === undefined
      ? []
      : [{ what, values: [published, ours / theirs] }];
  };
  const middle = (range: readonly [number, number] | undefined) => range && mean([...range]);
  const [brokerCores, routerCores] = [middle(broker?.cores), middle(router?.cores)];
  return {
    ...about,
    caution:
      "Published: one broker against one router at 6,000 clients. Ours: one broker against all routers together, over all points.",
    columns: ["published", "ours"],
    ratios: [
      ...ratio(
        "memory, broker against router",
        "brokers_memory_max_bytes",
        broker?.memoryGigabytes && router?.memoryGigabytes
          ? broker.memoryGigabytes / router.memoryGigabytes
          : undefined,
      ),
      ...ratio(
        "CPU, broker against router",
        "brokers_cpu_percent",
        brokerCores && routerCores ? brokerCores / routerCores : undefined,
      ),
    ],
  };
}

function over(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base === 0 ? undefined : value / base;
}

/** Which published bus a kind of ours is held against; undefined: none. */
function busClass(kind: string): "rabbitmq" | "router" | undefined {
  if (kind === "rabbitmq") return "rabbitmq";
  return /router|mesh/.test(kind) ? "router" : undefined;
}

function meanOf(rows: readonly Row[], by: string, value: number, column: string): number | undefined {
  const values = rows
    .filter((row) => row[by] === value)
    .map((row) => row[column])
    .filter((entry) => typeof entry === "number");
  return values.length === 0 ? undefined : mean(values);
}
