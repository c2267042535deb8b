import { deepEqual, equal, match } from "assert/strict";
import { spawn } from "child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { text } from "stream/consumers";
import { setTimeout as sleep } from "timers/promises";
import { renderWarmUp } from "../../workloads/rally/task";

const program = join(__dirname, "..", "..", "images", "rally", "rally-warm-up");

/** openstacksdk as far as the warm-up uses it, of a cloud whose servers come or do not, and that writes down what it is asked. */
const sdk = `
import os, time
from types import SimpleNamespace
from . import exceptions

def note(line):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(line + "\\n")

def until(there, seconds):
    if not there:
        time.sleep(seconds)
        raise exceptions.ResourceTimeout("Timeout waiting for the server")

class Compute:
    def find_flavor(self, name, ignore_missing): return SimpleNamespace(id=name)
    def find_image(self, name, ignore_missing): return SimpleNamespace(id=name)
    def create_server(self, name, availability_zone, **others):
        note(f"boot {availability_zone}")
        return SimpleNamespace(name=name)
    def wait_for_server(self, server, interval, wait): until(os.environ["COMES"] == "yes", wait)
    def delete_server(self, server): note(f"delete {server.name}")
    def wait_for_delete(self, server, interval, wait): until(True, wait)

def connect(**cloud): return SimpleNamespace(compute=Compute())
`;

describe("the first servers", function () {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-warm-up-"));
    mkdirSync(join(folder, "openstack"));
    writeFileSync(join(folder, "openstack", "__init__.py"), sdk);
    writeFileSync(join(folder, "openstack", "exceptions.py"), "class ResourceTimeout(Exception): pass\n");
    writeFileSync(join(folder, "notes"), "");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const notes = () => readFileSync(join(folder, "notes"), "utf8").trim().split("\n").filter(Boolean);

  /** Runs it in a cloud whose servers come, or do not; `meanwhile`: what is done to its process. */
  async function warmUp(
    hosts: readonly string[],
    { comes, patience }: { readonly comes: boolean; readonly patience: number },
    meanwhile: (end: () => void) => Promise<void> = () => Promise.resolve(),
  ) {
    const running = spawn("python3", ["-B", program], {
      env: {
        ...process.env,
        ...{ PYTHONPATH: folder, NOTES: join(folder, "notes"), COMES: comes ? "yes" : "no" },
      },
    });
    const exited = new Promise<number | null>((resolve) => running.on("exit", resolve));
    const cloud = { url: "http://10.0.0.11:5000/v3", region: "R", password: "x", hosts: [...hosts] };
    running.stdin.end(renderWarmUp(cloud, patience));
    await meanwhile(() => void running.kill("SIGTERM"));
    const [exitCode, stderr] = await Promise.all([exited, text(running.stderr), text(running.stdout)]);
    return { exitCode, stderr };
  }

  it("come and go on each host", async () => {
    equal((await warmUp(["a", "b"], { comes: true, patience: 20 })).exitCode, 0);
    deepEqual(notes().sort(), ["boot nova:a", "boot nova:b", "delete warm-up-a", "delete warm-up-b"]);
  });

  it("that do not come in time are deleted, and it says so", async () => {
    const { exitCode, stderr } = await warmUp(["a"], { comes: false, patience: 1 });
    equal(exitCode, 1);
    match(stderr, /ResourceTimeout: Timeout waiting for the server\n$/);
    deepEqual(notes(), ["boot nova:a", "delete warm-up-a"]);
  });

  it("are deleted when it is told to end, before it is killed, and no other is booted", async () => {
    const hosts = Array.from({ length: 9 }, (_, at) => `h${at + 1}`);
    let told = NaN;
    const { exitCode } = await warmUp(hosts, { comes: false, patience: 60 }, async (end) => {
      while (notes().length < 8) await sleep(20);
      end();
      told = performance.now();
    });
    // `timeout` kills five seconds later.
    equal(performance.now() - told < 4_000, true);
    equal(exitCode, 143);
    deepEqual(
      notes().sort(),
      hosts
        .slice(0, 8)
        .flatMap((host) => [`boot nova:${host}`, `delete warm-up-${host}`])
        .sort(),
    );
  });
});
