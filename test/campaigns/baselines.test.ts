import { deepEqual, match, ok } from "assert/strict";
import type { ParameterColumn } from "../../campaigns/columns";
import { baselineRatios } from "../../campaigns/baselines/ratios";
import type { Row } from "../../campaigns/table/rows";

/** What a campaign varied: the values are of no concern here. */
const varied = (...names: string[]): ParameterColumn[] =>
  names.map((name) => ({ name, path: name, values: [] }));
const rounded = (values: readonly (number | undefined)[]) => values.map((value) => value?.toFixed(2));

describe("ratios beside published ones", () => {
  const call = {
    pattern: "call",
    workload: "call",
    bus_kind: "rabbitmq",
    bus_topology: "single",
    clients: 10,
  };

  describe("over the round-trip time", () => {
    const at = (rtt: number, p50: number, more: Row = {}): Row => ({
      ...{ ...call, link_rtt_asked_ms: rtt, latency_p50_ms: p50, "links[0].delay_ms": rtt / 2 },
      ...more,
    });
    const ours = (rows: readonly Row[], ...names: string[]) => {
      const [found, ...others] = baselineRatios(rows, varied("links[0].delay_ms", ...names));
      deepEqual(others, []);
      const heads = found?.columns.filter((name) => name.startsWith("ours: ")) ?? [];
      return heads.map((name) => {
        const column = found?.columns.indexOf(name) ?? NaN;
        return [name, ...rounded(found?.ratios.map(({ values }) => values[column]) ?? [])];
      });
    };

    it("are of one setting of the bus each, which they name", () => {
      const tls = { "bus.tls": true };
      deepEqual(ours([at(0, 2), at(100, 102), at(0, 4, tls), at(100, 304, tls)], "bus.tls"), [
        ["ours: rabbitmq single, call, no bus.tls, p50", "51.00"],
        ["ours: rabbitmq single, call, bus.tls true, p50", "76.00"],
      ]);
    });

    it("are of one load each, also where the table alone tells what it was", () => {
      const large = { message_bytes: 65536 };
      const small = { message_bytes: 1024 };
      deepEqual(ours([at(0, 2, small), at(100, 102, small), at(0, 10, large), at(100, 410, large)]), [
        ["ours: rabbitmq single, call, message_bytes 1024, p50", "51.00"],
        ["ours: rabbitmq single, call, message_bytes 65536, p50", "41.00"],
      ]);
    });

    it("are not there where there is nothing alike to be held against", () => {
      for (const unlike of [{ clients: 100 }, { offered_per_s: 50 }, { "bus.queues": "quorum" }])
        deepEqual(ours([at(0, 2), at(100, 300, unlike)], "bus.queues"), []);
    });

    it("are not of points that differ in which of the links is long", () => {
      const first = { "links[0].delay_ms": 50, "links[1].delay_ms": 0, point: 2 };
      const second = { "links[0].delay_ms": 0, "links[1].delay_ms": 50, point: 3 };
      const none = { "links[1].delay_ms": 0, point: 1 };
      deepEqual(ours([at(0, 2, none), at(100, 102, first), at(100, 2, second)], "links[1].delay_ms"), []);
    });

    it("say of which links a round-trip time is", () => {
      const [found] = baselineRatios([at(0, 2), at(100, 102)]);
      match(found?.caution ?? "", /over one link; ours is the greatest of any single link/);
    });

    it("of Rally's scenarios are of one load each", () => {
      const rally = (rtt: number, rally_mean_s: number, rally_concurrency: number): Row => ({
        ...{ bus_kind: "rabbitmq", bus_topology: "single", link_rtt_asked_ms: rtt, workload: "rally" },
        ...{ rally_scenario: "NovaServers.boot_and_delete_server", rally_mean_s, rally_concurrency },
      });
      deepEqual(ours([rally(0, 2, 1), rally(100, 4, 1), rally(0, 8, 16), rally(100, 80, 16)]), [
        ["ours: rabbitmq single, NovaServers.boot_and_delete_server, rally_concurrency 1, mean", "2.00"],
        ["ours: rabbitmq single, NovaServers.boot_and_delete_server, rally_concurrency 16, mean", "10.00"],
      ]);
    });
  });

  describe("of calls on a LAN", () => {
    const clients = "workloads[0].clients.core";
    const of = (bus: Row, count: number, more: Row = {}): Row => ({
      ...{ ...call, ...bus, loop: "closed", clients: count, [clients]: count, point: undefined },
      ...{ latency_p50_ms: count, throughput_per_s: 100, brokers_memory_max_bytes: count, ...more },
    });
    const routers = { bus_kind: "routers", bus_topology: "complete" };
    const single = { bus_brokers: 1 };
    const cluster = { bus_topology: "cluster", bus_brokers: 3 };
    const all = (more: Row) => [
      ...[of(single, 10, more), of(single, 100, more)],
      ...[of(cluster, 10, more), of(routers, 10, more), of(routers, 100, more)],
    ];
    const figures = (rows: readonly Row[]) =>
      baselineRatios(rows, varied(clients)).flatMap(({ ratios }) => ratios.map(({ what }) => what));
    /** Of growth with clients, of more instances, and of a broker against routers. */
    const three = [/^rabbitmq, call: median/, /of 3 against one/, /^memory, rabbitmq single against routers/];

    it("are of links without delay or loss", () => {
      const lan = { link_rtt_asked_ms: 0, link_loss_asked_percent: 0 };
      for (const alike of [{}, lan])
        for (const ratio of three) ok(figures(all(alike)).some((what) => ratio.test(what)));
      for (const unlike of [{ link_rtt_asked_ms: 50 }, { link_loss_asked_percent: 1 }])
        deepEqual(figures(all({ ...lan, ...unlike })), []);
    });

    it("say whether ours are of one machine or of hosts", () => {
      const cautions = (more: Row) =>
        baselineRatios(all(more), varied(clients))
          .map(({ caution }) => caution)
          .join("\n");
      match(cautions({}), /clients here, on one machine, in its own ratio/);
      match(cautions({}), /all of them on one machine, which the more of them share the same cores\./);
      const hosts = cautions({ hosts_count: 20 });
      match(hosts, /clients here, on 20 hosts, in its own ratio/);
      match(hosts, /all of them on 20 hosts, and those of one machine share the same cores\./);
    });

    it("are of nothing that was broken on purpose, whether there is a figure of the fault or not", () => {
      for (const broken of [{ broken_on_purpose: true }, { fault: "kill", broken_on_purpose: true }])
        deepEqual(figures(all(broken)), []);
      ok(figures(all({ broken_on_purpose: false })).length > 0);
    });
  });

  it("over a WAN are of nothing that was broken on purpose", () => {
    const at = (rtt: number, more: Row = {}): Row => ({
      ...{ ...call, link_rtt_asked_ms: rtt, latency_p50_ms: rtt + 2, ...more },
    });
    ok(baselineRatios([at(0), at(100)]).length > 0);
    deepEqual(baselineRatios([at(0), at(100, { broken_on_purpose: true })]), []);
  });

  it("over clients are of what is the same in all else that was varied", () => {
    const clients = "workloads[0].clients.core";
    const of = (count: number, p50: number, more: Row = {}): Row => ({
      ...{ ...call, loop: "closed", clients: count, [clients]: count, latency_p50_ms: p50, ...more },
    });
    const tls = { "bus.tls": true };
    const [found] = baselineRatios(
      [of(10, 4), of(100, 20), of(10, 8, tls), of(100, 80, tls)],
      varied(clients, "bus.tls"),
    );
    deepEqual(
      found?.ratios.map(({ what, values }) => [what.split(":")[0], values[1]]),
      [
        ["rabbitmq, call, no bus.tls", 5],
        ["rabbitmq, call, bus.tls true", 10],
      ],
    );
    for (const unlike of [tls, { servers: 10 }, { offered_per_s: 50 }])
      deepEqual(baselineRatios([of(10, 4), of(100, 20, unlike)], varied(clients, "bus.tls")), []);
  });

  describe("of a broker against routers", () => {
    const of = (bus: Row, memory: number, more: Row = {}): Row => ({
      ...{ ...call, brokers_memory_max_bytes: memory, brokers_cpu_percent: memory / 2, ...bus, ...more },
    });
    const ten = { "workloads[0].clients.core": 10 };
    const broker = { ...ten, "bus.kind": "rabbitmq", "bus.topology": "single" };
    const routers = { ...ten, bus_kind: "routers", bus_topology: "links", "bus.kind": "routers" };
    const parameters = varied("bus.kind", "bus.topology", "bus.tls", "workloads[0].clients.core");
    const memories = (rows: readonly Row[]) =>
      baselineRatios(rows, parameters).flatMap(({ ratios }) =>
        ratios.flatMap(({ what, values }) => (what.startsWith("memory") ? [[what, values[1]]] : [])),
      );

    it("are of as many clients each", () => {
      const many = { clients: 100, "workloads[0].clients.core": 100 };
      deepEqual(memories([of(broker, 300, many), of(routers, 20)]), []);
      const rows = [of(broker, 100), of(broker, 300, many), of(routers, 20), of(routers, 30, many)];
      match(baselineRatios(rows, parameters).at(-1)?.caution ?? "", /by as many clients \(10, 100\)/);
      deepEqual(memories(rows), [
        ["memory, rabbitmq single against routers links, call, workloads[0].clients.core 10", 5],
        ["memory, rabbitmq single against routers links, call, workloads[0].clients.core 100", 10],
      ]);
    });

    it("leave out brokers that encrypt, and take no broker for another", () => {
      const rows = [of(broker, 100), of(broker, 400, { "bus.tls": true }), of(routers, 20)];
      deepEqual(memories(rows), [["memory, rabbitmq single against routers links, call", 5]]);
      const off = [of(broker, 100, { "bus.tls": false }), of(routers, 20)];
      deepEqual(memories(off), [["memory, rabbitmq single against routers links, call", 5]]);
      const meshes = [of(routers, 20), of(routers, 50, { bus_topology: "ring", "bus.topology": "ring" })];
      deepEqual(memories([of(broker, 100), ...meshes]), [
        ["memory, rabbitmq single against routers links, call", 5],
        ["memory, rabbitmq single against routers ring, call", 2],
      ]);
    });

    it("have connections, and calls a second of closed loops alone", () => {
      const of = (bus: Row, connections: number, rate: number, loop: string): Row => ({
        ...{ ...call, ...ten, ...bus, loop, broker_connections_max: connections, throughput_per_s: rate },
      });
      const ratios = (loop: string) =>
        baselineRatios([of(broker, 210, 80, loop), of(routers, 100, 100, loop)], parameters)
          .flatMap((one) => one.ratios)
          .map(({ what, values }) => [what.split(",")[0], ...rounded(values)]);
      deepEqual(ratios("closed"), [
        ["connections", "2.10", "2.10"],
        ["calls a second", "0.97", "0.80"],
      ]);
      deepEqual(ratios("open"), [["connections", "2.10", "2.10"]]);
    });

    it("are of calls, as the published ones", () => {
      const cast = { pattern: "cast", workload: "cast" };
      deepEqual(memories([of(broker, 100, cast), of(routers, 20, cast)]), []);
      ok(memories([of(broker, 100), of(routers, 20)]).length > 0);
    });
  });

  describe("of several instances against one", () => {
    const of = (bus_brokers: number, rate: number, p50: number, more: Row = {}): Row => ({
      ...{ ...call, loop: "closed", bus_brokers, throughput_per_s: rate, latency_p50_ms: p50 },
      ...{ bus_topology: bus_brokers === 1 ? "single" : "cluster", ...more },
    });
    const found = (...rows: Row[]) =>
      baselineRatios(rows, varied("bus.topology")).flatMap(({ ratios }) =>
        ratios.map(({ what, values }) => [what, ...rounded(values)]),
      );

    it("are of as many as were published, of calls a second and of their latency", () =>
      deepEqual(found(of(1, 100, 4), of(3, 90, 5)), [
        ["calls a second, rabbitmq cluster of 3 against one, call", "1.10", "0.90"],
        ["median latency, rabbitmq cluster of 3 against one, call", "0.78", "1.25"],
      ]));

    it("are not of two, nor of a federation, nor of other calls", () => {
      deepEqual(found(of(1, 100, 4), of(2, 90, 5)), []);
      deepEqual(found(of(1, 100, 4), of(3, 90, 5, { bus_topology: "federation" })), []);
      deepEqual(found(of(1, 100, 4), of(3, 90, 5, { servers: 100 })), []);
    });

    it("are against one that is set alike, and not where none or several are", () => {
      const ratios = (...rows: Row[]) =>
        baselineRatios(rows, varied("bus.topology", "bus.queues", "bus.nodes.core", "bus.site")).flatMap(
          (one) => one.ratios.map(({ what, values }) => [what, values[1]?.toFixed(2)]),
        );
      const quorum = { "bus.queues": "quorum" };
      const three = { "bus.topology": "cluster", "bus.nodes.core": 3 };
      deepEqual(ratios(of(1, 100, 4), of(3, 50, 40, { ...three, ...quorum })), []);
      deepEqual(ratios(of(1, 100, 4), of(1, 80, 8, quorum), of(3, 40, 40, { ...three, ...quorum })), [
        ["calls a second, rabbitmq cluster of 3 against one, call", "0.50"],
        ["median latency, rabbitmq cluster of 3 against one, call", "5.00"],
      ]);
      const sites = ["core", "edge"].map((site) => of(1, 100, 4, { "bus.site": site }));
      deepEqual(ratios(...sites, of(3, 90, 5, three)), []);
    });

    it("of routers have a latency, as no rate of three was published", () => {
      const routers = { bus_kind: "routers", bus_topology: "full" };
      deepEqual(found(of(1, 100, 4, routers), of(3, 90, 4, routers)), [
        ["median latency, routers full of 3 against one, call", "1.00", "1.00"],
      ]);
    });
  });

  it("of one TCP stream are against its 20 ms, for each pair of sites by its own round-trip time", () => {
    const at = (rtt: number, mbit: number, pair: string): Row => ({
      ...{ workload: `tcp-${pair}`, kind: "shaker", pair, point: rtt },
      ...{ link_rtt_asked_ms: 500, shaker_rtt_asked_ms: rtt, shaker_tcp_there_bit_per_s: 1e6 * mbit },
    });
    const [one, ...others] = baselineRatios([
      ...[at(0, 900, "a--b"), at(20, 100, "a--b"), at(200, 20, "a--b")],
      ...[at(20, 80, "a--c"), at(200, 8, "a--c")],
    ]);
    deepEqual(others, []);
    deepEqual(
      one?.ratios.map(({ what, values }) => [what, ...rounded(values)]),
      [["200 ms of round-trip time against 20 ms", "0.10", "0.20", "0.10"]],
    );
  });

  it("of networks stand beside Rally's, and not beside calls, which cross the WAN", () => {
    const rally = (rtt: number, rally_mean_s: number): Row => ({
      ...{ bus_kind: "rabbitmq", workload: "networks", link_rtt_asked_ms: rtt, rally_mean_s },
      rally_scenario: "NeutronNetworks.create_and_delete_networks",
    });
    const [found] = baselineRatios([rally(0, 2), rally(200, 2.2)]);
    deepEqual(
      [found?.columns[0], ...rounded(found?.ratios[0]?.values ?? [])],
      ["create and delete networks", "1.01", "1.10"],
    );
  });

  it("of Keystone's databases are of one round-trip time each, Galera against one MariaDB", () => {
    const of = (kind: string, rtt: number, rally_mean_s: number): Row => ({
      ...{ rally_scenario: "Authenticate.keystone", workload: "tokens", link_rtt_asked_ms: rtt },
      ...{ "controlPlane.database.kind": kind, rally_mean_s },
    });
    const rows = [
      of("mariadb", 0, 0.1),
      of("galera", 0, 0.1),
      of("mariadb", 100, 0.1),
      of("galera", 100, 0.3),
    ];
    const [found, ...others] = baselineRatios(rows, varied("controlPlane.database.kind"));
    deepEqual(others, []);
    deepEqual(
      found?.ratios.map(({ what, values }) => [/at (\d+) ms/.exec(what)?.[1], ...rounded(values)]),
      [
        ["0", "4.00", "1.00"],
        ["100", "4.00", "3.00"],
      ],
    );
    deepEqual(baselineRatios(rows.slice(0, 1), varied("controlPlane.database.kind")), []);
    const lossy = rows.map((row) => ({ ...row, link_loss_asked_percent: 1 }));
    deepEqual(baselineRatios(lossy, varied("controlPlane.database.kind")), []);
  });
});
