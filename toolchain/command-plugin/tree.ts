import { execFile } from "child_process";
import { promisify } from "util";
import { readdir, readFile } from "fs/promises";

/** The parent of every process that lives; one that has ended and was not yet fetched by its parent is left out. */
async function parents(): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  const add = (pid: string, state = "", parent = "") => {
    if (parent !== "" && !/^[ZX]/.test(state)) {
      found.set(Number(pid), Number(parent));
    }
  };
  if (process.platform === "linux") {
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      // The process may be gone by now. Its command's name, in brackets, may hold spaces and brackets.
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const [, state, parent] = / (\S) (\d+) /.exec(stat.slice(stat.lastIndexOf(")") + 1)) ?? [];
      add(pid, state, parent);
    }
    return found;
  }
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,stat=,ppid="]);
  for (const line of stdout.trim().split("\n")) {
    const [pid = "", state, parent] = line.trim().split(/\s+/);
    add(pid, state, parent);
  }
  return found;
}

/** Those of `roots` that live, and everything they started, children before grandchildren. */
export async function processTree(roots: readonly number[]): Promise<number[]> {
  const parentOf = await parents();
  const tree = roots.filter((pid) => parentOf.has(pid));
  for (const pid of tree) {
    for (const [child, parent] of parentOf) {
      if (parent === pid && !tree.includes(child)) {
        tree.push(child);
      }
    }
  }
  return tree;
}

/** Sends `signal` to each process; one that has ended already is passed over. */
function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
        throw error;
      }
    }
  }
}

/** How often it is looked whether processes have ended, milliseconds. */
const lookMs = 100;

/**
 * Ends the process `root` and all its descendants: asks them to stop, and kills what is left after
 * `graceMs`. Asking alone is not enough, as a shell waits for the child that it runs.
 */
export async function endTree(root: number, graceMs: number): Promise<void> {
  let tree = await processTree([root]);
  signalAll(tree, "SIGTERM");
  const end = Date.now() + graceMs;
  while (tree.length > 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    // What has lost its parent is still known by its number, and what it starts by its parent's.
    tree = await processTree(tree);
  }
  signalAll(tree, "SIGKILL");
}
