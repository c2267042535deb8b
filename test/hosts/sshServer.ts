import { spawn } from "child_process";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { connect, type AddressInfo } from "net";
import { tmpdir } from "os";
import { join } from "path";
import { Server, utils, type Connection, type ServerChannel } from "ssh2";
import type { SshDestination } from "../../workloads/hosts/destination";

/** What a host's SSH server was asked for, in order. */
export type Asked = "connection" | "command" | "socket" | "forward";

/** A host with an SSH server on the loopback interface, which takes one key. */
export class SshHost {
  readonly asked: Asked[] = [];
  readonly commands: string[] = [];
  readonly #connections = new Set<Connection>();

  private constructor(
    private readonly server: Server,
    readonly destination: SshDestination,
    private readonly folder: string,
  ) {}

  /** @param socket What is at the other end where its Docker's socket is asked for; `forbidden`: nobody is let there. */
  static async start(socket = "/nowhere"): Promise<SshHost> {
    const folder = mkdtempSync(join(tmpdir(), "buswide-ssh-"));
    const [hostKey, own] = [utils.generateKeyPairSync("ed25519"), utils.generateKeyPairSync("ed25519")];
    const identityFile = join(folder, "key");
    writeFileSync(identityFile, own.private, { mode: 0o600 });
    const allowed = utils.parseKey(own.public);
    if (allowed instanceof Error) throw allowed;
    const known: { host?: SshHost } = {};
    const server = new Server({ hostKeys: [hostKey.private] }, (client) => {
      known.host?.asked.push("connection");
      known.host?.track(client);
      client.on("authentication", (context) =>
        context.method === "publickey" && context.key.data.equals(allowed.getPublicSSH())
          ? context.accept()
          : context.reject(["publickey"]),
      );
      client.on("session", (accept) =>
        accept().on("exec", (acceptCommand, _reject, { command }) => {
          known.host?.asked.push("command");
          known.host?.commands.push(command);
          run(acceptCommand(), command);
        }),
      );
      client.on("openssh.streamlocal", (accept, reject) => {
        known.host?.asked.push("socket");
        if (socket === "forbidden") {
          reject();
          return;
        }
        const channel = accept();
        const end = connect(socket);
        end.on("error", () => channel.close());
        channel.on("error", () => end.destroy());
        channel.pipe(end).pipe(channel);
      });
      client.on("tcpip", (accept, _reject, { destIP, destPort }) => {
        known.host?.asked.push("forward");
        const channel = accept();
        const end = connect(destPort, destIP);
        end.on("error", () => channel.close());
        channel.on("error", () => end.destroy());
        channel.pipe(end).pipe(channel);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const host = new SshHost(
      server,
      {
        host: "127.0.0.1",
        port: (server.address() as AddressInfo).port,
        user: "me",
        identityFile,
        options: ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"],
      },
      folder,
    );
    known.host = host;
    return host;
  }

  private track(client: Connection): void {
    this.#connections.add(client);
    client.on("error", () => undefined);
    client.once("close", () => this.#connections.delete(client));
  }

  /** Drops every connection, as a host does that has lost its power, but for the packets that say so. */
  drop(): void {
    for (const client of this.#connections) client.end();
  }

  stop(): void {
    this.drop();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(channel: ServerChannel, command: string): void {
  const child = spawn("/bin/sh", ["-c", command]);
  channel.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on("close", () => child.kill());
  child.on("close", (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}
