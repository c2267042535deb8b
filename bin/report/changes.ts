import type { EngineEvent } from "@pulumi/pulumi/automation";
import { isMeasurement } from "../engine/state";
import { describeDifference, differences, type Difference } from "./difference";
import { kindOf, parseUrn } from "./urn";

/** What an operation would do to one resource. */
export interface Change {
  readonly op: "create" | "update" | "replace" | "delete" | "refresh" | "import";
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** The URN of the component it belongs to; empty for the stack. */
  readonly parent: string;
  /** What of its inputs differs; empty for what is created or deleted. */
  readonly diff: readonly Difference[];
}

/** The document of `preview --json`: exactly the operations that change something, by name. */
export interface ChangesDocument {
  readonly changes: readonly Change[];
  /** How many changes of each kind there are. */
  readonly summary: Readonly<Record<string, number>>;
}

/** The engine's steps by what they come to; a replacement is several. */
const operations: Readonly<Record<string, Change["op"]>> = {
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  refresh: "refresh",
  import: "import",
  "import-replacement": "replace",
};

/** Collects the changes that a preview tells of. */
export class ChangeLog {
  readonly #changes = new Map<string, Change>();

  take(event: EngineEvent): void {
    const metadata = event.resourcePreEvent?.metadata;
    const op = metadata && operations[metadata.op];
    if (!op) return;
    const { urn, type, old, new: wanted } = metadata;
    const known = this.#changes.get(urn);
    const diff = old && wanted && op !== "delete" ? differences(old.inputs, wanted.inputs) : [];
    this.#changes.set(urn, {
      op: known?.op === "replace" ? "replace" : op,
      urn,
      type,
      name: parseUrn(urn).name,
      parent: wanted?.parent ?? old?.parent ?? "",
      diff: diff.length > 0 ? diff : (known?.diff ?? []),
    });
  }

  get document(): ChangesDocument {
    const order = (a: Change, b: Change) => compare(a.name, b.name) || compare(a.urn, b.urn);
    const changes = [...this.#changes.values()].sort(order);
    const summary: Record<string, number> = {};
    for (const { op } of changes) summary[op] = (summary[op] ?? 0) + 1;
    return { changes, summary };
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const signs: Readonly<Record<Change["op"], string>> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  refresh: "~",
  import: "+",
};

const mostFields = 6;

/**
 * Changes for people, a line each, and their counts; one line if there are none. What a component consists of (a
 * service's container, a link's commands) is in the component's own line; with a part replaced, the component is as well.
 */
export function describeChanges({ changes, summary }: ChangesDocument): string[] {
  if (changes.length === 0) return ["no changes"];
  const wholes = new Set(changes.filter(isComponent).map(({ urn }) => urn));
  const isPart = (change: Change) => !isComponent(change) && wholes.has(change.parent);
  const lines = changes
    .filter((change) => !isPart(change))
    .map((change) => {
      // Its inputs are hashes and secrets: what it comes to is what can be said.
      if (isMeasurement(change.urn) && change.op === "replace")
        return `${signs[change.op]} ${change.name}: measures again`;
      const parts = changes.filter((other) => isPart(other) && other.parent === change.urn);
      const replaced = change.op === "update" && parts.some((part) => part.op === "replace");
      const op = replaced ? "replace" : change.op;
      return `${signs[op]} ${kindOf(change.type)} ${change.name}${describeFields(change, parts)}`;
    });
  return [...lines, describeSummary(summary)];
}

function isComponent({ type }: Change): boolean {
  return type.startsWith("buswide:");
}

/** What differs: of the component itself, or, if it does not say, of its parts; what is on top first. */
function describeFields(change: Change, parts: readonly Change[]): string {
  const diff = change.diff.length > 0 ? change.diff : parts.flatMap((part) => part.diff);
  const depth = ({ path }: Difference) => path.split(/[.[]/).length;
  const ordered = [...diff].sort((a, b) => depth(a) - depth(b));
  const fields = [...new Set(ordered.map(describeDifference))];
  if (fields.length === 0) return "";
  const more = fields.length > mostFields ? [`and ${fields.length - mostFields} more`] : [];
  return `: ${[...fields.slice(0, mostFields), ...more].join(", ")}`;
}

const past: Readonly<Record<string, string>> = {
  create: "to create",
  update: "to update",
  replace: "to replace",
  delete: "to delete",
  refresh: "to refresh",
  import: "to import",
};

function describeSummary(summary: ChangesDocument["summary"]): string {
  return Object.entries(summary)
    .map(([op, count]) => `${count} ${past[op] ?? op}`)
    .join(", ");
}
