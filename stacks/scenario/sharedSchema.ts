/** Any part of a JSON Schema. */
type Node = Readonly<Record<string, unknown>>;

/** Shorter ones are read faster where they stand. */
const shortest = 160;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A JSON Schema in which what occurs in several places is written once, among its `definitions`, and referred to. A
 * part keeps its description, which an editor shows wherever it is referred to. It takes and refuses the same.
 * Definitions are called as the setting they were first met at.
 */
export function shareDefinitions(schema: Node): Node {
  const counts = new Map<string, number>();
  visit(schema, (part) => {
    const text = JSON.stringify(part);
    counts.set(text, (counts.get(text) ?? 0) + 1);
    // What is within a repeated part is repeated with it; it is looked at once.
    return counts.get(text) === 1;
  });
  const names = new Map<string, string>();
  const definitions = new Map<string, unknown>();
  const share = (part: Node, setting: string): Node => {
    const text = JSON.stringify(part);
    const within = () => mapParts(part, setting, share);
    if (text.length < shortest || (counts.get(text) ?? 0) < 2) return within();
    let name = names.get(text);
    if (name === undefined) {
      name = freeName(setting, new Set(definitions.keys()));
      names.set(text, name);
      definitions.set(name, undefined);
      definitions.set(name, within());
    }
    return { $ref: `#/definitions/${name}` };
  };
  const shared = mapParts(schema, "scenario", share);
  return { ...shared, definitions: Object.fromEntries(definitions) };
}

function freeName(setting: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? setting : `${setting}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Calls `look` with each schema in a schema, itself included, as long as it returns true. */
function visit(schema: Node, look: (part: Node) => boolean): void {
  if (!look(schema)) return;
  mapParts(schema, "", (part) => {
    visit(part, look);
    return part;
  });
}

/** A schema with each schema right below it replaced; `setting` is what the nearest property is called. */
function mapParts(schema: Node, setting: string, replace: (part: Node, setting: string) => Node): Node {
  const one = (value: unknown) => (isNode(value) ? replace(value, setting) : value);
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]): [string, unknown] => {
      if (keyword === "properties" && isNode(value))
        return [
          keyword,
          Object.fromEntries(
            Object.entries(value).map(([name, part]) => [name, isNode(part) ? replace(part, name) : part]),
          ),
        ];
      if (["items", "anyOf", "oneOf", "allOf"].includes(keyword) && Array.isArray(value))
        return [keyword, value.map(one)];
      if (["items", "additionalProperties", "propertyNames"].includes(keyword)) return [keyword, one(value)];
      return [keyword, value];
    }),
  );
}
