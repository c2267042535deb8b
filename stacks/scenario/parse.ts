import { describeIssue, formatPath, type ScenarioIssue } from "./messages";
import { scenarioSchema, type Scenario } from "./schema";

export type { ScenarioIssue } from "./messages";

/** A scenario was refused. Its message lists every issue, a line each. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  constructor(readonly issues: readonly ScenarioIssue[]) {
    super(issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("\n"));
  }
}

/**
 * Parses a scenario as it stands in a stack's configuration.
 * Errors: {@link ScenarioError}, with every issue found.
 */
export function parseScenario(value: unknown): Scenario {
  const hidden = findHiddenKeys(value);
  if (hidden.length > 0) throw new ScenarioError(hidden);
  const parsed = scenarioSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ScenarioError(parsed.error.issues.flatMap((issue) => describeIssue(issue, value)));
}

/**
 * Keys called `__proto__`, anywhere. JSON and YAML allow them, assigning one in JavaScript does something else,
 * and the schema library therefore passes over them without a word.
 */
function findHiddenKeys(root: unknown): ScenarioIssue[] {
  const issues: ScenarioIssue[] = [];
  const seen = new Set<object>();
  const visit = (value: unknown, path: readonly PropertyKey[]) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) value.forEach((item, index) => visit(item, [...path, index]));
    else
      for (const [key, inner] of Object.entries(value)) {
        if (key === "__proto__")
          issues.push({
            path: formatPath([...path, key]),
            message: `"__proto__" can be neither a setting nor a name: take it out`,
          });
        visit(inner, [...path, key]);
      }
  };
  visit(root, []);
  return issues;
}
