import assert from "assert";
import { execFileSync } from "child_process";
import { createHash } from "crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { results as resultsSchema, type Results } from "../../workloads/results/schema";
import { buswide, projectRoot } from "../command/shim";
import { demoWith, losesNoMessage } from "../support/demo";

const stack = "demo-e2e";
const runs = join(projectRoot, "runs", stack);

/** What the engine prints, as lines. */
function lines(command: string, ...args: string[]): string[] {
  return execFileSync(command, args, { encoding: "utf8", maxBuffer: 64 * 1024 ** 2 })
    .split("\n")
    .filter(Boolean);
}

const containers = () => lines("docker", "ps", "-aq", "--filter", `label=io.buswide.stack=${stack}`);

interface Inspected {
  readonly Name: string;
  readonly Image: string;
  readonly HostConfig: {
    readonly CapAdd: readonly string[] | null;
    readonly Memory: number;
    readonly MemorySwap: number;
    readonly Privileged: boolean;
    readonly PortBindings: Readonly<Record<string, unknown>> | null;
  };
}

const inspected = () =>
  JSON.parse(execFileSync("docker", ["inspect", ...containers()], { encoding: "utf8" })) as Inspected[];

function latest(): Results {
  return resultsSchema.parse(JSON.parse(readFileSync(join(runs, "latest", "results.json"), "utf8")));
}

