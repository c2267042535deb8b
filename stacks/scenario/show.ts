import { inspect } from "util";

const longest = 80;

/** A value as a message quotes it: JSON where it has a form there, cut where it is long, `nothing` for undefined. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = jsonOf(value) ?? inspect(value, { depth: 1, breakLength: Infinity });
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

function jsonOf(value: unknown): string | undefined {
  // JSON makes null of what is no finite number.
  if (typeof value === "number") return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    // Big integers and circular structures have no JSON; they cannot come from YAML, but may from code.
    return undefined;
  }
}
