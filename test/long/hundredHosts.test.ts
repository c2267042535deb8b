import assert from "assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { delimiter, join, resolve } from "path";
import { withEngineMemory } from "../../benchmarks/support/cost";
import type { ChangesDocument } from "../../bin/report/changes";
import { buswide } from "../command/shim";

/*
 * What a hundred hosts cost the machine that runs the command, by the real engine with a real plugin for each host. The hosts are not
 * there: in OpenSSH's place is a program that answers for them (test/support/stub-ssh). A preview makes nothing on them.
 */

const hosts = Array.from({ length: 100 }, (_, at) => `node-${at + 1}.lyon.grid5000.fr`);

/** 500 sites, each a gateway's and an agents' container: 1,000 services, and the broker. */
const scenario = `config:
  buswide:scenario:
    target:
      kind: machines
      inventory: { format: grid5000, file: nodes }
      ssh: { user: root }
      sites: { core: ${hosts[0]}, edge: lyon }
      addresses: { sitePrefix: 27 }
    sites: { core: {}, edge: { count: 499 } }
    links:
      - { between: [core, edge], delay: 25ms }
    bus: { kind: rabbitmq, topology: single }
    workloads:
      - { name: call, kind: rpc, clients: { edge: 20 }, servers: { core: 50 }, rate: 1000/s, duration: 10s }
`;

describe("a stack on a hundred hosts", function () {
  this.timeout(60 * 60_000);
  const folder = mkdtempSync(join(tmpdir(), "buswide-"));
  const file = join(folder, "Pulumi.hundred-hosts-e2e.yaml");
  const log = join(folder, "asked");
  after(() => rmSync(folder, { recursive: true }));

  it("with a thousand services is asked, checked and previewed by the engine", async () => {
    writeFileSync(join(folder, "nodes"), hosts.map((name) => `${name}\n`).join(""));
    writeFileSync(file, scenario);
    symlinkSync(resolve(__dirname, "../support/stub-ssh"), join(folder, "ssh"));
    const environment = {
      PATH: [folder, process.env["PATH"] ?? ""].join(delimiter),
      STUB_SSH_LOG: log,
    };

    const began = performance.now();
    const { result, memoryBytes } = await withEngineMemory(() =>
      buswide(["preview", file, "--json"], environment),
    );
    const seconds = (performance.now() - began) / 1000;
    assert.equal(result.code, 0, result.stderr);
    process.stdout.write(
      `      previewed in ${seconds.toFixed(0)} s; all processes together had at most ${(memoryBytes / 2 ** 30).toFixed(1)} GiB resident\n`,
    );

    const { changes, summary } = JSON.parse(result.stdout) as ChangesDocument;
    assert.deepEqual(Object.keys(summary), ["create"]);
    const named = (type: string) => changes.filter((change) => change.type === type).map(({ name }) => name);
    assert.deepEqual(
      named("pulumi:providers:docker").filter((name) => name.startsWith("target-")),
      hosts.map((host) => `target-${host}`).sort(),
    );
    const containers = named("docker:index/container:Container");
    const ending = (suffix: string) => containers.filter((name) => name.endsWith(suffix)).length;
    assert.deepEqual(
      [ending("-gateway-container"), ending("-agents-container"), ending("-rabbitmq-container")],
      [500, 500, 1],
    );
    assert.equal(containers.length, 1001);
    // A site's network, and each host's underlay.
    assert.equal(named("docker:index/network:Network").length, 600);

    // Every host was asked what it is, how it reaches those that it has links to, and whether its engine answers.
    const asked = new Set(readFileSync(log, "utf8").split("\n"));
    for (const what of ["facts", "peers", "engine"])
      assert.deepEqual(
        hosts.filter((host) => !asked.has(`${what} ${host}`)),
        [],
        what,
      );
  });
});
