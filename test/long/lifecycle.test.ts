import assert from "assert";
import { execFileSync } from "child_process";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { buswide, projectRoot } from "../command/shim";

const stack = "command-long";
const scenario = `config:
  buswide:scenario:
    sites: { core: {}, edge: {} }
    links:
      - { between: [core, edge], delay: 25ms }
    bus: { kind: rabbitmq, topology: single, site: core }
    workloads:
      - { name: call, kind: rpc, clients: { edge: 2 }, servers: { core: 1 }, rate: 20/s, duration: 3s, warmup: 1s }
`;

/** When each of the stack's containers was started, in one text. */
function startTimes(): string {
  const list = ["ps", "-aq", "--filter", `label=io.buswide.stack=${stack}`];
  const ids = execFileSync("docker", list, { encoding: "utf8" }).split("\n").filter(Boolean);
  const format = ["inspect", "--format", "{{.Name}} {{.State.StartedAt}}"];
  return execFileSync("docker", [...format, ...ids.sort()], { encoding: "utf8" });
}

describe("a stack that is there, by the command", function () {
  this.timeout(15 * 60_000);
  let folder = "";
  let file = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
    writeFileSync(file, scenario);
  });
  after(async () => {
    await buswide(["destroy", stack, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
  });

  async function runOf(command: string): Promise<string> {
    const { code, stdout, stderr } = await buswide([command, file, "--json"]);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { readonly run: string }).run;
  }

  it("measures again by `run`, and restarts and changes nothing", async () => {
    const before = await runOf("up");
    const started = startTimes();
    const after = await runOf("run");
    assert.notEqual(after, before);
    assert.deepEqual(startTimes(), started);
  });
});
