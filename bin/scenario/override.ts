import { parseDocument } from "yaml";
import { formatPath } from "../../stacks/scenario/messages";
import { Refusal } from "../refusal";

/** A value that stands in for one of the scenario's, for one command. */
export interface Override {
  /** As given: `links[0].delay=50ms`. */
  readonly text: string;
  /** Keys of maps and indices of lists, from the scenario down; never empty. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

const step = /(?:^|\.)([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]/y;

/**
 * Reads `path=value`; the value is YAML on one line: `50ms`, `3`, `[core, edge]`, `{ there: 5ms, back: 9ms }`.
 * Errors: {@link Refusal}.
 */
export function parseOverride(text: string): Override {
  const refuse = (message: string) => new Refusal(`--set ${text}`, [{ path: "", message }]);
  const equals = text.indexOf("=");
  if (equals < 1) throw refuse('write it as path=value, such as "links[0].delay=50ms"');
  const path = parsePath(text.slice(0, equals));
  if (!path)
    throw refuse(
      `"${text.slice(0, equals)}" is not a path: write names and indices, such as "links[0].delay"`,
    );
  const document = parseDocument(text.slice(equals + 1));
  const [error] = document.errors;
  if (error) throw refuse(`the value is not YAML: ${error.message.split("\n")[0]?.replace(/:$/, "")}`);
  try {
    return { text, path, value: document.toJS() as unknown };
  } catch (aliasError) {
    if (aliasError instanceof ReferenceError) throw refuse(`the value is not YAML: ${aliasError.message}`);
    throw aliasError;
  }
}

/** The steps of `a.b[0].c`; undefined if it is not such a path. The inverse of {@link formatPath}. */
export function parsePath(text: string): (string | number)[] | undefined {
  const path: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (!match) return undefined;
    path.push(match[1] ?? Number(match[2]));
  }
  // Sticky matching lets ".a" through at the start: a path starts with a name.
  return path.length > 0 && /^[A-Za-z_]/.test(text) ? path : undefined;
}

/**
 * `root` with an override's value in place; `root` stays as it is. Maps that are missing on the way are made.
 * Errors: {@link Refusal} if the path leads beyond a list's end, or through something that is no map or list.
 */
export function applyOverride(root: unknown, override: Override): unknown {
  return replaceAt(root, override, 0);
}

function replaceAt(current: unknown, override: Override, depth: number): unknown {
  const key = override.path[depth];
  if (key === undefined) return override.value;
  const here = formatPath(override.path.slice(0, depth)) || "the scenario";
  const refuse = (message: string) =>
    new Refusal(`--set ${override.text}`, [{ path: formatPath(override.path.slice(0, depth + 1)), message }]);
  if (typeof key === "number") {
    if (!Array.isArray(current)) throw refuse(`${here} is ${describe(current)}, not a list`);
    if (key >= current.length)
      throw refuse(
        current.length === 0
          ? `the list ${here} is empty: give it whole, such as ${here}=[…]`
          : `the list ${here} has the entries [0] to [${current.length - 1}]`,
      );
    return current.map((entry: unknown, index) =>
      index === key ? replaceAt(entry, override, depth + 1) : entry,
    );
  }
  if (Array.isArray(current))
    throw refuse(
      current.length === 0
        ? `${here} is an empty list, and has no "${key}"`
        : `${here} is a list: say which entry, ${here}[0] to ${here}[${current.length - 1}]`,
    );
  if (current !== undefined && current !== null && typeof current !== "object")
    throw refuse(`${here} is ${describe(current)}, and has no "${key}"`);
  const map = (current ?? {}) as Readonly<Record<string, unknown>>;
  const before = Object.hasOwn(map, key) ? map[key] : undefined;
  // A computed key, so that even "__proto__" is a key like any other.
  return { ...map, [key]: replaceAt(before, override, depth + 1) };
}

function describe(value: unknown): string {
  if (value === undefined) return "not given";
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `the value ${JSON.stringify(value)}`;
}