/** Everything below a folder, as one text of bytes. */
function contents(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

describe("the demo", function () {
  this.timeout(15 * 60_000);

  let folder = "";
  let file = "";
  before(() => {
    // A stack of its own, so that a person's own demo stays as it is.
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
    const demo = readFileSync(join(projectRoot, "stacks", "Pulumi.demo.yaml"), "utf8");
    writeFileSync(file, demo.replaceAll("duration: 10s", "duration: 2s"));
  });
  after(async () => {
    await buswide(["destroy", stack, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(runs, { recursive: true, force: true });
    // Plain Pulumi notes a stack's salt where it looks for its configuration.
    rmSync(join(projectRoot, "stacks", `Pulumi.${stack}.yaml`), { force: true });
  });

  it("ends with a table of its links and workloads, and exit code 0", async () => {
    const { code, stdout, stderr } = await buswide(["up", file]);
    assert.equal(code, 0, stderr);
    for (const name of ["core--edge-1", "edge-1--edge-2", "call", "call-closed", "cast", "fanout", "notify"])
      assert.match(stdout, new RegExp(`^${name} `, "m"));
  });

  it("measures every link as asked, before the workloads and after them", () => {
    for (const { name, asked, before: first, after: last, deviations } of latest().links) {
      assert.deepEqual(deviations, [], name);
      const rtt = asked.there.delayMs + asked.back.delayMs;
      for (const measured of [first, last])
        assert.ok(
          Math.abs((measured?.rttMs.median ?? NaN) - rtt) <= 1,
          `${name}: ${measured?.rttMs.median} ms`,
        );
    }
  });

  it("takes fifty and a few milliseconds for a call over 25 ms, and loses and doubles nothing", () => {
    const { status, workloads } = latest();
    assert.equal(status, "complete");
    assert.deepEqual(
      workloads.map(({ name, lost, duplicated, errors, received, expected }) => ({
        name,
        lost,
        duplicated,
        errors,
        missing: expected - received,
      })),
      ["call", "call-closed", "cast", "fanout", "notify"].map((name) => ({
        name,
        lost: 0,
        duplicated: 0,
        errors: {},
        missing: 0,
      })),
    );
    const median = workloads.find(({ name }) => name === "call")?.latencyMs?.p50 ?? NaN;
    assert.ok(median >= 50 && median < 70, `${median} ms`);
    const oneWay = workloads.find(({ name }) => name === "cast")?.latencyMs?.p50 ?? NaN;
    assert.ok(oneWay >= 25 && oneWay < 45, `${oneWay} ms`);
  });

  it("lets only gateways have a capability, limits every memory, publishes nothing, runs services as users", () => {
    const all = inspected();
    assert.equal(all.length, 9);
    for (const { Name, HostConfig } of all) {
      const gateway = Name.endsWith("-gateway");
      assert.deepEqual(HostConfig.CapAdd ?? [], gateway ? ["CAP_NET_ADMIN"] : [], Name);
      assert.ok(HostConfig.Memory > 0 && HostConfig.MemorySwap === HostConfig.Memory, Name);
      assert.equal(HostConfig.Privileged, false, Name);
      assert.deepEqual(HostConfig.PortBindings ?? {}, {}, Name);
      const [user] = lines("docker", "exec", Name.slice(1), "id", "-u");
      if (!gateway) assert.notEqual(user, "0", Name);
    }
  });

  it("shows its password nowhere: not in runs, outputs, containers' settings or state", async () => {
    const exported = execFileSync(
      process.execPath,
      [join(projectRoot, "bin", "pulumi.js"), "stack", "export", "-s", stack, "--show-secrets"],
      { cwd: projectRoot, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 64 * 1024 ** 2 },
    );
    const password = /rabbit:\/\/[^:]+:([^@]+)@/.exec(exported)?.[1];
    assert.ok(password !== undefined && password.length >= 32, "the state has no transport URL to look for");

    const places: Record<string, string> = {
      runs: contents(runs),
      archive: execFileSync("tar", ["--zstd", "-xOf", join(runs, "latest", "backup.tar.zst")], {
        encoding: "latin1",
        maxBuffer: 64 * 1024 ** 2,
      }),
      containers: execFileSync("docker", ["inspect", ...containers()], { encoding: "utf8" }),
      state: execFileSync(
        process.execPath,
        [join(projectRoot, "bin", "pulumi.js"), "stack", "export", "-s", stack],
        {
          cwd: projectRoot,
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
          maxBuffer: 64 * 1024 ** 2,
        },
      ),
      results: (await buswide(["results", stack, "--json"])).stdout,
    };
    for (const [place, text] of Object.entries(places))
      for (const form of [password, encodeURIComponent(password), Buffer.from(password).toString("base64")])
        assert.ok(!text.includes(form), `the password is in: ${place}`);
  });

  it("leaves a backup with everything in it, of the checksum that the outputs name", async () => {
    const { stdout } = await buswide(["up", file, "--json"]);
    const { outputs } = JSON.parse(stdout) as {
      outputs: { backup: { path: string; sha256: string; bytes: number } };
    };
    const archive = readFileSync(join(runs, "latest", "backup.tar.zst"));
    assert.equal(createHash("sha256").update(archive).digest("hex"), outputs.backup.sha256);
    assert.equal(archive.length, outputs.backup.bytes);
    const entries = lines("tar", "--zstd", "-tf", join(runs, "latest", "backup.tar.zst")).join("\n");
    for (const part of ["results.json", "series.jsonl", "provenance.json", "rabbitmq.conf", "rabbitmq.log"])
      assert.ok(entries.includes(part), `${part} is not among\n${entries}`);
  });

  it("loses packets on a lossy link, and no message", async () => {
    // With answers and without; all patterns are the long form's.
    const carried = ["call", "notify"];
    writeFileSync(file, demoWith(carried));
    await losesNoMessage({ stack, file }, carried, "warmup=0s");
  });

  it("is gone after destroy: no container, no network, no image that nothing uses", async () => {
    const { code, stderr } = await buswide(["destroy", stack]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(containers(), []);
    assert.deepEqual(
      lines("docker", "network", "ls", "-q", "--filter", `label=io.buswide.stack=${stack}`),
      [],
    );
    const used = new Set(lines("docker", "ps", "-a", "--format", "{{.Image}}"));
    // A person's own images, built on those of the project, have its label too.
    const tags = lines("docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "buswide/*");
    assert.deepEqual(
      tags.filter((tag) => !used.has(tag) && !tag.startsWith("buswide/base:") && !tag.endsWith("<none>")),
      [],
    );
  });
});
