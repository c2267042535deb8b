import { deepStrictEqual, ok, rejects, strictEqual } from "assert";
import { execa } from "execa";
import { ControlPlaneStage } from "../support/controlPlaneStage";
import { PrometheusPages } from "../support/prometheusPages";

const overSites = {
  sites: { core: {}, edge: { count: 2 } },
  links: [
    { between: ["core", "edge"], delay: "25ms" },
    { between: ["edge-1", "edge-2"], delay: "25ms" },
  ],
};

/** What a try gives that succeeds. Errors: that of a try, after so many seconds. */
async function untilIn<T>(seconds: number, attempt: () => Promise<T>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;)
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((done) => setTimeout(done, 500));
    }
}

/** A stage whose database is asked by its own tools. */
class GaleraStage extends ControlPlaneStage {
  sql(node: string, statement: string): Promise<string> {
    return this.inContainer(node, "mariadb", "-N", "-B", "-e", statement);
  }

  /** A node's status variable. */
  async status(node: string, name: string): Promise<string> {
    return (await this.sql(node, `SHOW GLOBAL STATUS LIKE '${name}'`)).split("\t")[1] ?? "";
  }

  async serves(node: string): Promise<boolean> {
    const program = "import sys; from buswide_database import members; sys.exit(not members.ready())";
    return this.inContainer(node, "python3", "-c", program).then(
      () => true,
      () => false,
    );
  }

  /** Waits until each node serves. Errors: one does not. */
  async allServe(nodes: readonly string[], timeoutSeconds = 120): Promise<void> {
    const end = Date.now() + timeoutSeconds * 1000;
    for (const node of nodes)
      while (!(await this.serves(node))) {
        ok(Date.now() < end, `${node} does not serve after ${timeoutSeconds} s`);
        await new Promise((done) => setTimeout(done, 500));
      }
  }
}

describe("a control plane on a Galera cluster over three sites", function () {
  this.timeout(1_800_000);
  const nodes = ["core-galera", "edge-1-galera", "edge-2-galera"] as const;
  const stage = new GaleraStage(
    "long-galera",
    { kind: "rabbitmq", site: "core" },
    {
      ...overSites,
      metrics: { kind: "prometheus", interval: "2s" },
      controlPlane: { computes: { edge: 1 }, database: { kind: "galera", nodes: { core: 1, edge: 1 } } },
    },
  );
  after(() => stage.destroy());
  const instances = (node: string) => stage.sql(node, "SELECT COUNT(*) FROM nova.instances");
  /** Drops all that comes from, or goes to, the site of edge-1. */
  const isolate = (how: "-I" | "-D") =>
    stage.inContainer("edge-1-gateway", "iptables", how, "FORWARD", "-j", "DROP");

  it("boots a server, with what it wrote at every node, and has nothing to do in the next up", async () => {
    const up = await stage.buswide("up");
    strictEqual(up.exitCode, 0, up.all);
    const cloud = await stage.cloud();
    strictEqual((await cloud.boot("first", "edge-1-compute-1", 120)).status, "ACTIVE");
    for (const node of nodes) {
      strictEqual(await stage.status(node, "wsrep_cluster_size"), "3", node);
      strictEqual(await instances(node), "1", node);
      strictEqual((await stage.inContainer(node, "stat", "-c", "%U", "/proc/1")).trim(), "mysql", node);
    }
    const again = await stage.buswide("up");
    strictEqual(again.exitCode, 0, again.all);
    ok(again.all.includes("no changes"), again.all);
  });

  it("has each node, and the proxy, tell Prometheus who they see, and what they did", async () => {
    const pages = await PrometheusPages.of(stage.stack);
    const each = (value: number) =>
      Object.fromEntries(nodes.map((node) => [node.replace(/-(galera)$/, "/$1"), value]));
    await pages.become("up{job='mariadb'}", each(1));
    await pages.become("mysql_up", each(1));
    await pages.become("mysql_global_status_wsrep_cluster_size", each(3));
    await pages.become("mysql_global_status_wsrep_ready", each(1));
    await pages.become("up{job='haproxy'}", { "core/database-proxy": 1 });
    const sessions = await pages.values(
      "haproxy_server_current_sessions{proxy='nodes'}",
      ({ server }) => server ?? "",
    );
    ok((sessions["core-galera"] ?? 0) > 0, JSON.stringify(sessions));
    const commits = await pages.values("mysql_global_status_handlers_total{handler='commit'}");
    ok((commits["core/galera"] ?? 0) > 100, JSON.stringify(commits));
    const page = await (await pages.fetch("consoles/database.html")).text();
    for (const part of ["Servers", "Cluster", "Proxies"]) ok(page.includes(`<h2>${part}</h2>`), part);
  });

  it("goes on without the node of a site that is cut off, which refuses queries until it is back and has them all", async () => {
    const cloud = await stage.cloud();
    await isolate("-I");
    try {
      strictEqual((await cloud.boot("meanwhile", "edge-2-compute-1", 180)).status, "ACTIVE");
      await rejects(instances("edge-1-galera"), /1047/);
      strictEqual(await stage.status("edge-1-galera", "wsrep_cluster_status"), "non-Primary");
      strictEqual(await stage.status("core-galera", "wsrep_cluster_size"), "2");
      strictEqual(await instances("edge-2-galera"), "2");
    } finally {
      await isolate("-D");
    }
    await stage.allServe(["edge-1-galera"]);
    strictEqual(await instances("edge-1-galera"), "2");
  });

  it("takes back a node whose server was killed, without copying everything to it", async () => {
    await stage.sql("core-galera", "CREATE TABLE nova.seen (i INT PRIMARY KEY)");
    const since = new Date().toISOString();
    await stage.inContainer("edge-2-galera", "sh", "-c", "kill -9 $(cat /run/mysqld/mysqld.pid)");
    await stage.sql("core-galera", "INSERT INTO nova.seen VALUES (1)");
    await stage.allServe(["edge-2-galera"]);
    strictEqual(await stage.sql("edge-2-galera", "SELECT COUNT(*) FROM nova.seen"), "1");
    const logs = await Promise.all(
      nodes.map((node) =>
        execa("docker", ["logs", "--since", since, `buswide-${stage.stack}-${node}`], { all: true }),
      ),
    );
    const given = logs
      .flatMap(({ all }) => all.split("\n"))
      .filter((line) => /wsrep_sst_\w+ --role 'donor'/.test(line));
    strictEqual(given.length, 1, given.join("\n"));
    ok(given[0]?.includes("--bypass"), given[0]);
  });

  it("has the proxy go to another node when the first ends, and back to it", async () => {
    const behindProxy = () =>
      stage.inContainer(
        "core-database-proxy",
        "bash",
        "-c",
        "exec 3<>/dev/tcp/127.0.0.1/9201; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3",
      );
    await stage.inContainer("core-galera", "sh", "-c", "kill -TERM $(cat /run/mysqld/mysqld.pid)");
    ok((await behindProxy()).includes("200"));
    // Until the proxy has seen it end, queries are sent to it and lost, and Keystone drops the request that they are of.
    const cloud = await untilIn(10, () => stage.cloud());
    strictEqual((await cloud.boot("failed-over", "edge-1-compute-1", 180)).status, "ACTIVE");
    await stage.allServe(["core-galera"]);
    strictEqual(await instances("core-galera"), "3");
  });

  it("has all that it had after every node was killed at once", async () => {
    const containers = nodes.map((node) => `buswide-${stage.stack}-${node}`);
    await execa("docker", ["kill", ...containers]);
    await execa("docker", ["start", ...containers]);
    await stage.allServe(nodes);
    for (const node of nodes) {
      strictEqual(await stage.status(node, "wsrep_cluster_size"), "3", node);
      strictEqual(await instances(node), "3", node);
    }
    const cloud = await stage.cloud();
    await cloud.reported(["edge-1-compute-1", "edge-2-compute-1"], new Date());
    strictEqual((await cloud.boot("after-all", "edge-2-compute-1", 180)).status, "ACTIVE");
  });

  it("keeps its accounts' passwords to itself, and leaves nothing when it is destroyed", async () => {
    const { password } = await stage.cloud();
    for (const node of nodes) {
      const { all } = await execa("docker", ["logs", `buswide-${stage.stack}-${node}`], { all: true });
      ok(!all.includes(password) && !/IDENTIFIED BY/.test(all), node);
    }
    strictEqual((await stage.buswide("destroy", "--keep-images")).exitCode, 0);
    deepStrictEqual(await stage.leftovers(), []);
  });
});

