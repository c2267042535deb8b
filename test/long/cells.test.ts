import { deepStrictEqual, ok, strictEqual } from "assert";
import { execa } from "execa";
import { readFileSync } from "fs";
import { join } from "path";
import { results } from "../../workloads/results/schema";
import { ControlPlaneStage } from "../support/controlPlaneStage";
import { PrometheusPages } from "../support/prometheusPages";
import { oneWayMs } from "../support/tracedRequests";

const hosts = ["edge-1-compute-1", "edge-2-compute-1"];
/** UUID 5 of the first host's name in the namespace of domain names (RFC 4122). */
const nodeOfFirst = "afc6ad36-ddac-5a97-b219-9a8a3ec3b074";

/** A stage whose databases and brokers are asked by their own tools. */
class CellsStage extends ControlPlaneStage {
  sql(server: string, statement: string): Promise<string> {
    return this.inContainer(server, "mariadb", "-N", "-B", "-e", statement);
  }

  /** Names of a broker's queues. */
  async queues(broker: string): Promise<string[]> {
    const said = await this.inContainer(
      broker,
      "rabbitmqctl",
      "-q",
      "list_queues",
      "-p",
      "buswide",
      "name",
      "--no-table-headers",
    );
    return said.split("\n");
  }

  /** The name of the cell that Nova has each host in. */
  async cells(): Promise<Record<string, string>> {
    const statement =
      "SELECT h.host, c.name FROM nova_api.host_mappings h JOIN nova_api.cell_mappings c ON c.id = h.cell_id";
    const rows = (await this.sql("core-mariadb", statement)).split("\n").map((row) => row.split("\t"));
    return Object.fromEntries(rows) as Record<string, string>;
  }
}

