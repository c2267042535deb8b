import { deepStrictEqual, ok, strictEqual } from "assert";
import { readdirSync, readFileSync } from "fs";
import { join } from "path";
import { results } from "../../workloads/results/schema";
import { ControlPlaneStage } from "../support/controlPlaneStage";

/** A message to the edge and its answers come over a link of 25 ms. */
const oneWayMs = 25;
const atCore = ["keystone", "placement", "glance", "nova-api", "nova-conductor", "nova-scheduler", "neutron"];

interface Node {
  readonly info: { readonly place?: string; readonly name: string };
  readonly children: readonly Node[];
}

function places({ info, children }: Node): string[] {
  return [...(info.place === undefined ? [] : [info.place]), ...children.flatMap(places)];
}

describe("a request that is traced", function () {
  this.timeout(900_000);
  const stage = new ControlPlaneStage(
    "e2e-trace",
    { kind: "rabbitmq" },
    {
      controlPlane: { profiler: true },
      workloads: [
        { name: "boot", kind: "trace", site: "core", times: 2 },
        {
          ...{ name: "flavors", kind: "rally", site: "core", scenario: "NovaFlavors.list_flavors" },
          ...{ times: 2, trace: true },
        },
      ],
    },
  );
  after(() => stage.destroy());

  it("has spans of every service over a link of 25 ms, and gives no secret away", async () => {
    const up = await stage.buswide("up");
    strictEqual(up.exitCode, 0, up.all);
    const run = join(stage.runs, "1");
    const { status, failure, traces, rally } = results.parse(
      JSON.parse(readFileSync(join(run, "results.json"), "utf8")),
    );
    strictEqual(status, "complete", failure);

    const [boot] = traces ?? [];
    strictEqual(boot?.requests.length, 2);
    ok(boot.totalMs.traced && boot.totalMs.untraced);
    ok((boot.wan?.bytes ?? 0) > 0, "what the requests cost the link is counted");
    for (const {
      missing,
      kinds,
      links,
      exchanges,
      totalMs,
      unseenMs,
      services,
      unfinished,
    } of boot.requests) {
      deepStrictEqual(missing, []);
      strictEqual(unfinished, 0);
      const seen = new Set(services.map(({ service }) => service));
      for (const name of [...atCore.map((service) => `core/${service}`), "edge/computes", "core/client"])
        ok(seen.has(name), `nothing of ${name}`);
      for (const [kind, { spans, coveredMs }] of Object.entries(kinds)) {
        ok(spans > 0, `no span of kind ${kind}`);
        ok(coveredMs > 0 && coveredMs <= totalMs, `${kind}: ${coveredMs} of ${totalMs} ms`);
      }
      ok(unseenMs < totalMs / 2, `${unseenMs} of ${totalMs} ms were not seen`);
      deepStrictEqual(
        links.map(({ link }) => link),
        ["core--edge"],
      );
      // The computes call and ask back: each waits for the link there and back at least.
      for (const kind of ["bus", "http"] as const) {
        const over = exchanges.find((one) => one.kind === kind && one.from === "edge" && one.to === "core");
        // One may be under way when the server is seen to be active.
        ok(
          over && over.spans > 1 && over.selfMs >= (over.spans - 1) * 2 * oneWayMs * 0.95,
          `${kind}: ${JSON.stringify(over)}`,
        );
      }
      // A cast to the computes takes the way there.
      const cast = exchanges.find(({ kind, from, to }) => kind === "bus" && from === "core" && to === "edge");
      ok(cast && cast.selfMs >= oneWayMs * 0.95, JSON.stringify(cast));
    }

    const [flavors] = rally ?? [];
    deepStrictEqual(
      flavors?.traces?.map(({ scenario, kinds }) => [scenario, kinds.database.spans > 0]),
      [
        ["NovaFlavors.list_flavors", true],
        ["NovaFlavors.list_flavors", true],
      ],
    );

    for (const path of [...boot.reports, ...flavors.reports]) ok(readFileSync(join(run, path)).length > 0);
    const report = JSON.parse(readFileSync(join(run, "traces/boot/1.json"), "utf8")) as Node;
    ok(new Set(places(report)).size >= atCore.length + 2);

    // Neither tokens, nor passwords, nor what requests are signed with.
    const key = /^hmac_keys = (.+)$/m.exec(
      await stage.inContainer("core-nova-api", "cat", "/etc/nova/nova.conf"),
    )?.[1];
    ok(key !== undefined && key.length > 40);
    const { password } = await stage.cloud();
    for (const entry of readdirSync(run, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), "latin1");
      for (const secret of [key, password]) ok(!text.includes(secret), entry.name);
      // What a token of Keystone's begins with.
      if (entry.parentPath.includes("traces")) ok(!/\bgAAAA[\w-]{20}/.test(text), entry.name);
    }

    // Nothing of them stays in the services.
    strictEqual(await stage.inContainer("core-nova-api", "ls", "/var/lib/openstack/traces"), "");
  });
});