describe("a control plane on two nodes and an arbitrator, without proxies", function () {
  this.timeout(1_800_000);
  const stage = new GaleraStage(
    "long-galera-hosts",
    { kind: "rabbitmq", site: "core" },
    {
      ...overSites,
      controlPlane: {
        computes: { "edge-2": 1 },
        services: { glance: "edge-1" },
        database: {
          kind: "galera",
          nodes: { core: 1, "edge-1": 1 },
          arbitrator: "edge-2",
          access: "hosts",
          writers: "nearest",
          stateTransfer: "rsync",
        },
      },
    },
  );
  after(() => stage.destroy());

  it("boots a server with services of two sites at a node each", async () => {
    const up = await stage.buswide("up");
    strictEqual(up.exitCode, 0, up.all);
    strictEqual(await stage.status("core-galera", "wsrep_cluster_size"), "3");
    const cloud = await stage.cloud();
    strictEqual((await cloud.boot("on-edge-2", "edge-2-compute-1", 120)).status, "ACTIVE");
    const users =
      "SELECT DISTINCT user FROM information_schema.processlist WHERE host <> 'localhost' ORDER BY user";
    ok((await stage.sql("edge-1-galera", users)).split("\n").includes("glance"));
    ok(!(await stage.sql("core-galera", users)).split("\n").includes("glance"));
  });

  it("loses a node, and the other serves with the arbitrator's vote", async () => {
    await stage.inContainer("edge-1-galera", "sh", "-c", "kill -STOP $(cat /run/mysqld/mysqld.pid)");
    await stage.sql("core-galera", "CREATE TABLE nova.alone (i INT PRIMARY KEY)");
    strictEqual(await stage.status("core-galera", "wsrep_cluster_size"), "2");
    await stage.inContainer("edge-1-galera", "sh", "-c", "kill -CONT $(cat /run/mysqld/mysqld.pid)");
    await stage.allServe(["edge-1-galera"]);
    strictEqual(await stage.sql("edge-1-galera", "SELECT COUNT(*) FROM nova.alone"), "0");
  });
});
