import { existsSync, readdirSync, readFileSync } from "fs";
import { hostname, userInfo } from "os";
import { join } from "path";
import { processBeganAt } from "./processes";

/** What the engine writes about the holder of a stack's lock in a backend that is a plain store. */
export interface LockHolder {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  /** RFC 3339. */
  readonly timestamp: string;
}

/** A process that begins this long after a lock was written is not its writer, clocks being coarse; seconds. */
const toleranceSeconds = 2;

/**
 * The folder of a stack's locks, for a backend in a folder; undefined for any other, whose locks are its own
 * affair. Layout: pkg/backend/diy/lock.go of Pulumi.
 */
export function lockFolder(backend: string, project: string, stack: string): string | undefined {
  if (!backend.startsWith("file://")) return undefined;
  const path = decodeURIComponent(backend.slice("file://".length).split("?")[0] ?? "");
  // As the CLI has it: the home that the system has noted of the user, whatever HOME says.
  const folder = path.replace(/^~(?=\/|$)/, userInfo().homedir);
  return join(folder, ".pulumi", "locks", "organization", project, stack);
}

/** The holders of a stack's locks. A lock that was cut off while being written has a holder that says nothing. */
export function readLocks(folder: string): LockHolder[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as LockHolder);
}

/** Whether a lock's holder is certainly gone: a process of this machine that is no more, or has become another. */
export function isDead(holder: LockHolder): boolean {
  if (holder.hostname !== hostname()) return false;
  const began = processBeganAt(holder.pid);
  if (began === undefined) return process.platform === "linux" || !canSignal(holder.pid);
  return began > Date.parse(holder.timestamp) / 1000 + toleranceSeconds;
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
