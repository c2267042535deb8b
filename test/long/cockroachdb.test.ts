import { deepStrictEqual, match, ok, strictEqual } from "assert";
import { execa } from "execa";
import { ControlPlaneStage } from "../support/controlPlaneStage";

/** CockroachDB's image is somebody else's: a name for it can be given, and without it there is no more to test than that it is refused. */
const image = process.env["COCKROACHDB_IMAGE"];

describe("a control plane whose Keystone is on a CockroachDB over three sites", function () {
  this.timeout(1_800_000);
  const nodes = ["core-cockroachdb", "edge-1-cockroachdb", "edge-2-cockroachdb"] as const;
  const stage = new ControlPlaneStage(
    "long-cockroachdb",
    { kind: "rabbitmq", site: "core" },
    {
      sites: { core: {}, edge: { count: 2 } },
      links: [
        { between: ["core", "edge"], delay: "25ms" },
        { between: ["edge-1", "edge-2"], delay: "25ms" },
      ],
      controlPlane: {
        computes: { edge: 1 },
        keystoneDatabase: {
          kind: "cockroachdb",
          image: image ?? "registry.invalid/cockroach:v23.1.14",
          nodes: { core: 1, edge: 1 },
          leaseholders: "core",
        },
      },
    },
  );
  after(() => stage.destroy());
  /** Lines of an answer to the first node's administrator. */
  const sql = async (statement: string) => {
    const script =
      'cockroach sql --certs-dir=certificates --host="$BUSWIDE_ADDRESS:26257" --format=csv -e "$0"';
    const said = await stage.inContainer(nodes[0], "bash", "-c", script, statement);
    return said.split("\n").slice(1);
  };
  const docker = (action: string, node: string) =>
    execa("docker", [action, `buswide-${stage.stack}-${node}`]);
  const serves = (node: string) => {
    const probe =
      "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /health?ready=1 HTTP/1.0\\r\\n\\r\\n' >&3; grep -q ' 200 ' <&3";
    return stage.inContainer(node, "bash", "-c", probe).then(
      () => true,
      () => false,
    );
  };
  /** Tries until Keystone gives a token. Errors: it does not within a minute. */
  const answers = async () => {
    const end = Date.now() + 60_000;
    for (;;)
      try {
        return await stage.cloud();
      } catch (error) {
        if (Date.now() > end) throw error;
        await new Promise((done) => setTimeout(done, 500));
      }
  };

  if (image === undefined) {
    it("is refused before anything is made where its image can't be had", async () => {
      const up = await stage.buswide("up");
      strictEqual(up.exitCode, 2, up.all);
      match(up.all, /controlPlane\.keystoneDatabase\.image: the image ".+" is not on this machine/);
      deepStrictEqual(await stage.leftovers(), []);
    });
    return;
  }

  it("boots a server, has each node in its site's region, and has nothing to do in the next up", async () => {
    const up = await stage.buswide("up");
    strictEqual(up.exitCode, 0, up.all);
    const cloud = await stage.cloud();
    strictEqual((await cloud.boot("first", "edge-1-compute-1", 120)).status, "ACTIVE");
    const regions = await sql("SELECT region FROM [SHOW REGIONS FROM CLUSTER] ORDER BY region");
    deepStrictEqual(regions, ["core", "edge-1", "edge-2"]);
    for (const node of nodes)
      strictEqual((await stage.inContainer(node, "stat", "-c", "%u", "/proc/1")).trim(), "64418", node);
    const again = await stage.buswide("up");
    strictEqual(again.exitCode, 0, again.all);
    ok(again.all.includes("no changes"), again.all);
  });

  it("has a copy of Keystone's tables at every site", async () => {
    const end = Date.now() + 300_000;
    for (;;) {
      const copies = await sql(
        "SELECT DISTINCT array_length(replicas, 1) FROM [SHOW RANGES FROM DATABASE keystone]",
      );
      if (copies.join() === "3") break;
      ok(Date.now() < end, `copies: ${copies.join()}`);
      await new Promise((done) => setTimeout(done, 2000));
    }
  });

  it("goes on without any one node, also the one that Keystone asks first", async () => {
    for (const node of nodes) {
      await docker("kill", node);
      try {
        await answers();
      } finally {
        await docker("start", node);
      }
      const end = Date.now() + 120_000;
      while (!(await serves(node))) {
        ok(Date.now() < end, `${node} does not serve again`);
        await new Promise((done) => setTimeout(done, 500));
      }
    }
  });
});
