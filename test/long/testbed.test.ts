import assert from "assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { parse, stringify } from "yaml";
import { results as resultsSchema } from "../../workloads/results/schema";
import { buswide, projectRoot } from "../command/shim";
import { TestHosts } from "../support/hosts";
import { keepingImages } from "../support/keptImages";
import { assertAsMade, containersOn } from "../support/stackOnHosts";

interface File {
  config: {
    "buswide:scenario": {
      target: { hosts: Record<string, { host: string }>; ssh: object };
      workloads: readonly { readonly name: string }[];
    };
  };
}

const stack = "testbed-long";
const names = ["core-host", "edge-host-1", "edge-host-2"];
const note = join(projectRoot, ".buswide", "stacks", `${stack}.hosts.json`);

describe("the scenario `testbed`, its hosts' addresses put in,", function () {
  this.timeout(20 * 60_000);
  let folder = "";
  let file = "";
  let hosts: TestHosts | undefined;
  const on = (): TestHosts => hosts ?? assert.fail("there are no hosts yet");

  const shipped = parse(readFileSync(join(projectRoot, "stacks", "Pulumi.testbed.yaml"), "utf8")) as File;
  const { target, workloads } = shipped.config["buswide:scenario"];

  before(async function () {
    // Only root can make hosts.
    if (process.getuid?.() !== 0) this.skip();
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
    hosts = await TestHosts.start(names);
    // What docs/machines.md says is for whoever has hosts to change.
    assert.deepEqual(Object.keys(target.hosts), names);
    for (const [name, host] of Object.entries(target.hosts)) host.host = hosts.address(name);
    target.ssh = { user: "root", identityFile: hosts.identityFile, hostKeys: "any" };
    writeFileSync(file, stringify(shipped));
  });
  after(async () => {
    if (hosts) {
      await buswide(["destroy", stack, "--keep-images"]);
      await hosts.stop();
    }
    if (folder !== "") rmSync(folder, { recursive: true });
    rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
  });

  it("comes up with its sites dealt over the three, every link as asked, and every workload complete", async () => {
    const short = workloads.flatMap((_, at) => ["--set", `workloads[${at}].duration=4s`]);
    const { code, stderr } = await buswide(["up", file, ...short]);
    assert.equal(code, 0, stderr);

    const services = (site: string, ...more: string[]) =>
      ["agents", "gateway", ...more].map((service) => `buswide-${stack}-${site}-${service}`);
    assert.deepEqual(await Promise.all(names.map((name) => containersOn(on(), name))), [
      services("core", "rabbitmq"),
      [...services("edge-1"), ...services("edge-3")],
      services("edge-2"),
    ]);

    const latest = join(projectRoot, "runs", stack, "latest", "results.json");
    const {
      status,
      failure,
      links,
      workloads: measured,
      provenance,
    } = resultsSchema.parse(JSON.parse(readFileSync(latest, "utf8")));
    assert.equal(status, "complete", failure);
    assert.deepEqual(links.map(({ name }) => name).sort(), [
      "core--edge-1",
      "core--edge-2",
      "core--edge-3",
      "edge-1--edge-2",
    ]);
    for (const { name, before, after, deviations } of links) {
      assert.deepEqual(deviations, [], name);
      assert.ok(before && after, name);
    }
    assert.deepEqual(
      measured.map(({ name, status: ended, lost, duplicated }) => [name, ended, lost, duplicated]),
      workloads.map(({ name }) => [name, "complete", 0, 0]),
    );
    for (const { name, received } of measured) assert.ok(received > 0, name);
    assert.deepEqual(Object.keys(provenance.hosts ?? {}).sort(), names);
    assert.equal(provenance.clockShared, false);
  });

  it("leaves the three as they were found", () =>
    keepingImages(async () => {
      const { code, stderr } = await buswide(["destroy", stack]);
      assert.equal(code, 0, stderr);
      for (const name of names) await assertAsMade(on(), name);
      assert.ok(!existsSync(note));
    }));
});
