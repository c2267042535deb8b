import assert from "assert/strict";
import { spawn } from "child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";

const script = resolve(__dirname, "../../components/target/hosts/send-image");

describe("an image is given to a host", () => {
  let folder: string;
  const log = () =>
    existsSync(join(folder, "log"))
      ? readFileSync(join(folder, "log"), "utf8").split("\n").filter(Boolean)
      : [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-send-"));
    // An engine that has what its file says, by the variable that tells whose it is: of this machine or of a host.
    writeFileSync(
      join(folder, "docker"),
      `#!/bin/sh
test "$2" = tag && echo "\${WHERE:-here} $*" >>${folder}/log || echo "\${WHERE:-here} $1 $2" >>${folder}/log
have=${folder}/\${WHERE:-here}
case "$1 $2" in
  "image inspect") test -e "$have" || exit 1; cat "$have" ;;
  "image save") cat "$have" ;;
  "image load") zcat >"$have" ;;
esac
`,
      { mode: 0o755 },
    );
    // What leads to a host: the words of ssh, then what its shell is to run.
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\nexport WHERE="$1"\nexec sh -c "$2"\n`, { mode: 0o755 });
    appendFileSync(join(folder, "here"), "layers of the image");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const send = (host: string, mark = ""): Promise<number | null> =>
    new Promise((done) => {
      const child = spawn("sh", [script, "buswide/gateway:1", mark, join(folder, "packed"), "ssh", host], {
        env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ""}` },
        stdio: "inherit",
      });
      child.once("exit", done);
    });

  it("that does not have it, whole", async () => {
    assert.equal(await send("alpha"), 0);
    assert.equal(readFileSync(join(folder, "alpha"), "utf8"), "layers of the image");
  });

  it("once: a host that has it is asked, and told nothing", async () => {
    await send("alpha");
    const before = log().length;
    assert.equal(await send("alpha"), 0);
    assert.deepEqual(log().slice(before), ["here image inspect", "alpha image inspect"]);
  });

  it("with a second name, where it is somebody else's and the host did not have it", async () => {
    assert.equal(await send("alpha", "buswide/sent:1"), 0);
    assert.deepEqual(
      log().filter((line) => line.includes("tag")),
      ["alpha image tag buswide/gateway:1 buswide/sent:1"],
    );
    assert.equal(await send("alpha", "buswide/sent:1"), 0);
    await send("beta");
    assert.equal(log().filter((line) => line.includes("tag")).length, 1, log().join("\n"));
  });

  it("again where the host has another of its name", async () => {
    writeFileSync(join(folder, "alpha"), "layers of another");
    assert.equal(await send("alpha"), 0);
    assert.equal(readFileSync(join(folder, "alpha"), "utf8"), "layers of the image");
  });

  it("packed once for all hosts, however many are given it at one time", async () => {
    const hosts = Array.from({ length: 8 }, (_, at) => `h${at}`);
    assert.deepEqual(
      await Promise.all(hosts.map((host) => send(host))),
      hosts.map(() => 0),
    );
    assert.equal(log().filter((line) => line === "here image save").length, 1);
    assert.equal(readdirSync(join(folder, "packed")).filter((name) => name.endsWith(".tar.gz")).length, 1);
    for (const host of hosts) assert.equal(readFileSync(join(folder, host), "utf8"), "layers of the image");
  });

  it("or it fails: where this machine has no such image, and where the host can't take it", async () => {
    rmSync(join(folder, "here"));
    assert.notEqual(await send("alpha"), 0);
    appendFileSync(join(folder, "here"), "layers of the image");
    const docker = readFileSync(join(folder, "docker"), "utf8");
    writeFileSync(
      join(folder, "docker"),
      docker.replace('"image save") cat "$have"', '"image save") echo half; exit 1'),
    );
    assert.notEqual(await send("alpha"), 0);
    assert.deepEqual(readdirSync(join(folder, "packed")), ["lock"], "half an image is kept");
    writeFileSync(join(folder, "ssh"), "#!/bin/sh\nexit 255\n", { mode: 0o755 });
    assert.notEqual(await send("alpha"), 0);
  });
});
