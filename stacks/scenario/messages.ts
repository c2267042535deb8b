import type { z } from "zod";
import { show } from "./show";

/** One thing wrong with a scenario. */
export interface ScenarioIssue {
  /** Where, as a person would write it: `links[0].delay`. */
  readonly path: string;
  /** What is wrong, the value, and what would be right. */
  readonly message: string;
}

/** Writes a path as a person would: `links[0].between[1]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text ? `${text}.${String(key)}` : String(key);
  }, "");
}

/** The message of a union of settings for what is no object at all; what its `kind` should be is said by itself. */
export function wantsSettings(example: string): (issue: { readonly input?: unknown }) => string | undefined {
  return ({ input }) =>
    typeof input === "object" && input !== null ? undefined : `expected settings, such as ${example}`;
}

/** Puts what zod found into words. `root` is the value that was parsed. */
export function describeIssue(issue: z.core.$ZodIssue, root: unknown): ScenarioIssue[] {
  if (issue.code === "invalid_union" && issue.errors.length > 0) return describeUnion(issue, root);
  if (issue.code === "invalid_key")
    return issue.issues.map((inner) => ({ path: formatPath(issue.path), message: inner.message }));
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: formatPath([...issue.path, key]),
      // The schema knows why one of them is not there.
      message: issue.message.startsWith("Unrecognized")
        ? `there is no setting ${show(key)} here: correct its name or take it out; docs/scenario.md lists what there is`
        : `there is no setting ${show(key)} here: ${issue.message}`,
    }));
  return [{ path: formatPath(issue.path), message: explain(issue, valueAt(root, issue.path)) }];
}

/**
 * Of a union's branches, the one that the value came closest to speaks: it knows most of the settings, fails
 * deepest, or with fewest issues.
 */
function describeUnion(issue: z.core.$ZodIssueInvalidUnion, root: unknown): ScenarioIssue[] {
  const branches: z.core.$ZodIssue[][] = issue.errors.filter((branch) => branch.length > 0);
  const depth = (branch: z.core.$ZodIssue[]) => Math.max(...branch.map((inner) => inner.path.length));
  const refusesType = (branch: z.core.$ZodIssue[]) =>
    branch.some(
      ({ code, path }) => (code === "invalid_type" || code === "invalid_value") && path.length === 0,
    );
  const strange = (branch: z.core.$ZodIssue[]) =>
    branch.reduce((sum, inner) => sum + strangeness(inner, valueAt(root, issue.path)), 0);
  // No branch takes a value of this type: the first one is the plain form, which is what to suggest.
  const chosen = branches.every(refusesType)
    ? branches[0]
    : branches
        .filter((branch) => !refusesType(branch))
        .sort((a, b) => strange(a) - strange(b) || depth(b) - depth(a) || a.length - b.length)[0];
  return (chosen ?? []).flatMap((inner) =>
    describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, root),
  );
}

/** How much an issue says that another branch of the union was meant: by settings that this one does not have. */
function strangeness(issue: z.core.$ZodIssue, value: unknown): number {
  if (issue.code === "unrecognized_keys") return issue.keys.length;
  const lacksDiscriminator =
    issue.code === "invalid_union" && issue.errors.length === 0 && valueAt(value, issue.path) === undefined;
  return lacksDiscriminator ? Infinity : 0;
}

const forms: Readonly<Record<string, string>> = {
  object: "settings, as in { setting: value }",
  record: "names with their settings, such as { core: {} }",
  array: "a list, such as []",
  tuple: "a list of two, such as [core, edge]",
  string: "text",
  number: "a number",
  int: "a whole number",
};

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type": {
      // Where the schema has a message of its own, it says what was expected, or of a name begins with the value.
      const expected = issue.message.startsWith("Invalid input")
        ? `expected ${forms[issue.expected] ?? issue.expected}`
        : issue.message;
      if (value === undefined) return `missing: ${expected}`;
      return expected.startsWith(show(value)) ? expected : `${expected}, got ${show(value)}`;
    }
    case "too_small":
    case "too_big": {
      const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
      const size = issue.code === "too_small" ? "at least" : "at most";
      return issue.origin === "array"
        ? `expected ${issue.exact ? "" : `${size} `}${limit} entries, got ${show(value)}`
        : `expected ${size} ${limit}, got ${show(value)}`;
    }
    case "invalid_value":
      return `expected ${choice(issue.values)}, got ${show(value)}`;
    case "invalid_union": {
      // The schema knows why one of them is not there.
      if (!issue.message.startsWith("Invalid")) return issue.message;
      const kinds = "options" in issue ? (issue.options ?? []).filter((option) => option !== undefined) : [];
      return value === undefined
        ? `missing: expected ${choice(kinds)}`
        : `expected ${choice(kinds)}, got ${show(value)}`;
    }
    default:
      return issue.message;
  }
}

function choice(values: readonly unknown[]): string {
  const shown = values.map(show);
  return shown.length > 1 ? `one of ${shown.join(", ")}` : (shown[0] ?? "something else");
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    root,
  );
}
