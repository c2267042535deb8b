import { mean } from "simple-statistics";
import type { ParameterColumn } from "../columns";
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

/**
 * The published ratios that measured rows can be held against; a baseline that they say nothing about is absent. A ratio
 * is of rows that are the same in everything but what it is over.
 * @param parameters What the campaign of the rows varied; none: of rows outside a campaign.
 */
export function baselineRatios(
  rows: readonly Row[],
  parameters: readonly ParameterColumn[] = [],
): BaselineRatios[] {
  const names = parameters.map(({ name }) => name);
  return [
    overWan(rows, names),
    operationsOverWan(rows, names),
    overClients(rows, names),
    brokerAgainstRouter(rows, names),
  ].filter((found) => found.ratios.length > 0);
}

/** What tells measurements apart, under names that every table has. */
const descriptions = [
  ...["bus_kind", "bus_topology", "workload", "kind", "pattern", "tool", "test_case"],
  ...["loop", "offered_per_s", "clients", "servers", "topics", "message_bytes"],
  ...["link_rtt_asked_ms", "link_loss_asked_percent"],
  ...["rally_scenario", "rally_times", "rally_concurrency"],
];

/** Whether a parameter makes the round-trip time of links, and nothing else. */
function isDelay(name: string): boolean {
  return /^links\b.*\.(delay|distance|speed)(_|$)/.test(name);
}

/** Whether a parameter is a number of clients. */
function isClients(name: string): boolean {
  return /\.clients(\.|$)/.test(name);
}

