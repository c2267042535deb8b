import { text } from "stream/consumers";
import type { Containers, ExecResult } from "./containers";

/** What `timeout` (coreutils) exits with when time was up. */
export const timedOut = 124;

/**
 * The shell ends the command when its own input ends: it does when this process asks for that, and when it is gone.
 * The command's children are in its process group, which `timeout` makes and signals.
 */
const script = `
exec 3<&0
timeout --kill-after=5 "$0" "$@" </dev/null 3<&- &
child=$!
{ read -r _ <&3; kill "$child" 2>/dev/null; } >/dev/null 2>&1 &
reader=$!
exec 3<&-
wait "$child"
code=$?
kill "$reader" 2>/dev/null
exit "$code"
`;

/**
 * Runs a long command in a container to its end. It is ended when `signal` is aborted, when this process is gone, and
 * after `timeoutSeconds` ({@link timedOut}).
 * Errors: the container is missing or not running; the engine went away.
 */
export async function runAttended(
  containers: Containers,
  container: string,
  command: readonly string[],
  { timeoutSeconds, signal }: { readonly timeoutSeconds: number; readonly signal: AbortSignal },
): Promise<ExecResult> {
  const running = await containers.spawn(container, ["sh", "-c", script, String(timeoutSeconds), ...command]);
  running.stdin.on("error", () => undefined);
  const end = (): void => void running.stdin.end();
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  try {
    const [exitCode, stdout, stderr] = await Promise.all([
      running.exited,
      text(running.stdout),
      text(running.stderr),
    ]);
    return { exitCode, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}

/** Writes a file in a container, as its own user. Errors: it cannot. */
export async function writeIn(
  containers: Containers,
  container: string,
  path: string,
  content: string,
): Promise<void> {
  const written = await containers.exec(container, ["sh", "-c", 'umask 077 && cat > "$0"', path], {
    stdin: content,
  });
  if (written.exitCode !== 0) throw new Error(`${container}: ${path}: ${written.stderr.trim()}`);
}

/** Reads a file of a container. Errors: it cannot be read. */
export async function readIn(containers: Containers, container: string, path: string): Promise<string> {
  const read = await containers.exec(container, ["cat", path]);
  if (read.exitCode !== 0) throw new Error(`${container}: ${path}: ${read.stderr.trim()}`);
  return read.stdout;
}

/** Runs a short command in a container. Errors: it fails. */
export async function mustRun(
  containers: Containers,
  container: string,
  command: readonly string[],
): Promise<void> {
  const { exitCode, stderr } = await containers.exec(container, command);
  if (exitCode !== 0) throw new Error(`${container}: ${command.join(" ")}: ${stderr.trim()}`);
}
