import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "fs";
import { join } from "path";
import { z } from "zod";
import { sshDestination, type SshDestination } from "../../../workloads/hosts/destination";

/*
 * Which hosts a stack may have something on. It is written before anything is made there and kept until the stack is gone, so that
 * what a killed command has left is found, whatever the scenario says by then.
 */

const note = z.record(z.string(), sshDestination);

const noteFile = (root: string, stack: string) => join(root, ".buswide", "stacks", `${stack}.hosts.json`);

/** The hosts that are noted for a stack, by name; none if there is no note. Errors: it is none of this version. */
export function notedHosts(root: string, stack: string): Record<string, SshDestination> {
  let text: string;
  try {
    text = readFileSync(noteFile(root, stack), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  return note.parse(JSON.parse(text));
}

/** Notes hosts besides those that are noted; of one of the same name, the way to it is the new one. */
export function noteHosts(
  root: string,
  stack: string,
  hosts: Readonly<Record<string, SshDestination>>,
): void {
  write(root, stack, { ...notedHosts(root, stack), ...hosts });
}

/** Forgets hosts, by name; without names all of them, as nothing of the stack is there any more. */
export function forgetHosts(root: string, stack: string, names?: readonly string[]): void {
  const left = Object.entries(notedHosts(root, stack)).filter(([name]) => names && !names.includes(name));
  if (left.length === 0) rmSync(noteFile(root, stack), { force: true });
  else write(root, stack, Object.fromEntries(left));
}

function write(root: string, stack: string, hosts: Readonly<Record<string, SshDestination>>): void {
  const file = noteFile(root, stack);
  mkdirSync(join(root, ".buswide", "stacks"), { recursive: true, mode: 0o700 });
  // Whole or not at all, for whoever reads it after a kill.
  writeFileSync(`${file}.new`, JSON.stringify(hosts), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
