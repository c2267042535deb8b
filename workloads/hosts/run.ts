import { execa } from "execa";
import { mkdirSync } from "fs";
import { homedir } from "os";
import { join } from "path";
import { describeDestination, sshCommand, type SshDestination } from "./destination";

/** A host that a command could not be run on, or on which it did not end well. */
export class HostError extends Error {
  override readonly name = "HostError";
  constructor(
    message: string,
    /** Whether there was no connection: the host or the way to it, not the command. */
    readonly unreachable: boolean,
  ) {
    super(message);
  }
}

/** What ssh(1) ends with where it is the connection that failed. */
const connectionFailed = 255;

/**
 * Runs a command of a host's shell and gives back its standard output.
 * Errors: {@link HostError}: the host is not reached, the command fails, or takes longer than `timeoutMs`.
 */
export async function runOnHost(
  destination: SshDestination,
  command: string,
  {
    input = "",
    timeoutMs,
    signal,
  }: { readonly input?: string; readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<string> {
  makeSocketFolder();
  const [program = "ssh", ...words] = sshCommand(destination, command);
  const result = await execa(program, words, {
    input,
    timeout: timeoutMs,
    reject: false,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  if (!result.failed) return result.stdout;
  const where = describeDestination(destination);
  if (result.timedOut) throw new HostError(`${where} did not answer within ${timeoutMs / 1000} s`, true);
  if (result.code === "ENOENT")
    throw new HostError("there is no `ssh` here: install the OpenSSH client", true);
  const said = lastLines(result.stderr) || result.shortMessage;
  throw new HostError(
    result.exitCode === connectionFailed ? `no connection to ${where}: ${said}` : `${where}: ${said}`,
    result.exitCode === connectionFailed,
  );
}

/** Makes the folder in which connections are shared: without one each command has its own. */
export function makeSocketFolder(): void {
  mkdirSync(join(homedir(), ".ssh"), { recursive: true, mode: 0o700 });
}

/** What a command said at its end, without what ssh says of connections that it could not share. */
export function lastLines(text: string): string {
  return text
    .split(/\r?\n/)
    .filter(
      (line) => line.trim() !== "" && !/^(mux_client|ControlSocket|Warning: Permanently added)/.test(line),
    )
    .slice(-3)
    .join("; ");
}
