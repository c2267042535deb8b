import * as assert from "assert";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { createServer, type Server, type ServerResponse } from "http";
import * as os from "os";
import * as path from "path";
import Docker from "dockerode";
import { isDebianFamily } from "../../toolchain/apt";
import { bootstrapArguments, buildBaseImage, ensureBootstrap, pull } from "../../toolchain/base-image-build";
import type { AptSource } from "../../toolchain/machine/apt-sources";

const quiet = () => undefined;

const debian: AptSource = {
  uris: ["http://mirror.example.org/debian"],
  suites: ["bookworm"],
  components: ["main"],
  trusted: false,
  signers: [],
};

describe("the base image's origin", () => {
  let folder: string;
  let server: Server | undefined;
  const path0 = process.env.PATH;
  const { getuid } = process;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    mkdirSync(path.join(folder, "bin"));
    process.env.PATH = `${path.join(folder, "bin")}:${path0}`;
  });
  afterEach(() => {
    process.env.PATH = path0;
    process.getuid = getuid;
    server?.closeAllConnections();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  /** Puts a program before all others of its name. */
  const program = (name: string, script: string) =>
    writeFileSync(path.join(folder, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  /** Starts an engine that has no image and answers a pull by `answer`. */
  function engine(answer: (response: ServerResponse) => void): Promise<string> {
    const socket = path.join(folder, "engine.sock");
    return new Promise((resolve) => {
      server = createServer((request, response) => {
        const url = request.url ?? "";
        if (url.includes("fromImage=")) {
          answer(response);
        } else {
          const what = url.includes("fromSrc=") ? '{"status":"imported"}\n' : "[]";
          request.resume().on("end", () => response.end(what));
        }
      }).listen(socket, () => resolve(socket));
    });
  }

  /** Answers with an event each `everyMs`. */
  const events = (everyMs: number, count: number) => (response: ServerResponse) => {
    let left = count;
    const timer = setInterval(() => {
      response.write('{"status":"Downloading"}\n');
      left -= 1;
      if (left === 0) {
        clearInterval(timer);
        response.end();
      }
    }, everyMs);
  };

  it("is downloaded for as long as there are signs of life, which may be longer than a first answer", async () => {
    const socketPath = await engine(events(100, 12));
    await pull(new Docker({ socketPath }), { firstMs: 500, nextMs: 500 });
  });

  it("is given up where no registry answers, and where a download stands still", async () => {
    const silent = new Docker({ socketPath: await engine(quiet) });
    await assert.rejects(pull(silent, { firstMs: 200, nextMs: 5000 }), {
      message: "no registry has answered within 0.2 s",
    });
    server?.closeAllConnections();
    server?.close();
    const stalled = new Docker({
      socketPath: await engine((response) => response.write('{"status":"Pulling fs layer"}\n')),
    });
    await assert.rejects(
      pull(stalled, { firstMs: 5000, nextMs: 200 }),
      /nothing more after: Pulling fs layer/,
    );
  });

  it("tells why it was not pulled when it cannot be made either", async () => {
    const socket = await engine((response) =>
      response.writeHead(404).end('{"message":"manifest unknown to mirror.example.org"}'),
    );
    program("mmdebstrap", 'test "$1" = --version || { echo "E: no packages" >&2; exit 25; }');
    program("apt-get", "exit 100");
    const environment = { DOCKER_HOST: `unix://${socket}`, PULUMI_HOME: folder };
    await assert.rejects(
      buildBaseImage("buswide/base:test", environment, quiet),
      /^Error: the image debian:\S+ cannot be pulled \(.*manifest unknown to mirror.example.org\): ./,
    );
  });

  it("takes Debian's keys where they sign, which mmdebstrap alone does not bring", async function () {
    if (!isDebianFamily()) {
      this.skip();
    }
    const log = path.join(folder, "log");
    program("mmdebstrap", "exit 0");
    program("apt-get", `echo "$@" >> ${log}`);
    process.getuid = () => 0;
    writeFileSync(path.join(folder, "keyring.gpg"), "");
    await ensureBootstrap([debian], quiet, path.join(folder, "keyring.gpg"));
    await ensureBootstrap([{ ...debian, trusted: true }], quiet, path.join(folder, "none.gpg"));
    assert.equal(existsSync(log), false, "something was installed that is there, or not needed");
    await ensureBootstrap([debian], quiet, path.join(folder, "none.gpg"));
    assert.match(readFileSync(log, "utf8"), /^install .* mmdebstrap debian-archive-keyring$/m);
  });

  it("names all that is to be installed to users who may not install it", async () => {
    program("mmdebstrap", "exit 0");
    process.getuid = () => 1000;
    await assert.rejects(
      ensureBootstrap([debian], quiet, path.join(folder, "none.gpg")),
      /or install mmdebstrap and debian-archive-keyring$/,
    );
  });

  it("is made of packages that are checked by the keys of who signs them", () => {
    const sources: AptSource[] = [
      debian,
      { ...debian, suites: ["bookworm-updates"], trusted: true },
      { ...debian, suites: ["bookworm-security"], signers: ["/etc/apt/keyrings/company.gpg", "ABCD"] },
    ];
    assert.deepEqual(bootstrapArguments({}, sources, "/tmp/keys").slice(-3), [
      "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example.org/debian bookworm main",
      "deb [trusted=yes] http://mirror.example.org/debian bookworm-updates main",
      "deb [signed-by=/tmp/keys/etc-apt-keyrings-company.gpg,ABCD] http://mirror.example.org/debian bookworm-security main",
    ]);
  });
});
