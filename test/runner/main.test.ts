import assert from "assert";
import { spawnSync } from "child_process";
import { mkdtempSync, readdirSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { runMeasurement } from "../../workloads/runner/measurement";
import { measurement, password } from "./input";
import { world } from "./world";

const root = join(__dirname, "..", "..");

function runner(
  stdin: string,
  ...options: string[]
): { status: number | null; stdout: string; stderr: string } {
  const program = ["-r", "ts-node/register/transpile-only", "workloads/runner/main.ts", ...options];
  return spawnSync(process.execPath, program, { cwd: root, input: stdin, encoding: "utf8" });
}

describe("the runner as a program", function () {
  this.timeout(30_000);

  it("refuses what is no measurement with exit code 2, naming the field and quoting nothing", () => {
    const { status, stdout, stderr } = runner(JSON.stringify({ ...measurement(), seed: password }));
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /expected number, received string\s+→ at seed/);
    assert.ok(!stderr.includes(password));
    const broken = runner(`{"password": "${password}`);
    assert.deepEqual([broken.status, broken.stdout, broken.stderr], [2, "", "the input is not JSON\n"]);
  });

  it("with --reuse prints the newest complete run and measures nothing", async () => {
    const runsDirectory = mkdtempSync(join(tmpdir(), "buswide-reuse-"));
    try {
      const input = measurement({ runsDirectory, workloads: [] });
      const outcome = await runMeasurement(input, world(root));
      const { status, stdout } = runner(JSON.stringify(input), "--reuse");
      assert.equal(status, 0);
      assert.deepEqual(JSON.parse(stdout), outcome);
      assert.deepEqual(readdirSync(runsDirectory).sort(), ["1", "latest"]);
    } finally {
      rmSync(runsDirectory, { recursive: true });
    }
  });
});
