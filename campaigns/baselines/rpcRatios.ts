import { mean } from "simple-statistics";
import type { Row } from "../table/rows";
import {
  alike,
  busClass,
  busOf,
  descriptions,
  differences,
  isClients,
  meanOf,
  meanOfPoint,
  over,
  whereMeasured,
} from "./alike";
import type { BaselineRatios, Ratio } from "./ratios";
import { rpcBaseline } from "./read";

/** Growth with clients: most against fewest of what is the same else, for each bus of one instance. */
export function overClients(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const { figures, rates: _, ...about } = rpcBaseline();
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
    caution: `Published: 1,000 to 6,000 clients on 72 machines. Ours: from the fewest to the most clients here, ${whereMeasured(found.map(({ row }) => row))}, in its own ratio of clients.`,
    columns: ["published", "ours"],
    ratios: found.map(({ row, fewest, most, values }, at) => ({
      what: `${String(row.bus_kind)}, ${String(row.workload)}${besides[at] ?? ""}: median latency, ${most} clients against ${fewest} (published: 6000 against 1000)`,
      values,
    })),
  };
}

function sharing(where: string): string {
  return where === "on one machine"
    ? "on one machine, which the more of them share the same cores"
    : `${where}, and those of one machine share the same cores`;
}

/** As many of a bus's instances against one of them, of the same calls. */
export function moreInstances(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const { figures, rates, ...about } = rpcBaseline();
  const columns = [...parameters, ...descriptions];
  const [ofBus, others] = [columns.filter(isOfBus), columns.filter((name) => !isOfBus(name))];
  const theirRate = (kind: string, count: number) =>
    middle(rates.find(({ bus, instances }) => bus === kind && instances === count)?.messagesPerSecond);
  const theirLatency = (kind: string, count: number) =>
    figures.find(({ bus, instances, clients }) => bus === kind && instances === count && clients === 1000)
      ?.latencyMedianMs;
  const calls = rows.filter((row) => isCallOnLan(row) && isOfLikes(row));
  const found = alike(calls, others).flatMap((group) => {
    const buses = alike(group, [...ofBus, "bus_brokers"]);
    const settings = ofBus.filter((name) => !isOfInstances(name));
    const isSetAlike = ([a = {}]: readonly Row[], [b = {}]: readonly Row[]) =>
      alike([a, b], settings).length === 1;
    const countOf = ([row]: readonly Row[]) => Number(row?.bus_brokers);
    const kindOf = ([row]: readonly Row[]) => busClass(String(row?.bus_kind));
    return buses.flatMap((many) => {
      const [kind, count] = [kindOf(many), countOf(many)];
      const [one, ...more] = buses.filter((other) => countOf(other) === 1 && isSetAlike(many, other));
      // Of several it is not known which is the one that there are more of.
      if (kind === undefined || !(count > 1) || !one || more.length > 0) return [];
      const ratio = (column: string, of: (kind: string, count: number) => number | undefined) =>
        [
          over(of(kind, count), of(kind, 1)),
          over(meanOfPoint(many, column), meanOfPoint(one, column)),
        ] as const;
      return [
        {
          row: many[0] ?? {},
          figures: [
            ...(many.every(isClosed)
              ? [{ what: "calls a second", values: ratio("throughput_per_s", theirRate) }]
              : []),
            { what: "median latency", values: ratio("latency_p50_ms", theirLatency) },
          ],
        },
      ];
    });
  });
  const besides = differences(
    found.map(({ row }) => row),
    ["bus_kind", "bus_topology", "bus_brokers", "workload"],
    columns,
  );
  return {
    ...about,
    caution: `Published: each instance on a machine of its own, latencies at 1,000 clients. Ours: all of them ${sharing(whereMeasured(found.map(({ row }) => row)))}.`,
    columns: ["published", "ours"],
    ratios: found.flatMap(({ row, figures: ratios }, at) =>
      ratios.flatMap(({ what, values }) =>
        values.some((value) => value === undefined)
          ? []
          : [
              {
                what: `${what}, ${busOf(row)} of ${String(row.bus_brokers)} against one, ${String(row.workload)}${besides[at] ?? ""}`,
                values,
              },
            ],
      ),
    ),
  };
}

