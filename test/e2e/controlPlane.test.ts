import { deepStrictEqual, ok, strictEqual } from "assert";
import { readdirSync, readFileSync } from "fs";
import { join } from "path";
import { results } from "../../workloads/results/schema";
import { ControlPlaneStage } from "../support/controlPlaneStage";
import { assertKeepsSecrets } from "../support/keptSecrets";
import { filesBelow } from "../support/secretScan";
import {
  hasSpansOfEveryService,
  oneWayMs,
  servicesAtCore,
  tellsWhatItDoesWhenIdle,
  waitsForLinksAsLongAsTheyTake,
} from "../support/tracedRequests";

interface Node {
  readonly info: { readonly place?: string; readonly name: string };
  readonly children: readonly Node[];
}

function places({ info, children }: Node): string[] {
  return [...(info.place === undefined ? [] : [info.place]), ...children.flatMap(places)];
}

describe("a control plane on RabbitMQ", function () {
  this.timeout(900_000);
  const stage = new ControlPlaneStage(
    "e2e-control-plane",
    { kind: "rabbitmq" },
    {
      controlPlane: { profiler: true },
      workloads: [
        { name: "boot", kind: "trace", site: "core", times: 2, background: "25s" },
        {
          ...{ name: "flavors", kind: "rally", site: "core", scenario: "NovaFlavors.list_flavors" },
          ...{ times: 2, trace: true },
        },
      ],
    },
  );
  let said = "";
  after(() => stage.destroy());

  it("boots servers over a link of 25 ms, and keeps its secrets to itself", async () => {
    const up = await stage.buswide("up");
    said = up.all;
    strictEqual(up.exitCode, 0, up.all);
    const { status, failure } = results.parse(
      JSON.parse(readFileSync(join(stage.runs, "latest", "results.json"), "utf8")),
    );
    strictEqual(status, "complete", failure);

    const cloud = await stage.cloud();
    for (const host of ["edge-compute-1", "edge-compute-2"]) {
      const started = Date.now();
      const server = await cloud.boot(`on-${host}`, host);
      strictEqual(server.status, "ACTIVE", JSON.stringify(server));
      strictEqual(server["OS-EXT-SRV-ATTR:host"], host);
      ok(Date.now() - started > 2 * oneWayMs);
      await cloud.delete(server.id);
    }

    // Keystone and the APIs find again what they kept in their cache.
    const hits = await stage.cacheHits("core");
    await cloud.ask("compute", "/servers");
    await cloud.ask("compute", "/servers");
    ok(hits > 0 && (await stage.cacheHits("core")) > hits, `${hits}`);

    // It takes connections of its own site alone, of whose services the others are reached from elsewhere.
    const configuration = await stage.inContainer("core-nova-api", "cat", "/etc/nova/nova.conf");
    const cache = /^memcached_servers = (.+):11211$/m.exec(configuration)?.[1] ?? "";
    const keystone = /^auth_url = http:\/\/(.+):5000\b/m.exec(configuration)?.[1] ?? "";
    const connects = (from: string, port: number, to: string): Promise<boolean> =>
      stage.inContainer(from, "timeout", "5", "bash", "-c", `: 3<>/dev/tcp/${to}/${port}`).then(
        () => true,
        () => false,
      );
    strictEqual(await connects("core-keystone", 11211, cache), true);
    strictEqual(await connects("edge-computes", 11211, cache), false);
    strictEqual(await connects("edge-computes", 5000, keystone), true);

    // Each service is an unprivileged user's.
    for (const [service, user] of [
      ["core-keystone", "openstack"],
      ["core-nova-conductor", "openstack"],
      ["edge-computes", "openstack"],
      ["core-mariadb", "mysql"],
      ["core-memcached", "memcache"],
    ] as const) {
      const users = (await stage.inContainer(service, "stat", "-c", "%U", "/proc/1")).trim();
      strictEqual(users, user, service);
    }

    // What gives access is in no output of the command, nor in anything that a run keeps, the state shows or the engine tells.
    const { password } = cloud;
    ok(password.length > 20);
    const { stack, runs } = stage;
    const secrets = assertKeepsSecrets({ stack, said: { up: said }, folders: [runs] });
    ok(secrets.includes(password), "the administrator's password is among the secrets");
    // Of these the state has no more than files of many lines, and the list of what a measurement writes nowhere.
    for (const option of ["memcache_secret_key", "hmac_keys", "password"]) {
      const [, secret] = new RegExp(`^${option} = (.+)$`, "m").exec(configuration) ?? [];
      ok(secret !== undefined && secrets.includes(secret), `${option} is among the secrets`);
    }
    const kept = filesBelow(join(runs, "1"));
    ok(kept.some(({ bytes }) => bytes.includes("[keystone_authtoken]")));
  });

  it("traces requests through every service, and gives no secret away by it", async () => {
    const run = join(stage.runs, "1");
    const { traces, rally } = results.parse(JSON.parse(readFileSync(join(run, "results.json"), "utf8")));
    const [boot] = traces ?? [];
    strictEqual(boot?.requests.length, 2);
    ok(boot.totalMs.traced && boot.totalMs.untraced);
    ok((boot.wan?.bytes ?? 0) > 0, "what the requests cost the link is counted");
    hasSpansOfEveryService(boot);

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
    ok(new Set(places(report)).size >= servicesAtCore.length + 2);

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
    const left = await stage.inContainer("edge-computes", "ls", "/var/lib/openstack");
    ok(!left.includes("exchanges"), left);
  });

  it("finds who tells whom what over the link, for a request and while nobody asks anything", () => {
    const run = join(stage.runs, "1");
    const [boot] = results.parse(JSON.parse(readFileSync(join(run, "results.json"), "utf8"))).traces ?? [];
    ok(boot);
    waitsForLinksAsLongAsTheyTake(boot);
    tellsWhatItDoesWhenIdle(boot);
    const page = readFileSync(join(run, "traces/boot/patterns.html"), "utf8");
    ok(page.includes("Instance.save") && page.includes("Service.save"));
    ok(readFileSync(join(run, "traces/boot/patterns.svg"), "utf8").includes('data-flow="edge/computes '));
  });

  it("is done when nothing changes, and leaves nothing when it is destroyed", async () => {
    const again = await stage.buswide("up");
    strictEqual(again.exitCode, 0, again.all);
    ok(again.all.includes("no changes"), again.all);
    strictEqual((await stage.buswide("destroy", "--keep-images")).exitCode, 0);
    deepStrictEqual(await stage.leftovers(), []);
  });
});
