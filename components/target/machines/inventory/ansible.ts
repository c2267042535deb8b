import { split } from "shlex";
import { parse } from "yaml";
import { z } from "zod";
import { wrong, type Inventory, type InventoryHost } from "./host";
import { readSshArguments } from "./sshArguments";

type Variables = Readonly<Record<string, unknown>>;

/** A group as any of the three forms has it. */
interface Group {
  readonly hosts: Map<string, Variables>;
  readonly children: Set<string>;
  vars: Variables;
}

/** Groups by name, and what is wrong. */
class Groups {
  readonly all = new Map<string, Group>();
  readonly problems: string[] = [];

  get(name: string): Group {
    const found = this.all.get(name);
    if (found) return found;
    const made: Group = { hosts: new Map<string, Variables>(), children: new Set(), vars: {} };
    this.all.set(name, made);
    return made;
  }

  addHost(group: string, pattern: string, vars: Variables): void {
    for (const name of expandRange(pattern)) {
      const { hosts } = this.get(group);
      hosts.set(name, { ...hosts.get(name), ...vars });
    }
  }
}

/**
 * Reads an inventory of Ansible: INI, YAML, or what `ansible-inventory --list` prints, which holds in one file also what Ansible
 * itself finds in folders beside an inventory, asks of plugins, or makes of expressions.
 * @param file The file's name, whose ending tells YAML from INI.
 */
export function readAnsible(text: string, file: string): Inventory {
  const groups = new Groups();
  try {
    readGroups(text, file, groups);
  } catch (error) {
    return wrong(`this is no inventory of Ansible: ${(error as Error).message.split("\n")[0]}`);
  }
  const depths = depthsOf(groups.all);
  const names = [...new Set([...groups.all.values()].flatMap(({ hosts }) => [...hosts.keys()]))];
  if (names.length === 0 && groups.problems.length === 0) groups.problems.push("it has no host");
  const hosts = names.map((name) => hostOf(name, groups, depths));
  return groups.problems.length > 0 ? { hosts: [], problems: groups.problems } : { hosts, problems: [] };
}

/**
 * The same inventory with what is taken over of it alone, as `ansible-inventory --list` would print it: what else it says of hosts may be
 * secret. Errors: it is no inventory of Ansible.
 */
export function reduceAnsible(text: string, file: string): string {
  const groups = new Groups();
  readGroups(text, file, groups);
  const depths = depthsOf(groups.all);
  const names = [...new Set([...groups.all.values()].flatMap(({ hosts }) => [...hosts.keys()]))];
  const hostvars = Object.fromEntries(
    names.map((name) => [
      name,
      takenOver(ownVariables(name, groups.all, groupsOf(name, groups.all, depths))),
    ]),
  );
  const all = [...groups.all].map(([name, { hosts, children, vars }]) => [
    name,
    { hosts: [...hosts.keys()], children: [...children], vars: takenOver(vars) },
  ]);
  return `${JSON.stringify({ _meta: { hostvars }, ...Object.fromEntries(all) }, undefined, 1)}\n`;
}

/** Variables that say how a host is reached, each by all its names, the newest first. */
const variablesOf = {
  connection: ["ansible_connection"],
  port: ["ansible_port", "ansible_ssh_port"],
  host: ["ansible_host", "ansible_ssh_host"],
  user: ["ansible_user", "ansible_ssh_user"],
  identityFile: ["ansible_ssh_private_key_file", "ansible_private_key_file"],
  address: ["buswide_address"],
} as const;
const argumentNames = ["ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args"] as const;
const taken = new Set<string>([...Object.values(variablesOf).flat(), ...argumentNames]);

function takenOver(vars: Variables): Variables {
  return Object.fromEntries(
    Object.entries(vars).flatMap(([name, value]) =>
      // What is no text says nothing, and still goes before what a wider group says.
      taken.has(name) ? [[name, typeof value === "object" && value !== null ? false : value]] : [],
    ),
  );
}