function middle(range: readonly [number, number] | undefined): number | undefined {
  return range && mean([...range]);
}

function isClosed({ loop }: Row): boolean {
  return loop === "closed";
}

/** Whether a row is of calls on one topic on a LAN, as all that was published is. Rows without links have no figures of these. */
function isCallOnLan(row: Row): boolean {
  const { link_rtt_asked_ms: trip = 0, link_loss_asked_percent: loss = 0 } = row;
  return row.pattern === "call" && (row.topics ?? 1) === 1 && trip === 0 && loss === 0;
}

/** Whether a row's bus is instances of which each could take the other's place: a federation's are of a site each. */
function isOfLikes({ bus_kind, bus_topology }: Row): boolean {
  return busClass(String(bus_kind)) !== "rabbitmq" || ["single", "cluster"].includes(String(bus_topology));
}

/** Whether a row is of what the published figures of RPC are of: calls on one topic on a LAN, over a bus of one instance. */
function isPublishedCall(row: Row): boolean {
  return isCallOnLan(row) && isOneInstance(row);
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

/** What says of a bus how many instances it has, where, and what they do without each other: one has none of it. */
function isOfInstances(name: string): boolean {
  return /^bus(_topology$|\.(topology|nodes|sites?|interior|edge|partitions|netTick|failover)(_|\.|$))/.test(
    name,
  );
}

/** Memory and CPU of a broker against routers, of the same calls by as many clients. */
export function brokerAgainstRouter(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const { figures, rates, ...about } = rpcBaseline();
  const rate = (kind: string) =>
    middle(rates.find(({ bus, instances }) => bus === kind && instances === 1)?.messagesPerSecond);
  const most = (kind: string) =>
    figures.find((figure) => figure.bus === kind && figure.memoryGigabytes !== undefined);
  const [broker, router] = [most("rabbitmq"), most("router")];
  const pairs = pairsOf(rows.filter(isPublishedCall), parameters);
  const clients = [...new Set(pairs.map(({ brokers }) => Number(brokers[0]?.clients)))].sort((a, b) => a - b);
  const ratio = (
    what: string,
    column: string,
    published: number | undefined,
    counts: (row: Row) => boolean = () => true,
  ): Ratio[] =>
    pairs.flatMap(({ name, brokers, routers }) => {
      if (![...brokers, ...routers].every(counts)) return [];
      const ours = over(meanOfPoint(brokers, column), meanOfPoint(routers, column));
      return ours === undefined || published === undefined
        ? []
        : [{ what: `${what}, ${name}`, values: [published, ours] }];
    });
  return {
    ...about,
    caution: `Published: one broker against one router at 6,000 clients. Ours: one broker against all routers together, of the same calls by as many clients (${clients.join(", ")}), with all else that was varied alike. What a bus takes at rest is most of a figure of few clients. Connections are those of the router that has most of them. Calls a second are of closed loops alone: of an open one they are what was asked for.`,
    columns: ["published", "ours"],
    ratios: [
      ...ratio("memory", "brokers_memory_max_bytes", over(broker?.memoryGigabytes, router?.memoryGigabytes)),
      ...ratio("CPU", "brokers_cpu_percent", over(middle(broker?.cores), middle(router?.cores))),
      ...ratio("connections", "broker_connections_max", over(broker?.connections, router?.connections)),
      ...ratio("calls a second", "throughput_per_s", over(rate("rabbitmq"), rate("router")), isClosed),
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
export function pairsOf(rows: readonly Row[], parameters: readonly string[]): Pair[] {
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