for (const bus of [
  { kind: "rabbitmq", site: "core" },
  { kind: "artemis", site: "core" },
])
  describe(`a control plane with cells at two edges, on ${bus.kind}`, function () {
    this.timeout(2_400_000);
    const stage = new CellsStage(`long-cells-${bus.kind}`, bus, {
      sites: { core: {}, edge: { count: 2 } },
      links: [{ between: ["core", "edge"], delay: "25ms" }],
      controlPlane: { computes: { edge: 1, core: 1 }, cells: { edge: {} }, profiler: true },
      workloads: [{ name: "boot", kind: "trace", site: "core", computes: "edge", times: 2 }],
      ...(bus.kind === "rabbitmq" ? { metrics: { kind: "prometheus", interval: "2s" } } : {}),
    });
    after(() => stage.destroy());

    it("has each site's hosts in a cell of its own, and those of the core in the usual one", async () => {
      const up = await stage.buswide("up");
      strictEqual(up.exitCode, 0, up.all);
      deepStrictEqual(await stage.cells(), {
        "core-compute-1": "cell1",
        "edge-1-compute-1": "edge-1",
        "edge-2-compute-1": "edge-2",
      });
    });

    it("boots servers by the one API, and keeps each where it is", async () => {
      const cloud = await stage.cloud();
      for (const host of [...hosts, "core-compute-1"]) {
        const server = await cloud.boot(`on-${host}`, host, 120);
        strictEqual(server.status, "ACTIVE", JSON.stringify(server));
        strictEqual(server["OS-EXT-SRV-ATTR:host"], host);
      }
      const { servers } = await cloud.ask<{ servers: { name: string }[] }>("compute", "/servers");
      strictEqual(servers.length, 3);
      const instances = (server: string) =>
        stage.sql(server, "SELECT display_name FROM nova.instances WHERE deleted = 0");
      strictEqual(await instances("edge-1-local-mariadb"), "on-edge-1-compute-1");
      strictEqual(await instances("edge-2-local-mariadb"), "on-edge-2-compute-1");
      strictEqual(await instances("core-mariadb"), "on-core-compute-1");
    });

    if (bus.kind === "rabbitmq")
      it("has what a cell says to itself on the cell's own bus, and nothing of a cell on the core's", async () => {
        const core = await stage.queues("core-rabbitmq");
        const edge = await stage.queues("edge-1-local-rabbitmq");
        ok(edge.includes("compute.edge-1-compute-1") && edge.includes("conductor"), edge.join());
        ok(!core.some((name) => name.includes("edge-1")), core.join());
        ok(!edge.some((name) => name.startsWith("scheduler")), edge.join());
      });

    if (bus.kind === "rabbitmq")
      it("has figures of each cell's database and bus", async () => {
        const pages = await PrometheusPages.of(stage.stack);
        const sites = ["core/", "edge-1/local-", "edge-2/local-"];
        const each = (service: string) => Object.fromEntries(sites.map((site) => [`${site}${service}`, 1]));
        await pages.become("mysql_up", each("mariadb"));
        await pages.become("buswide_container_running{service=~'.*rabbitmq'}", each("rabbitmq"));
        const queries = await pages.values("mysql_global_status_queries");
        for (const site of sites) ok((queries[`${site}mariadb`] ?? 0) > 100, JSON.stringify(queries));
      });

    it("traces requests through the cell's conductor, and waits for the link where it is crossed", () => {
      const text = readFileSync(join(stage.runs, "latest", "results.json"), "utf8");
      const { status, failure, traces } = results.parse(JSON.parse(text));
      strictEqual(status, "complete", failure);
      const requests = traces?.[0]?.requests ?? [];
      strictEqual(requests.length, 2);
      for (const { missing, services, exchanges } of requests) {
        deepStrictEqual(missing, []);
        ok(services.some(({ service }) => /^edge-[12]\/cell-conductor$/.test(service)));
        // The core writes the server into the cell's database, over the link; the cell's conductor does so at its site.
        const far = exchanges.find(
          ({ kind, from, to }) => kind === "database" && from === "core" && to !== "core",
        );
        ok(far && far.selfMs >= 2 * oneWayMs * 0.95, JSON.stringify(exchanges));
        ok(
          exchanges.some(
            ({ kind, from, to }) => kind === "database" && from.startsWith("edge") && to === from,
          ),
        );
        const within = exchanges.find(
          ({ kind, from, to }) => kind === "bus" && from.startsWith("edge") && to === from,
        );
        ok(within, JSON.stringify(exchanges));
        deepStrictEqual(within.links, []);
      }
    });

    it("has servers of other cells when one is away, and that cell again when it is back", async () => {
      const cloud = await stage.cloud();
      const of = (service: string) => `buswide-${stage.stack}-edge-1-${service}`;
      await execa("docker", ["kill", of("cell-conductor"), of("local-mariadb")]);
      // Whoever asks all cells waits up to a minute for this one: the API and the conductor count servers, the scheduler hosts.
      strictEqual((await cloud.boot("elsewhere", "edge-2-compute-1", 300)).status, "ACTIVE");
      await execa("docker", ["start", of("local-mariadb"), of("cell-conductor")]);
      await cloud.reported(["edge-1-compute-1"], new Date(), 300);
      strictEqual((await cloud.boot("back", "edge-1-compute-1", 180)).status, "ACTIVE");
    });

    it("has nothing to do in the next up", async () => {
      const again = await stage.buswide("up");
      strictEqual(again.exitCode, 0, again.all);
      ok(again.all.includes("no changes"), again.all);
    });

    if (bus.kind === "rabbitmq")
      it("takes hosts out of a cell and back into it, and boots servers on them either way", async () => {
        for (const [cells, cell] of [
          [{ "edge-2": {} }, "cell1"],
          [{}, "cell1"],
          [{ edge: {} }, "edge-1"],
        ] as const) {
          const set = ["--set", `controlPlane.cells=${JSON.stringify(cells)}`, "--set", "workloads=[]"];
          const up = await stage.buswide("up", ...set, "--set", "controlPlane.profiler=false");
          strictEqual(up.exitCode, 0, up.all);
          strictEqual((await stage.cells())["edge-1-compute-1"], cell);
          const cloud = await stage.cloud();
          for (const host of hosts) {
            const { status, fault } = await cloud.boot(`in-${cell}`, host, 180);
            strictEqual(status, "ACTIVE", `${host} in ${cell}: ${JSON.stringify(fault)}`);
          }
          // The same node wherever its record is: Placement knows it by this and by its name.
          const server = cell === "cell1" ? "core-mariadb" : "edge-1-local-mariadb";
          const statement =
            "SELECT uuid FROM nova.compute_nodes WHERE deleted = 0 AND host = 'edge-1-compute-1'";
          strictEqual(await stage.sql(server, statement), nodeOfFirst);
        }
      });

    it("leaves nothing when it is destroyed", async () => {
      strictEqual((await stage.buswide("destroy", "--keep-images")).exitCode, 0);
      deepStrictEqual(await stage.leftovers(), []);
    });
  });
