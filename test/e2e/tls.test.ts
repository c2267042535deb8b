import { deepStrictEqual, doesNotMatch, ok, strictEqual } from "assert";
import { execa } from "execa";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { stringify } from "yaml";
import { results } from "../../workloads/results/schema";
import { assertKeepsSecrets } from "../support/keptSecrets";
import { filesBelow } from "../support/secretScan";

const root = resolve(__dirname, "../..");
const stack = "e2e-tls";

const scenario = (tls: boolean) => {
  const load = { kind: "rpc", clients: { edge: 2 }, servers: { core: 1 }, rate: "30/s", duration: "2s" };
  return {
    sites: { core: {}, edge: {} },
    links: [{ between: ["core", "edge"], delay: "5ms", trusted: false }],
    bus: { kind: "rabbitmq", topology: "federation", tls },
    workloads: [
      { name: "call", pattern: "call", ...load },
      { name: "notify", kind: "notification", clients: { edge: 1 }, servers: { core: 1 }, calls: 20 },
    ],
  };
};

describe("over a link that is not trusted,", function () {
  this.timeout(600_000);
  let folder: string;
  let file: string;

  const buswide = (command: string, ...parameters: string[]) =>
    execa("node", [join(root, "bin/buswide.js"), command, file, ...parameters], {
      cwd: root,
      reject: false,
      all: true,
    });
  const write = (tls: boolean) =>
    writeFileSync(file, stringify({ config: { "buswide:scenario": scenario(tls) } }));
  const inBroker = async (...command: string[]) =>
    (
      await execa("docker", ["exec", `buswide-${stack}-edge-rabbitmq`, ...command], {
        reject: false,
        all: true,
      })
    ).all;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-tls-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
  });
  after(async () => {
    const { exitCode, all } = await buswide("destroy", "--keep-images");
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(root, "runs", stack), { recursive: true, force: true });
    strictEqual(exitCode, 0, all);
  });

  it("a bus with TLS loses and doubles nothing, keeps its keys to itself, and a plain one is refused", async () => {
    write(true);
    const { exitCode, all } = await buswide("up");
    strictEqual(exitCode, 0, all);
    const run = join(root, "runs", stack, "latest");
    const { status, failure, workloads } = results.parse(
      JSON.parse(readFileSync(join(run, "results.json"), "utf8")),
    );
    strictEqual(status, "complete", failure);
    for (const { name, expected, received, lost, duplicated, errors, wan } of workloads) {
      ok(expected > 0, name);
      deepStrictEqual(
        { received, lost, duplicated, errors },
        { received: expected, lost: 0, duplicated: 0, errors: {} },
      );
      ok((wan?.bytesPerDelivery ?? 0) > 1024, `${name}: its messages of 1 KiB crossed the link`);
    }

    // No key and no password in what the command said, in anything that a run keeps, in the state, nor in what the engine tells.
    doesNotMatch(all, /PRIVATE KEY/);
    const key = await inBroker("cat", "/etc/rabbitmq/tls/key.pem");
    const secret = key.split("\n")[1] ?? "";
    ok(secret.length > 60, "the broker has a key");
    const said = { up: all };
    const folders = [join(root, "runs", stack)];
    ok(assertKeepsSecrets({ stack, said, folders }).includes(secret), "the key is among the secrets");
    for (const { name, bytes } of filesBelow(run)) ok(!bytes.includes("PRIVATE KEY"), `${name} has a key`);
    strictEqual(await inBroker("stat", "-c", "%a %U", "/etc/rabbitmq/tls/key.pem"), "400 rabbitmq");
    ok(!(await inBroker("ls", "/etc/rabbitmq/tls")).includes("key.uploaded"), "the upload is gone");
    const listening = await inBroker("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5672 && echo open");
    ok(!listening.includes("open"), "nothing listens for plain connections");

    write(false);
    const plain = await buswide("preview");
    strictEqual(plain.exitCode, 1, plain.all);
    ok(plain.all.includes("untrusted-links-carry-no-plain-text"), plain.all);
    ok(plain.all.includes("over the link core--edge, which is not trusted"), plain.all);
  });
});
