import { readFileSync } from "fs";
import { resolve } from "path";
import { inventoryFormats, reduceInventory } from "../../components/target/machines/inventory";
import { ScenarioError, type ScenarioIssue } from "./parse";
import { show } from "./show";

/**
 * A scenario as it stands in a stack's configuration, with the text of every file it names put in place of the
 * name: `matrix: delays.csv` becomes `matrix: { file: delays.csv, text: … }`, and so do Rally's task files and inventories of hosts.
 * Of an inventory, whose variables may be secrets, only what is taken over of it: all of this is kept, in states, runs and backups.
 * What is parsed afterwards depends on nothing but its own content. Anything that is not where it should be is left for the parser.
 * @param directory Where relative paths start: the folder of the scenario's file.
 * Errors: {@link ScenarioError} for files that cannot be read.
 */
export function readScenarioFiles(value: unknown, directory: string): unknown {
  if (!isRecord(value)) return value;
  const issues: ScenarioIssue[] = [];
  const readOne = (entry: unknown, path: string, setting: string, what: string): unknown => {
    const file = isRecord(entry) ? entry[setting] : undefined;
    if (!isRecord(entry) || typeof file !== "string") return entry;
    try {
      return { ...entry, [setting]: { file, text: readFileSync(resolve(directory, file), "utf8") } };
    } catch (error) {
      const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
      issues.push({
        path: `${path}.${setting}`,
        message: `${show(file)} cannot be read (${reason}): give the path of ${what} from the scenario's folder`,
      });
      return entry;
    }
  };
  const read = (list: unknown, name: string, setting: string, what: string): unknown =>
    Array.isArray(list)
      ? list.map((entry: unknown, index) => readOne(entry, `${name}[${index}]`, setting, what))
      : list;
  const links = read(value.links, "links", "matrix", "a CSV file");
  const workloads = read(value.workloads, "workloads", "file", "a task file of Rally");
  const { target } = value;
  const inventory = isRecord(target)
    ? reduced(readOne(target.inventory, "target.inventory", "file", "an inventory of hosts"))
    : undefined;
  if (issues.length > 0) throw new ScenarioError(issues);
  return {
    ...value,
    ...(links === undefined ? {} : { links }),
    ...(workloads === undefined ? {} : { workloads }),
    ...(isRecord(target) && inventory !== undefined ? { target: { ...target, inventory } } : {}),
  };
}

/** An inventory of a known format as read, without what nobody takes over of it. */
function reduced(inventory: unknown): unknown {
  if (!isRecord(inventory) || !isRecord(inventory.file)) return inventory;
  const { file, text } = inventory.file;
  const format = inventoryFormats.find((known) => known === inventory.format);
  if (format === undefined || typeof file !== "string" || typeof text !== "string") return inventory;
  return { ...inventory, file: { ...inventory.file, text: reduceInventory(format, text, file) } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
