import { spawn, type ChildProcess } from "child_process";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { describeDestination, sshCommand, type SshDestination } from "./destination";
import { HostError, lastLines } from "./run";

/** Where a host's Docker Engine listens. */
export const engineSocket = "/var/run/docker.sock";

/** Time a connection may take, milliseconds; the client's own limit is below it. */
const openMs = 30_000;

/** What ends with this process, however it ends by itself. */
const open = new Set<() => void>();
process.on("exit", () => {
  for (const close of open) close();
});

/** A host's Docker Engine, seen at a socket of this machine. */
export interface Tunnel {
  readonly socketPath: string;
  /** Undefined as long as it stands; then in words why it does not. */
  readonly broken: () => string | undefined;
  close(): void;
}

/**
 * Opens a connection of its own to a host, over which all requests to its engine go: one channel each, which no limit of
 * sessions of the host's SSH server counts. It ends with this process, however that ends: what runs on the host at its other
 * end waits for its input to end. Who is asked to stop can still undo over it what it has done to containers, as the client takes no
 * notice of signals that ask. Errors: {@link HostError}: no connection, or it may not be used for this.
 */
export async function openTunnel(destination: SshDestination): Promise<Tunnel> {
  // Only this user may enter the folder, and with it talk to the engine.
  const folder = mkdtempSync(join(tmpdir(), "buswide-engine-"));
  const socketPath = join(folder, "docker.sock");
  const [program = "ssh", ...words] = sshCommand(destination, "echo open && exec cat", true);
  const forward = ["-oExitOnForwardFailure=yes", `-L${socketPath}:${engineSocket}`];
  // What a shell ignores, the program that takes its place does too, and OpenSSH's client leaves that as it is.
  const deaf = ["-c", 'trap "" INT TERM HUP; exec "$@"', "sh"];
  const child = spawn("sh", [...deaf, program, ...forward, ...words], { stdio: ["pipe", "pipe", "pipe"] });
  const close = () => {
    open.delete(close);
    child.stdin.end();
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  open.add(close);
  let end: string | undefined;
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-2000)));
  child.stdin.on("error", () => undefined);
  child.once("error", (error) => (end = error.message));
  child.once("exit", (code, signal) => (end ??= lastLines(said) || `ssh ended with ${code ?? signal}`));
  try {
    await opened(child, () => end, describeDestination(destination));
  } catch (error) {
    close();
    throw error;
  }
  return { socketPath, broken: () => end, close };
}

function opened(child: ChildProcess, end: () => string | undefined, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new HostError(`no connection to ${where}: ${why}`, true));
    const timer = setTimeout(() => fail(`it took more than ${openMs / 1000} s`), openMs);
    child.once("close", () => {
      clearTimeout(timer);
      fail(end() ?? "ssh ended");
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    child.stdout?.once("data", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
