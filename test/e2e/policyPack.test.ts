import { ok, strictEqual } from "assert";
import { execa } from "execa";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";

const root = resolve(__dirname, "../..");

/** A program that does what no experiment may do, unless it is told to behave. */
const program = `
const docker = require("@pulumi/docker");
const pulumi = require("@pulumi/pulumi");
const right = new pulumi.Config().getBoolean("right");

class Topology extends pulumi.ComponentResource {
  constructor(type, name, outputs) {
    super("buswide:topology:" + type, name, outputs);
    this.registerOutputs(outputs);
  }
}
const site = (name, number) =>
  new Topology("Site", name, { prefix: "10.0." + number + ".0/24", wanAddress: "10.9.0." + number });
const routes = (name, to) =>
  new Topology("Routes", name + "-routes", { site: name, routes: { ["10.0." + to + ".0/24"]: "10.9.0." + to } });
site("a", 1);
site("b", 2);
new Topology("Link", "a--b", { between: ["a", "b"] });
routes("a", 2);
if (right) routes("b", 1);
new docker.Container("box", {
  image: "buswide/no-such-image:1",
  ...(right
    ? { memory: 64, memorySwap: 64 }
    : { privileged: true, ports: [{ internal: 5672 }], envs: ["RABBITMQ_DEFAULT_PASS=guest"] }),
});
`;

describe("the policy pack, in the engine,", function () {
  this.timeout(600_000);
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  const pulumi = (...parameters: string[]) =>
    execa("node", [join(root, "bin/pulumi.js"), ...parameters, "--non-interactive"], {
      cwd: folder,
      env: environment,
      reject: false,
      all: true,
    });
  const preview = (right: boolean) =>
    pulumi("preview", "-s", "policies", "--policy-pack", join(root, "policies"), "-c", `right=${right}`);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "buswide-policies-"));
    environment = {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "of this test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: policies\nruntime: nodejs\n");
    writeFileSync(join(folder, "package.json"), `{ "name": "policies", "main": "index.js" }\n`);
    writeFileSync(join(folder, "index.js"), program);
    const { exitCode, all } = await pulumi("stack", "init", "policies");
    strictEqual(exitCode, 0, all);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("lets pass what complies", async () => {
    const { exitCode, all } = await preview(true);
    strictEqual(exitCode, 0, all);
    ok(all.includes("buswide@v"), all);
  });

  it("blocks what violates a policy, and says of each what to do", async () => {
    const { exitCode, all } = await preview(false);
    ok(exitCode !== 0, all);
    // Lines are wrapped and indented on the way to a terminal.
    const text = all.replace(/\s+/g, " ");
    for (const message of [
      "[mandatory] containers-have-memory-limits",
      "the container box has no memory limit: set memory, in MiB, and memorySwap to the same",
      "[mandatory] every-site-is-reachable",
      "the gateway of b has no routes: give it Routes to each of the 1 other sites",
      "[mandatory] no-default-credentials",
      `envs[0] of box has the well-known password "guest" in a setting`,
      "[mandatory] no-port-beyond-loopback",
      "the container box publishes its port 5672 on 0.0.0.0",
      "[mandatory] only-gateways-are-privileged",
      "the container box is privileged: take privileged out",
    ])
      ok(text.includes(message), `${message}\nis missing in\n${all}`);
  });
});
