import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "fs";
import { join } from "path";
import { z } from "zod";
import type { ScenarioIssue } from "../../../stacks/scenario/parse";
import {
  describeDestination,
  sshDestination,
  type SshDestination,
} from "../../../workloads/hosts/destination";
import type { PlannedHost } from "../hostsPlan";

/*
 * Which hosts a stack may have something on. It is written before anything is made there and kept until the stack is gone, so that
 * what a killed command has left is found, whatever the scenario says by then.
 */

const notedHost = z.strictObject({
  ssh: sshDestination,
  /** What tells its engine from all others; absent: the stack makes the host itself, and all that is there goes with it. */
  engine: z.string().optional(),
});
const note = z.record(z.string(), notedHost);
export type NotedHost = z.infer<typeof notedHost>;

const noteFile = (root: string, stack: string) => join(root, ".buswide", "stacks", `${stack}.hosts.json`);

/** The hosts that are noted for a stack, by name; none if there is no note. Errors: it is none of this version. */
export function notedHosts(root: string, stack: string): Record<string, NotedHost> {
  let text: string;
  try {
    text = readFileSync(noteFile(root, stack), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  return note.parse(JSON.parse(text));
}

/**
 * Hosts that are other machines than those which are noted by their names: what is on these would be looked for on the others, and so be
 * left where it is for ever.
 */
export function exchangedHosts(
  noted: Readonly<Record<string, NotedHost>>,
  hosts: Iterable<Pick<PlannedHost, "name" | "engine">>,
): ScenarioIssue[] {
  return [...hosts].flatMap(({ name, engine }) => {
    const known = Object.hasOwn(noted, name) ? noted[name] : undefined;
    if (known?.engine === undefined || known.engine === engine) return [];
    return [
      {
        path: `target.hosts.${name}`,
        message: `${name} was another machine, ${describeDestination(known.ssh)}: use another name, or --lost ${name}`,
      },
    ];
  });
}

/**
 * Notes hosts besides those that are noted; of one of the same name, the way to it is the new one.
 * Errors: one is another machine than the one that is noted by its name; nobody has asked it which engine it has.
 */
export function noteHosts(
  root: string,
  stack: string,
  hosts: Iterable<Pick<PlannedHost, "name" | "ssh" | "engine">>,
): void {
  const [noted, all] = [notedHosts(root, stack), [...hosts]];
  const [exchanged] = exchangedHosts(noted, all);
  if (exchanged) throw new Error(exchanged.message);
  const added = all.map(({ name, ssh, engine }): [string, NotedHost] => {
    if (engine === undefined) throw new Error(`which engine ${name} has is not known: it was not asked`);
    return [name, { ssh, engine }];
  });
  write(root, stack, { ...noted, ...Object.fromEntries(added) });
}

/**
 * Notes a host that the stack itself has made; of another one of its name that it had made, nothing is left.
 * Errors: a machine that is not the stack's is noted by its name.
 */
export function noteMadeHost(root: string, stack: string, name: string, ssh: SshDestination): void {
  const noted = notedHosts(root, stack);
  const [exchanged] = exchangedHosts(noted, [{ name }]);
  if (exchanged) throw new Error(exchanged.message);
  write(root, stack, { ...noted, [name]: { ssh } });
}

/** The names of noted hosts that the stack itself has made. */
export function madeHosts(noted: Readonly<Record<string, NotedHost>>): string[] {
  return Object.keys(noted).filter((name) => noted[name]?.engine === undefined);
}

/** Forgets hosts, by name; without names all of them, as nothing of the stack is there any more. */
export function forgetHosts(root: string, stack: string, names?: readonly string[]): void {
  const left = Object.entries(notedHosts(root, stack)).filter(([name]) => names && !names.includes(name));
  if (left.length === 0) rmSync(noteFile(root, stack), { force: true });
  else write(root, stack, Object.fromEntries(left));
}

function write(root: string, stack: string, hosts: Readonly<Record<string, NotedHost>>): void {
  const file = noteFile(root, stack);
  mkdirSync(join(root, ".buswide", "stacks"), { recursive: true, mode: 0o700 });
  // Whole or not at all, for whoever reads it after a kill.
  writeFileSync(`${file}.new`, JSON.stringify(hosts), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
