import { isDeepStrictEqual } from "util";

/** One value that an operation changes. */
export interface Difference {
  /** Where in the resource's inputs: `stdin.delayMs`, `networks[1].address`; items that have a name by it, `brokers[core-1].site`. */
  readonly path: string;
  /** Absent: it is new. */
  readonly before?: unknown;
  /** Absent: it goes. */
  readonly after?: unknown;
}

/** What the engine puts where a value is known only once something else is made. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const knownLater = "[known once made]";

/** What marks the map that the engine has in a secret's place; its other entry is the secret, encrypted or masked. */
const secretMark = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"] as const;
const secret = "[secret]";

/** What tells the items of a list apart, if they have it: the first that all items have, each its own. */
const names = ["name", "file", "path", "label", "user"] as const;

/**
 * The differences between two values, leaf by leaf. Text that is JSON on both sides is compared as such; items of a list
 * that have names are compared with those of the same name, wherever they are, unless just their order differs.
 */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (before === after) return [];
  if (isSecret(before) || isSecret(after))
    return isDeepStrictEqual(before, after) ? [] : [difference(path, before, after)];
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    // What begins with two underscores is the engine's own bookkeeping.
    return keys
      .filter((key) => !key.startsWith("__"))
      .flatMap((key) => differences(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const named = byName(before, after);
    const found = named
      ? [...new Set([...named[0].keys(), ...named[1].keys()])].flatMap((name) =>
          differences(named[0].get(name), named[1].get(name), `${path}[${name}]`),
        )
      : [];
    if (found.length > 0) return found;
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index).flatMap(
      (index) => differences(before[index], after[index], `${path}[${index}]`),
    );
  }
  const parsed = [parseMap(before), parseMap(after)];
  if (parsed[0] && parsed[1]) return differences(parsed[0], parsed[1], path);
  return [difference(path, before, after)];
}

function difference(path: string, before: unknown, after: unknown): Difference {
  return {
    path,
    ...(before === undefined ? {} : { before: shown(before) }),
    ...(after === undefined ? {} : { after: shown(after) }),
  };
}

/** A difference for people: `delayMs 25 → 50`, `+ brokers[edge-1]`; of text, the lines that differ. */
export function describeDifference({ path, before, after }: Difference): string {
  const name = shortPath(path);
  if (before === secret && after === secret) return `${name}: another secret`;
  if (before === undefined) return `+ ${name}${isLeaf(after) ? ` ${short(after)}` : ""}`;
  if (after === undefined) return `- ${name}${isLeaf(before) ? ` ${short(before)}` : ""}`;
  if (isText(before) && isText(after) && `${before}${after}`.includes("\n"))
    return `${name}: ${changedLines(before, after)}`;
  // The beginnings of two long texts do not tell what differs.
  if (isText(before) && isText(after) && short(before).length + short(after).length > longest)
    return `${name}: another text`;
  return `${name} ${short(before)} → ${short(after)}`;
}

/** Without what people who do not know the code have no use for: by which way a setting or a file is handed over. */
function shortPath(path: string): string {
  return path
    .replace(/^(stdin|plan)\./, "")
    .replace(/^(?:files|uploads)\[(.+?)\](?:\.content)?(?=$|\.|\[)/, "$1")
    .replace(/^stdin$/, "settings");
}

const mostLines = 3;

function changedLines(before: string, after: string): string {
  const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "");
  const [old, wanted] = [lines(before), lines(after)];
  const found = [
    ...old.filter((line) => !wanted.includes(line)).map((line) => `- ${short(line)}`),
    ...wanted.filter((line) => !old.includes(line)).map((line) => `+ ${short(line)}`),
  ];
  if (found.length === 0) return "its lines in another order";
  const more = found.length > mostLines ? [`and ${found.length - mostLines} lines more`] : [];
  return [...found.slice(0, mostLines), ...more].join("; ");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isLeaf(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

type Named = Map<string, unknown>;

/** Two lists by the names of their items; undefined if these have none, or not each its own. */
function byName(before: readonly unknown[], after: readonly unknown[]): [Named, Named] | undefined {
  const items = [...before, ...after];
  if (items.length === 0 || !items.every(isMap)) return undefined;
  for (const key of names) {
    const index = (list: readonly unknown[]): Named =>
      new Map(list.filter(isMap).map((item) => [String(item[key]), item]));
    const [old, wanted] = [index(before), index(after)];
    if (items.every((item) => typeof item[key] === "string"))
      return old.size === before.length && wanted.size === after.length ? [old, wanted] : undefined;
  }
  return undefined;
}

const longest = 60;

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (/^[0-9a-f]{32,}$/.test(text)) return `${text.slice(0, 8)}…`;
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function isSecret(value: unknown): boolean {
  // Of what is handed over as text, also the text of such a map.
  const map = isMap(value) ? value : parseMap(value);
  return map?.[secretMark[0]] === secretMark[1];
}

function shown(value: unknown): unknown {
  if (isSecret(value)) return secret;
  return typeof value === "string" && value.includes(unknownValue) ? knownLater : value;
}

function parseMap(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== "string" || !value.startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isMap(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
