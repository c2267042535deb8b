import { readdirSync, readFileSync } from "fs";
import { setTimeout as sleep } from "timers/promises";

/**
 * Marks every process of an operation: the Pulumi CLI, its plugins, the runner. They lead process groups and
 * sessions of their own, so that nothing but the environment tells whose they are.
 */
const marker = "BUSWIDE_OPERATION";
/** How long an interrupted engine may take to end what it is at and save its state. */
const graceMs = 30_000;

/** Which process began an operation, and on what. */
export interface Owner {
  readonly root: string;
  readonly stack: string;
  readonly pid: number;
  /** When the process began, in the kernel's ticks: tells it from a later one of the same number. */
  readonly began: string;
}

/** What an operation of this process on `stack` puts into the environment of the processes it starts. */
export function operationMark(root: string, stack: string): NodeJS.ProcessEnv {
  const owner: Owner = { root, stack, pid: process.pid, began: processBegan(process.pid) ?? "" };
  return { [marker]: JSON.stringify(owner) };
}

/** Whether the process that an owner names is still there. */
export function isAlive({ pid, began }: Pick<Owner, "pid" | "began">): boolean {
  const now = processBegan(pid);
  if (now !== undefined) return now === began;
  if (process.platform === "linux") return false;
  return signal(pid, 0);
}

/** Processes started by operations, with the operation's owner. Empty where there is no /proc. */
export function operationProcesses(): { readonly pid: number; readonly owner: Owner }[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const environment = readIfThere(`/proc/${pid}/environ`);
    const found = environment?.split("\0").find((variable) => variable.startsWith(`${marker}=`));
    if (found === undefined) return [];
    return [{ pid, owner: JSON.parse(found.slice(marker.length + 1)) as Owner }];
  });
}

/**
 * Ends what a killed command left running on `stack`: the engine first and gently, so that it saves its state,
 * then whatever remains. Returns how many processes there were.
 */
export async function endOrphans(
  root: string,
  stack: string,
  progress: (line: string) => void,
): Promise<number> {
  const orphans = () =>
    operationProcesses().filter(
      ({ owner }) => owner.root === root && owner.stack === stack && !isAlive(owner),
    );
  const found = orphans();
  if (found.length === 0) return 0;
  progress(`ending what an earlier command on ${stack} left running (${found.length} processes)`);
  for (const { pid } of found) if (commandOf(pid) === "pulumi") signal(pid, "SIGINT");
  const deadline = Date.now() + graceMs;
  while (orphans().some(({ pid }) => commandOf(pid) === "pulumi") && Date.now() < deadline) await sleep(200);
  await endAll(orphans);
  return found.length;
}

/** Ends every process of this process's operation on `stack`, at once. */
export async function endOwn(root: string, stack: string): Promise<void> {
  await endAll(() =>
    operationProcesses().filter(
      ({ owner }) => owner.root === root && owner.stack === stack && owner.pid === process.pid,
    ),
  );
}

async function endAll(remaining: () => { readonly pid: number }[]): Promise<void> {
  // A process may start another while it is being ended.
  for (let round = 0; round < 20; round += 1) {
    const pids = remaining();
    if (pids.length === 0) return;
    for (const { pid } of pids) signal(pid, "SIGKILL");
    await sleep(100);
  }
}

/** When a process began, in ticks since the machine did; undefined if there is none, or no /proc to tell. */
export function processBegan(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The second field is the command in parentheses, which may hold anything; the 22nd is the start.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; its parent has not looked yet.
  return fields?.[0] === "Z" ? undefined : fields?.[19];
}

/** Unix time at which a process began, seconds; undefined if there is none, or no /proc to tell. */
export function processBeganAt(pid: number): number | undefined {
  const ticks = processBegan(pid);
  const boot = /^btime (\d+)$/m.exec(readIfThere("/proc/stat") ?? "")?.[1];
  // USER_HZ is 100 on every architecture that Linux reports ticks for.
  return ticks === undefined || boot === undefined ? undefined : Number(boot) + Number(ticks) / 100;
}

/** The name of a process' program; undefined if the process is gone. */
export function commandOf(pid: number): string | undefined {
  return readIfThere(`/proc/${pid}/comm`)?.trim();
}

/** Sends a signal; false if the process is gone or another user's. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return false;
    // It is there, and not ours to signal.
    if (code === "EPERM") return name === 0;
    throw error;
  }
}

/** A file of /proc; undefined when the process is gone, or its environment is not for us to read. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return undefined;
    throw error;
  }
}