/** Rows by what they have in these columns. A switch that is off is the same as one that there is not. */
function alike(rows: readonly Row[], columns: readonly string[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const values = columns.map((name) => (row[name] === false ? null : (row[name] ?? null)));
    const key = JSON.stringify(values);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/**
 * What tells each of some rows from the others besides what their names say already: `, bus.tls true`, empty where that
 * is enough. Of the columns, in order, those are told that are needed.
 */
function differences(rows: readonly Row[], named: readonly string[], columns: readonly string[]): string[] {
  const told: string[] = [];
  for (const column of columns) {
    const [before, after] = [[], [column]].map((more) => alike(rows, [...named, ...told, ...more]).length);
    if (before !== after) told.push(column);
  }
  return rows.map((row) =>
    told
      .map((name) => `, ${row[name] === undefined ? `no ${name}` : `${name} ${String(row[name])}`}`)
      .join(""),
  );
}

/** Shape over delay of calls, beside that of every published operation. */
function overWan(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const calls = rows.filter(({ pattern }) => pattern === "call");
  return {
    ...againstNone(calls, parameters, () => true, { name: "workload", figure: "p50" }, "latency_p50_ms"),
    caution: `An operation of OpenStack waits for many things besides the network, a bare RPC for nothing else: the RPC's ratio must be far the larger. What can be compared is that both rise with every step. ${ofLinks}`,
  };
}

const ofLinks =
  "The published round-trip time is that between controllers and computes, over one link; ours is the greatest of any single link, which is less than what a message takes that crosses several.";

/** The published operations that Rally has a scenario for which a control plane without real servers can execute. */
const rallyScenarios: Readonly<Record<string, string>> = {
  "boot and delete": "NovaServers.boot_and_delete_server",
  "pause and unpause": "NovaServers.pause_and_unpause_server",
};

/** Shape over delay of Rally's scenarios, beside that of the same operations. */
function operationsOverWan(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const measured = rows.filter(({ rally_scenario }) =>
    Object.values(rallyScenarios).some((scenario) => scenario === rally_scenario),
  );
  return {
    ...againstNone(
      measured,
      parameters,
      (operation) => measured.some(({ rally_scenario }) => rally_scenario === rallyScenarios[operation]),
      { name: "rally_scenario", figure: "mean" },
      "rally_mean_s",
    ),
    caution: `Published: real hypervisors, which take most of the time whatever the network. Ours: Nova's fake driver, which boots nothing, so that the control plane and its network are all that is waited for, and the ratio is the larger one. ${ofLinks}`,
  };
}

/**
 * Each published round-trip time against none: the published operations that are `told`, then each of ours that was
 * measured at both.
 * @param shown The column that names one of ours, and what its figure is. @param column The figure.
 */
function againstNone(
  rows: readonly Row[],
  parameters: readonly string[],
  told: (operation: string) => boolean,
  shown: { readonly name: string; readonly figure: string },
  column: string,
): Omit<BaselineRatios, "caution"> {
  const { figures, ...about } = wanBaseline();
  const columns = [...parameters, ...descriptions].filter(
    (name) => !isDelay(name) && name !== "link_rtt_asked_ms",
  );
  const operations = [...new Set(figures.map(({ operation }) => operation))].filter(told);
  const trips = [...new Set(figures.map(({ rttMs }) => rttMs))].filter((rttMs) => rttMs > 0);
  const seconds = (operation: string, rttMs: number) =>
    figures.find((figure) => figure.operation === operation && figure.rttMs === rttMs)?.seconds;
  const own = (group: readonly Row[], rttMs: number) => meanOf(group, "link_rtt_asked_ms", rttMs, column);
  const lossless = rows.filter(({ link_loss_asked_percent: loss }) => (loss ?? 0) === 0);
  const found = alike(lossless, columns)
    .map((group) => ({
      row: group[0] ?? {},
      values: trips.map((rttMs) => over(own(group, rttMs), own(group, 0))),
    }))
    .filter(({ values }) => values.some((value) => value !== undefined));
  const besides = differences(
    found.map(({ row }) => row),
    ["bus_kind", "bus_topology", shown.name],
    columns,
  );
  const names = found.map(
    ({ row }, at) => `ours: ${busOf(row)}, ${String(row[shown.name])}${besides[at] ?? ""}, ${shown.figure}`,
  );
  return {
    ...about,
    columns: [...operations, ...names],
    ratios: trips.flatMap((rttMs, at) => {
      const ours = found.map(({ values }) => values[at]);
      if (ours.every((value) => value === undefined)) return [];
      const published = operations.map((operation) => over(seconds(operation, rttMs), seconds(operation, 0)));
      return [{ what: `${rttMs} ms of round-trip time against none`, values: [...published, ...ours] }];
    }),
  };
}

function busOf({ bus_kind, bus_topology }: Row): string {
  return [bus_kind, bus_topology]
    .filter((part) => part !== undefined)
    .map(String)
    .join(" ");
}

/** Growth with clients: most against fewest of what is the same else, for each bus of one instance. */
function overClients(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const { figures, ...about } = rpcBaseline();
  const columns = [...parameters, ...descriptions].filter((name) => !isClients(name) && name !== "clients");
  const published = (kind: string, clients: number) =>
    figures.find(
      (figure) => figure.bus === busClass(kind) && figure.instances === 1 && figure.clients === clients,
    )?.latencyMedianMs;
  const found = alike(rows.filter(isPublishedCall), columns).flatMap((own) => {
    const row = own[0] ?? {};
    const counts = [...new Set(own.map(({ clients }) => Number(clients)))].sort((a, b) => a - b);
    const [fewest, most] = [counts[0], counts.at(-1)];
    if (fewest === undefined || most === undefined || fewest === most) return [];
    const [low, high] = [fewest, most].map((count) => meanOf(own, "clients", count, "latency_p50_ms"));
    const [few, many] = [1000, 6000].map((clients) => published(String(row.bus_kind), clients));
    const [theirs, ours] = [over(many, few), over(high, low)];
    return theirs === undefined || ours === undefined ? [] : [{ row, fewest, most, values: [theirs, ours] }];
  });
  const besides = differences(
    found.map(({ row }) => row),
    ["bus_kind", "workload"],
    columns,
  );
  return {
    ...about,
    caution:
      "Published: 1,000 to 6,000 clients on 72 machines. Ours: from the fewest to the most clients here, on one machine, in its own ratio of clients.",
    columns: ["published", "ours"],
    ratios: found.map(({ row, fewest, most, values }, at) => ({
      what: `${String(row.bus_kind)}, ${String(row.workload)}${besides[at] ?? ""}: median latency, ${most} clients against ${fewest} (published: 6000 against 1000)`,
      values,
    })),
  };
}

/** Whether a row is of what the published figures of RPC are of: calls on one topic, over a bus of one instance. */
function isPublishedCall(row: Row): boolean {
  return row.pattern === "call" && (row.topics ?? 1) === 1 && isOneInstance(row);
}

/** Whether a row's bus is one broker, as the published ones are, or a mesh, which is held against one router. */
function isOneInstance({ bus_kind, bus_topology }: Row): boolean {
  return busClass(String(bus_kind)) !== "rabbitmq" || bus_topology === undefined || bus_topology === "single";
}

/** What a bus is, and what it is set to: what differs between a broker and routers by their nature. */
function isOfBus(name: string): boolean {
  // Encryption costs a broker CPU and memory whatever it is, and routers have none.
  return ["bus_kind", "bus_topology"].includes(name) || (name.startsWith("bus.") && name !== "bus.tls");
}

/** Memory and CPU of a broker against routers, of the same calls by as many clients. */
function brokerAgainstRouter(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const { figures, ...about } = rpcBaseline();
  const most = (kind: string) =>
    figures.find((figure) => figure.bus === kind && figure.memoryGigabytes !== undefined);
  const [broker, router] = [most("rabbitmq"), most("router")];
  const middle = (range: readonly [number, number] | undefined) => range && mean([...range]);
  const pairs = pairsOf(rows.filter(isPublishedCall), parameters);
  const clients = [...new Set(pairs.map(({ brokers }) => Number(brokers[0]?.clients)))].sort((a, b) => a - b);
  const ratio = (what: string, column: string, published: number | undefined): Ratio[] =>
    pairs.flatMap(({ name, brokers, routers }) => {
      const ours = over(meanOfPoint(brokers, column), meanOfPoint(routers, column));
      return ours === undefined || published === undefined
        ? []
        : [{ what: `${what}, ${name}`, values: [published, ours] }];
    });
  return {
    ...about,
    caution: `Published: one broker against one router at 6,000 clients. Ours: one broker against all routers together, of the same calls by as many clients (${clients.join(", ")}), with all else that was varied alike. What a bus takes at rest is most of a figure of few clients.`,
    columns: ["published", "ours"],
    ratios: [
      ...ratio("memory", "brokers_memory_max_bytes", over(broker?.memoryGigabytes, router?.memoryGigabytes)),
      ...ratio("CPU", "brokers_cpu_percent", over(middle(broker?.cores), middle(router?.cores))),
    ],
  };
}

/** A broker and routers that were measured under the same conditions. */
interface Pair {
  readonly name: string;
  readonly brokers: readonly Row[];
  readonly routers: readonly Row[];
}

/** Each broker beside each mesh of routers that had the same to do: none of several brokers is taken for another. */
function pairsOf(rows: readonly Row[], parameters: readonly string[]): Pair[] {
  const columns = [...parameters, ...descriptions];
  const [ofBus, others] = [columns.filter(isOfBus), columns.filter((name) => !isOfBus(name))];
  const of = (group: readonly Row[], kind: string) =>
    alike(
      group.filter((row) => busClass(String(row.bus_kind)) === kind),
      ofBus,
    );
  const pairs = alike(rows, others).flatMap((group) =>
    of(group, "rabbitmq").flatMap((brokers) => of(group, "router").map((routers) => ({ brokers, routers }))),
  );
  const ofRouters = (name: string) => `routers: ${name}`;
  const besides = differences(
    pairs.map(({ brokers, routers }) => ({
      ...brokers[0],
      ...Object.fromEntries(ofBus.map((name) => [ofRouters(name), routers[0]?.[name]])),
    })),
    ["bus_kind", "bus_topology", "workload"].flatMap((name) => [name, ofRouters(name)]),
    [...columns, ...ofBus.map(ofRouters)],
  );
  return pairs.map(({ brokers, routers }, at) => ({
    name: `${busOf(brokers[0] ?? {})} against ${busOf(routers[0] ?? {})}, ${String(brokers[0]?.workload)}${besides[at] ?? ""}`,
    brokers,
    routers,
  }));
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
  return meanOfPoint(
    rows.filter((row) => row[by] === value),
    column,
  );
}

/** The mean of a column over the repetitions of one point; undefined of several, which differ in something, and of none. */
function meanOfPoint(rows: readonly Row[], column: string): number | undefined {
  const values = rows.map((row) => row[column]).filter((entry) => typeof entry === "number");
  return values.length === 0 || new Set(rows.map(({ point }) => point)).size > 1 ? undefined : mean(values);
}