function readGroups(text: string, file: string, groups: Groups): void {
  if (/^\s*\{/.test(text)) readList(JSON.parse(text), groups);
  else if (/\.ya?ml$/i.test(file) || /^---\s/.test(text)) readYaml(parse(text), groups);
  else readIni(text, groups);
}

/** INI as Ansible reads it: sections are groups, `:vars` their variables, `:children` groups in them. */
function readIni(text: string, groups: Groups): void {
  let section = { group: "ungrouped", part: "hosts" };
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || /^[#;]/.test(line)) return;
    const head = /^\[([^:\]]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(line);
    if (head) {
      section = { group: head[1] ?? "", part: head[2] ?? "hosts" };
      groups.get(section.group);
      if (!["hosts", "vars", "children"].includes(section.part))
        groups.problems.push(`line ${index + 1}: a section is [group], [group:vars] or [group:children]`);
      return;
    }
    const group = groups.get(section.group);
    if (section.part === "children") group.children.add(line.split(/\s/)[0] ?? "");
    else if (section.part === "vars") {
      const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (name === undefined) groups.problems.push(`line ${index + 1}: expected a variable, name=value`);
      else group.vars = { ...group.vars, [name]: unquoted(value ?? "") };
    } else {
      const [first = "", ...rest] = words(line);
      const pairs = rest.map((word) => /^([^=]+)=(.*)$/s.exec(word));
      if (pairs.some((pair) => !pair))
        groups.problems.push(`line ${index + 1}: expected a host and its variables, name=value each`);
      const [, name = first, port] = /^([^:]+|.*\[[^\]]*\][^:]*):(\d+)$/.exec(first) ?? [];
      const vars = Object.fromEntries(
        pairs.flatMap((pair) => (pair ? [[pair[1] ?? "", pair[2] ?? ""]] : [])),
      );
      groups.addHost(section.group, name, { ...(port === undefined ? {} : { ansible_port: port }), ...vars });
    }
  });
}

