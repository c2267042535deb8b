import { execFileSync, spawn, type ChildProcess } from "child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { setTimeout as sleep } from "timers/promises";
import { utils } from "ssh2";
import type { SshDestination } from "../../workloads/hosts/destination";
import { runOnHost } from "../../workloads/hosts/run";
import { unpackPackages } from "./debianPackages";

/*
 * Hosts made on this machine, as root: each a network namespace with a Docker Engine and an SSH server of its own, on one network.
 * Containers can't be hosts of this kind: an engine in one takes more rights than they may have.
 */

/** The hosts' network; this machine is its first address. */
const prefix = "10.251.77";
const readyMs = 60_000;

function ip(...words: string[]): void {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "pipe"] });
}

/**
 * The SSH server: the one that is installed, else that of the distribution's package, unpacked and not installed, so that no server is
 * left behind or started on a machine that has none.
 */
function findServer(): string {
  const installed = "/usr/sbin/sshd";
  if (existsSync(installed)) return installed;
  const folder = resolve(__dirname, "../../.buswide/test-sshd");
  const unpacked = join(folder, "sbin", "sshd");
  if (existsSync(unpacked)) return unpacked;
  const work = mkdtempSync(join(tmpdir(), "buswide-sshd-"));
  try {
    const tree = unpackPackages(["openssh-server", "libwrap0"], work);
    mkdirSync(join(folder, "lib"), { recursive: true });
    mkdirSync(join(folder, "sbin"), { recursive: true });
    const libraries = join(tree, "usr", "lib");
    for (const name of readdirSync(libraries, { recursive: true, encoding: "utf8" }))
      if (/\/libwrap\.so/.test(name))
        cpSync(join(libraries, name), join(folder, "lib", name.split("/").at(-1) ?? ""), {
          dereference: true,
        });
    cpSync(join(tree, "usr", "sbin", "sshd"), unpacked);
    return unpacked;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** One host. */
interface TestHost {
  readonly namespace: string;
  readonly folder: string;
  readonly address: string;
  /** The host from which alone its SSH server lets anybody in; undefined: from anywhere. */
  readonly behind: string | undefined;
  process: ChildProcess | undefined;
}

export class TestHosts {
  readonly #hosts = new Map<string, TestHost>();
  readonly #folder = mkdtempSync(join(tmpdir(), "buswide-hosts-"));
  readonly #mark = `bw${process.pid}`;
  #server = "";

  private constructor(
    private readonly engine: boolean,
    private readonly behind: Readonly<Record<string, string>>,
  ) {}

  /**
   * Makes hosts of these names, and waits until each can be used.
   * @param engine Whether each has a Docker Engine; default: yes.
   * @param behind Host to the host from which alone its SSH server lets anybody in; default: each lets in who has the key, from
   * anywhere.
   */
  static async start(
    names: readonly string[],
    { engine = true, behind = {} }: { engine?: boolean; behind?: Readonly<Record<string, string>> } = {},
  ): Promise<TestHosts> {
    const hosts = new TestHosts(engine, behind);
    try {
      hosts.#server = findServer();
      const own = utils.generateKeyPairSync("ed25519");
      writeFileSync(hosts.identityFile, own.private, { mode: 0o600 });
      hosts.#makeNetwork();
      names.forEach((name, at) => hosts.#makeHost(name, at, own.public));
      await Promise.all(names.map((name) => hosts.boot(name)));
      return hosts;
    } catch (error) {
      await hosts.stop();
      throw error;
    }
  }

  get identityFile(): string {
    return join(this.#folder, "key");
  }

  address(name: string): string {
    return this.#must(name).address;
  }

  destination(name: string): SshDestination {
    const { address, behind } = this.#must(name);
    return {
      host: address,
      user: "root",
      ...(behind === undefined ? {} : { jump: [{ host: this.address(behind), user: "root" }] }),
      identityFile: this.identityFile,
      options: ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"],
    };
  }

  /** Runs a command of a host's shell. */
  run(name: string, command: string): Promise<string> {
    return runOnHost(this.destination(name), command, { timeoutMs: 60_000 });
  }

  /** Starts a host that is down. Errors: it can't be used in time, with the end of its logs. */
  async boot(name: string): Promise<void> {
    const host = this.#must(name);
    // With a namespace of processes, all that runs on the host ends with its first one.
    const own = [
      "--mount",
      "--uts",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "--propagation",
      "private",
    ];
    const from = host.behind === undefined ? "" : this.address(host.behind);
    const start = [resolve(__dirname, "host-start"), name, host.folder, host.address, this.#server, from];
    const started = spawn(
      "nsenter",
      [`--net=/run/netns/${host.namespace}`, "unshare", ...own, "sh", ...start],
      {
        stdio: ["pipe", "ignore", "pipe"],
        env: { ...process.env, ...(this.engine ? {} : { ENGINE: "none" }) },
      },
    );
    host.process = started;
    let said = "";
    started.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const deadline = Date.now() + readyMs;
    for (;;) {
      try {
        await this.run(name, this.engine ? "docker version" : "true");
        return;
      } catch (error) {
        if (Date.now() > deadline || started.exitCode !== null)
          throw new Error(
            [
              `the host ${name} does not start: ${String(error)}`,
              said,
              ...["sshd", "dockerd"].map((log) => this.#log(host, log)),
            ].join("\n"),
            { cause: error },
          );
      }
      await sleep(500);
    }
  }

  /** Ends a host's SSH server and engine, and with it its containers; what they keep on disk stays. */
  async halt(name: string): Promise<void> {
    await this.#end(name, (running) => running.stdin?.end());
  }

  /** Ends all that runs on a host at once, as where its power fails; what is on its disk by then stays. */
  async fail(name: string): Promise<void> {
    await this.#end(name, ({ pid }) => {
      // The host's first process is the only child of what was started here.
      const [first = ""] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
      process.kill(Number(first), "SIGKILL");
    });
  }

  async #end(name: string, end: (running: ChildProcess) => void): Promise<void> {
    const host = this.#must(name);
    const { process: running } = host;
    host.process = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((done) => running.once("exit", done));
    end(running);
    await ended;
  }

  async stop(): Promise<void> {
    for (const name of this.#hosts.keys()) await this.halt(name).catch(() => undefined);
    for (const { namespace } of [...this.#hosts.values(), { namespace: `${this.#mark}-switch` }])
      try {
        ip("netns", "delete", namespace);
      } catch {
        // It was not made.
      }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #must(name: string): TestHost {
    const host = this.#hosts.get(name);
    if (!host) throw new Error(`there is no host ${name}`);
    return host;
  }

  #log({ folder }: TestHost, program: string): string {
    const file = join(folder, `${program}.log`);
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").slice(-10).join("\n") : "";
  }

  /** A switch in a namespace of its own: what this machine's firewall does to what is bridged is no matter there. */
  #makeNetwork(): void {
    const bridge = `${this.#mark}-switch`;
    ip("netns", "add", bridge);
    ip("-n", bridge, "link", "add", "name", "switch", "type", "bridge");
    ip("-n", bridge, "link", "set", "dev", "switch", "up");
    ip("link", "add", this.#mark, "type", "veth", "peer", "name", "here", "netns", bridge);
    ip("-n", bridge, "link", "set", "here", "master", "switch", "up");
    ip("address", "add", `${prefix}.1/24`, "dev", this.#mark);
    ip("link", "set", this.#mark, "up");
  }

  #makeHost(name: string, at: number, key: string): void {
    const [bridge, namespace] = [`${this.#mark}-switch`, `${this.#mark}-${name}`];
    const [folder, address] = [join(this.#folder, name), `${prefix}.${11 + at}`];
    this.#hosts.set(name, { namespace, folder, address, behind: this.behind[name], process: undefined });
    mkdirSync(folder);
    writeFileSync(join(folder, "host_key"), utils.generateKeyPairSync("ed25519").private, { mode: 0o600 });
    writeFileSync(join(folder, "authorized_keys"), `${key}\n`, { mode: 0o600 });
    ip("netns", "add", namespace);
    ip("-n", namespace, "link", "set", "lo", "up");
    ip("-n", namespace, "link", "add", "eth0", "type", "veth", "peer", "name", `h${at}`, "netns", bridge);
    ip("-n", bridge, "link", "set", `h${at}`, "master", "switch", "up");
    ip("-n", namespace, "address", "add", `${address}/24`, "dev", "eth0");
    ip("-n", namespace, "link", "set", "eth0", "up");
    ip("-n", namespace, "route", "add", "default", "via", `${prefix}.1`);
  }
}
