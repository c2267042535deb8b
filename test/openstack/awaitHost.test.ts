import { deepStrictEqual, ok, strictEqual } from "assert";
import { execa } from "execa";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";

const script = resolve(__dirname, "../../components/target/openstack/await-host");

describe("waiting for a host", function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "buswide-await-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /**
   * Runs it with something in the place of ssh, which notes what it is told and does what `answers` says.
   * @param path Where commands are looked for first.
   */
  async function waited(answers: string, seconds = 1, path = "") {
    const [ssh, log, keys] = ["ssh", "log", "keys/known"].map((name) => join(folder, name));
    writeFileSync(ssh ?? "", `echo "$*" >> ${log}\ncase "$*" in\n${answers}\nesac\n`);
    const { exitCode, stderr } = await execa(
      "sh",
      [script, String(seconds), keys ?? "", "sh", ssh ?? "", "host"],
      {
        reject: false,
        env: { PATH: `${path}:${process.env["PATH"]}` },
      },
    );
    return {
      exitCode,
      stderr,
      told: readFileSync(log ?? "", "utf8")
        .trim()
        .split("\n"),
    };
  }

  it("ends once it is reached, its first boot is over, and its user may use Docker, in this order", async () => {
    const { exitCode, stderr, told } = await waited("*) exit 0 ;;");
    deepStrictEqual([exitCode, stderr], [0, ""]);
    deepStrictEqual(told, [
      "host true",
      "host cloud-init status --wait >/dev/null 2>&1",
      `host docker version --format "{{.Server.Version}}"`,
    ]);
  });

  it("tries again until it is reached", async () => {
    const mark = join(folder, "tried");
    const { exitCode, told } = await waited(`*true) test -e ${mark} || { touch ${mark}; exit 255; } ;;`, 20);
    strictEqual(exitCode, 0);
    deepStrictEqual(told.slice(0, 2), ["host true", "host true"]);
  });

  it("fails by what was said where it is not reached in time", async () => {
    const { exitCode, stderr } = await waited("*) echo no route >&2; exit 255 ;;", 0);
    deepStrictEqual([exitCode, stderr], [1, "not reached within 0 s: no route"]);
  });

  /** Where sleeping takes no time. */
  function restless(): string {
    const commands = join(folder, "commands");
    mkdirSync(commands);
    writeFileSync(join(commands, "sleep"), "#!/bin/sh\n", { mode: 0o755 });
    return commands;
  }

  it("ends at once where another key is known than the one that is shown", async () => {
    const { exitCode, stderr, told } = await waited(
      '*) echo "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @" >&2; exit 255 ;;',
      60,
    );
    strictEqual(exitCode, 1);
    strictEqual(
      stderr,
      "it shows another key than the one that is known of it: @ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @",
    );
    deepStrictEqual(told, ["host true"]);
  });

  it("ends where it goes on letting nobody in, and not where its first boot did for a while", async () => {
    const path = restless();
    const refusal = 'echo "me@host: Permission denied (publickey)." >&2; exit 255';
    const refused = await waited(`*) ${refusal} ;;`, 60, path);
    deepStrictEqual(
      [refused.exitCode, refused.stderr, refused.told.length],
      [1, "it lets nobody in by this user and key: me@host: Permission denied (publickey).", 12],
    );
    const log = join(folder, "log");
    writeFileSync(log, "");
    const { exitCode, told } = await waited(
      `*true) test $(wc -l < ${log}) -gt 11 || { ${refusal}; } ;;`,
      60,
      path,
    );
    deepStrictEqual([exitCode, told.filter((line) => line === "host true").length], [0, 12]);
  });

  it("fails by what its first boot says where there is no Docker then, and does not ask that again", async () => {
    const { exitCode, stderr, told } = await waited(
      `*"docker version"*) echo "docker: not found" >&2; exit 127 ;;\n*--long*) echo "status: error" ;;`,
    );
    strictEqual(exitCode, 1);
    ok(
      stderr.startsWith(
        "it has no Docker Engine that its user may use after its first boot: docker: not found\n",
      ),
      stderr,
    );
    ok(stderr.includes("status: error"), stderr);
    strictEqual(told.filter((line) => line.includes("docker version")).length, 1);
  });

  it("fails by what its first boot says where that does not end in time", async () => {
    const { exitCode, stderr, told } = await waited(
      `*--wait*) exec sleep 20 ;;\n*--long*) echo "status: running" ;;`,
    );
    deepStrictEqual([exitCode, stderr], [1, "its first boot has not ended within 1 s:\nstatus: running"]);
    ok(!told.some((line) => line.includes("docker version")));
  });

  it("goes on where cloud-init ends with warnings, which is no error of ours", async () =>
    strictEqual((await waited("*--wait*) exit 2 ;;")).exitCode, 0));

  it("forgets the keys that an earlier instance at its address had", async () => {
    const keys = join(folder, "keys/known");
    await waited("*) exit 0 ;;");
    writeFileSync(keys, "old");
    await waited("*) exit 0 ;;");
    ok(!existsSync(keys));
  });
});