function words(line: string): string[] {
  const all = split(line);
  const comment = all.findIndex((word) => word.startsWith("#"));
  return comment < 0 ? all : all.slice(0, comment);
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

const variables = z.record(z.string(), z.unknown()).nullish();
interface YamlGroup {
  hosts?: Record<string, Variables | null | undefined> | null | undefined;
  vars?: Variables | null | undefined;
  children?: Record<string, YamlGroup | null | undefined> | null | undefined;
}
const yamlGroup: z.ZodType<YamlGroup> = z.strictObject({
  hosts: z.record(z.string(), variables).nullish(),
  vars: variables,
  children: z.lazy(() => z.record(z.string(), yamlGroup.nullish()).nullish()),
});
const yamlInventory = z.record(z.string(), yamlGroup.nullish());

function readYaml(value: unknown, groups: Groups): void {
  const visit = (name: string, given: YamlGroup | null | undefined): void => {
    const group = groups.get(name);
    group.vars = { ...group.vars, ...given?.vars };
    for (const [pattern, vars] of Object.entries(given?.hosts ?? {}))
      groups.addHost(name, pattern, vars ?? {});
    for (const [child, below] of Object.entries(given?.children ?? {})) {
      group.children.add(child);
      visit(child, below);
    }
  };
  for (const [name, group] of Object.entries(checked(yamlInventory, value))) visit(name, group);
}

const listedGroup = z.object({
  hosts: z.array(z.string()).optional(),
  children: z.array(z.string()).optional(),
  vars: z.record(z.string(), z.unknown()).optional(),
});
const listed = z
  .object({
    _meta: z.object({ hostvars: z.record(z.string(), z.record(z.string(), z.unknown())) }).optional(),
  })
  .catchall(listedGroup);

function readList(value: unknown, groups: Groups): void {
  const { _meta, ...all } = checked(listed, value);
  for (const [name, given] of Object.entries(all as Record<string, z.infer<typeof listedGroup>>)) {
    const group = groups.get(name);
    group.vars = given.vars ?? {};
    for (const child of given.children ?? []) group.children.add(child);
    for (const host of given.hosts ?? []) groups.addHost(name, host, _meta?.hostvars[host] ?? {});
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

/** `node[01:03].example.org` and `db-[a:c]`: every host of a range, its ends included. */
export function expandRange(pattern: string): string[] {
  const match = /^(.*?)\[(\w+):(\w+)(?::(\d+))?\](.*)$/.exec(pattern);
  if (!match) return [pattern];
  const [, before = "", from = "", to = "", step = "1", after = ""] = match;
  const numeric = /^\d+$/.test(from) && /^\d+$/.test(to);
  const code = (text: string) => (numeric ? Number(text) : text.charCodeAt(0));
  const items: string[] = [];
  for (let at = code(from); at <= code(to); at += Number(step) || 1)
    items.push(
      numeric ? String(at).padStart(from.startsWith("0") ? from.length : 0, "0") : String.fromCharCode(at),
    );
  return items.flatMap((item) => expandRange(`${before}${item}${after}`));
}

/** How far each group is from `all`, the longest way. */
function depthsOf(groups: ReadonlyMap<string, Group>): Map<string, number> {
  const depths = new Map<string, number>();
  const visit = (name: string, depth: number, above: readonly string[]): void => {
    if (above.includes(name) || (depths.get(name) ?? -1) >= depth) return;
    depths.set(name, depth);
    for (const child of groups.get(name)?.children ?? []) visit(child, depth + 1, [...above, name]);
  };
  visit("all", 0, []);
  for (const name of groups.keys()) visit(name, name === "all" ? 0 : 1, []);
  return depths;
}

/** Groups that a host is in, directly or through their children, the narrowest first; of equals by name. */
function groupsOf(
  name: string,
  groups: ReadonlyMap<string, Group>,
  depths: ReadonlyMap<string, number>,
): string[] {
  const within = new Set([...groups].filter(([, { hosts }]) => hosts.has(name)).map(([group]) => group));
  for (const inner of within)
    for (const [outer, { children }] of groups) if (children.has(inner)) within.add(outer);
  within.add("all");
  return [...within].sort((a, b) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0) || (a < b ? 1 : -1));
}

/** What is said of a host itself, wherever. */
function ownVariables(name: string, all: ReadonlyMap<string, Group>, within: readonly string[]): Variables {
  return Object.assign({}, ...within.flatMap((group) => all.get(group)?.hosts.get(name) ?? {})) as Variables;
}

function hostOf(name: string, { all, problems }: Groups, depths: ReadonlyMap<string, number>): InventoryHost {
  const within = groupsOf(name, all, depths);
  // The narrowest group says last, the host itself after all.
  const layers = [...within].reverse().flatMap((group) => all.get(group)?.vars ?? {});
  const vars: Variables = Object.assign({}, ...layers, ownVariables(name, all, within)) as Variables;
  const text = (...known: readonly string[]): string | undefined => {
    const value = known.map((one) => vars[one]).find((one) => one !== undefined && one !== null);
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    if (String(value).includes("{{"))
      problems.push(
        `${name}: ${known[0]} is an expression: give what \`ansible-inventory --list\` prints, in which it has its value`,
      );
    return String(value);
  };
  const connection = text(...variablesOf.connection);
  if (connection !== undefined && !["ssh", "smart", "paramiko", "ansible.builtin.ssh"].includes(connection))
    problems.push(`${name}: its ansible_connection is ${connection}, and hosts are reached by SSH only`);
  if (text("ansible_password", "ansible_ssh_pass") !== undefined)
    problems.push(`${name}: it has a password, and hosts are reached with a key or an agent: take it out`);
  const port = text(...variablesOf.port);
  if (port !== undefined && !/^\d{1,5}$/.test(port)) problems.push(`${name}: "${port}" is no port`);
  const [host, user, identityFile, address] = [
    text(...variablesOf.host),
    text(...variablesOf.user),
    text(...variablesOf.identityFile),
    text(...variablesOf.address),
  ];
  const given = argumentNames.flatMap((one) => text(one) ?? []);
  const args = readSshArguments(given.join(" "));
  problems.push(...args.problems.map((problem) => `${name}: ${problem}`));
  return {
    name,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user }),
    ...(identityFile === undefined ? {} : { identityFile }),
    ...(args.jump.length === 0 ? {} : { jump: args.jump }),
    ...(args.options.length === 0 ? {} : { options: args.options }),
    ...(address === undefined ? {} : { address }),
    groups: within.filter((group) => group !== "all" && group !== "ungrouped"),
  };
}
