import { writeFileSync } from "fs";
import { resolve } from "path";
import { stackFileSchema } from "./jsonSchema";

/** Where the reference is published. */
export const publishedReference = resolve(__dirname, "../../docs/scenario.md");

/** The part of JSON Schema that zod writes for a scenario. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string | number | boolean;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Row {
  readonly path: string;
  readonly value: string;
  readonly required: boolean;
  readonly description: string;
}

/**
 * The reference of scenarios as Markdown: a table of every setting with its values, its default and what it is,
 * made from the JSON Schema, so that it says what the parser does.
 */
export function renderReference(): string {
  const file: Schema = stackFileSchema();
  const scenario = file.properties?.["config"]?.properties?.["buswide:scenario"];
  if (!scenario) throw new Error("the JSON Schema has no scenario");
  const sections = Object.entries(scenario.properties ?? {}).map(([name, schema]) => {
    const rows = rowsOf(name, schema, scenario.required?.includes(name) ?? false, new Map());
    return [`## ${name}`, "", table(rows)].join("\n");
  });
  return [
    "# Scenarios: every setting",
    "",
    "<!-- Made by `node -r ts-node/register stacks/scenario/reference.ts` from the schema; a test keeps it current. -->",
    "",
    "A scenario is the value of `buswide:scenario` in the configuration of a Pulumi stack, `stacks/Pulumi.<name>.yaml`. Editors",
    "complete and check it by the [JSON Schema](schema/scenario.schema.json). Quantities carry their unit in the text.",
    "**Bold** settings must be given. `[]` stands for each entry of a list, `*` for each name.",
    "",
    sections.join("\n\n"),
    "",
  ].join("\n");
}

/** Where settings that come in several places were first told of, by their schema. */
type Told = Map<string, string>;

function rowsOf(path: string, schema: Schema, required: boolean, told: Told): Row[] {
  const row: Row = { path, value: valueOf(schema), required, description: schema.description ?? "" };
  const below = JSON.stringify({ ...schema, default: undefined });
  const first = told.get(below);
  if (first !== undefined) return [{ ...row, description: `${row.description} As \`${first}\`.`.trim() }];
  const rows = children(path, schema, told);
  if (rows.length > 0) told.set(below, path);
  return [row, ...rows];
}

/** The settings below one. Branches of a union are told apart by the constant that chooses them, or by number. */
function children(path: string, schema: Schema, told: Told): Row[] {
  const branches = (schema.anyOf ?? schema.oneOf ?? []).filter(isContainer);
  const ofBranches = branches.flatMap((branch, index) => {
    // A union within a union tells its own branches apart.
    const label = branches.length > 1 && branch.properties ? ` (${branchName(branch, branches, index)})` : "";
    const own =
      branch.description === undefined
        ? []
        : [{ path: `${path}${label}`, value: "", required: false, description: branch.description }];
    return [...(label ? own : []), ...children(`${path}${label}`, branch, told)];
  });
  const ofProperties = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    rowsOf(`${path}.${name}`, property, schema.required?.includes(name) ?? false, told),
  );
  const ofNames =
    typeof schema.additionalProperties === "object"
      ? children(`${path}.*`, schema.additionalProperties, told)
      : [];
  const item = schema.items;
  const ofItems = item !== undefined && !isTuple(item) ? children(`${path}[]`, item, told) : [];
  return [...ofBranches, ...ofProperties, ...ofNames, ...ofItems];
}

function isTuple(items: Schema | readonly Schema[]): items is readonly Schema[] {
  return Array.isArray(items);
}

/** Whether a branch has settings of its own; `{ there, back }` is told by its parent's description. */
function isContainer(schema: Schema): boolean {
  if ((schema.anyOf ?? schema.oneOf ?? []).some(isContainer)) return true;
  const names = Object.keys(schema.properties ?? {});
  return names.length > 0 && !(names.length === 2 && names.includes("there") && names.includes("back"));
}

function branchName(branch: Schema, branches: readonly Schema[], index: number): string {
  for (const [name, property] of Object.entries(branch.properties ?? {})) {
    const shared = branches.every((other) => other.properties?.[name]?.const === property.const);
    if (property.const !== undefined && !shared) return `${name}: ${String(property.const)}`;
    if (property.enum !== undefined && branch.required?.includes(name))
      return `${name}: ${property.enum.join(", ")}`;
  }
  return branch.required?.[0] ?? String(index + 1);
}

function valueOf(schema: Schema): string {
  const chosen = schema.default === undefined ? "" : `; default ${code(schema.default)}`;
  return `${kindOf(schema)}${chosen}`;
}

function kindOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  const units = /\) \?\((.+)\)\$$/.exec(schema.pattern ?? "")?.[1];
  if (units !== undefined) return `quantity in ${units.replaceAll("\\/", "/").split("|").join(", ")}`;
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(kindOf))].join(" or ");
  if (schema.type === "array")
    return schema.items !== undefined && isTuple(schema.items) ? `list of ${schema.items.length}` : "list";
  if (schema.type === "object")
    return typeof schema.additionalProperties === "object" ? "settings by name" : "settings";
  if (schema.type === "string") return "text";
  return schema.type ?? "any";
}

function code(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function table(rows: readonly Row[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
  const lines = rows.map(
    ({ path, value, required, description }) =>
      `| ${required ? `**\`${path}\`**` : `\`${path}\``} | ${cell(value)} | ${cell(description)} |`,
  );
  return ["| setting | value | what it is |", "|---|---|---|", ...lines].join("\n");
}

if (require.main === module) writeFileSync(publishedReference, renderReference());
