import { createHash } from "crypto";
import { createReadStream } from "fs";
import { readdir } from "fs/promises";
import * as path from "path";
import { pipeline } from "stream/promises";
import { fileAsset, type Properties } from "./values";

/**
 * A glob as a regular expression over a whole relative path. `*` and `?` stop at `/`, `**` does not, and
 * `[a-z]`, `[!a]`, `{a,b}` and `\` mean what they do in a shell.
 * Source: the syntax of github.com/gobwas/glob with `/` as separator, which the command plugin documents.
 */
export function globExpression(glob: string): RegExp {
  let expression = "";
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob.charAt(at);
    if (char === "*") {
      const many = glob.charAt(at + 1) === "*";
      expression += many ? "[\\s\\S]*" : "[^/]*";
      at += many ? 1 : 0;
    } else if (char === "?") {
      expression += "[^/]";
    } else if (char === "[") {
      const end = glob.indexOf("]", at + 1);
      if (end < 0) {
        throw new Error(`the glob "${glob}" opens "[" and does not close it`);
      }
      const set = glob.slice(at + 1, end);
      expression += `[${set.startsWith("!") ? "^" : ""}${set.replace(/^!/, "").replace(/[\\^[]/g, "\\$&")}]`;
      at = end;
    } else if (char === "{") {
      depth++;
      expression += "(?:";
    } else if (char === "}" && depth > 0) {
      depth--;
      expression += ")";
    } else if (char === "," && depth > 0) {
      expression += "|";
    } else {
      const literal = char === "\\" ? glob.charAt(++at) : char;
      expression += literal.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    }
  }
  if (depth > 0) {
    throw new Error(`the glob "${glob}" opens "{" and does not close it`);
  }
  return new RegExp(`^${expression}$`);
}

/** The paths that `globs` choose, in the paths' order: a later rule wins, one with `!` in front takes away. */
export function choose(paths: readonly string[], globs: readonly string[]): string[] {
  const rules = globs.map((glob) => ({
    takes: glob.startsWith("!"),
    expression: globExpression(glob.replace(/^!/, "")),
  }));
  return paths.filter((candidate) =>
    rules.reduce((chosen, rule) => (rule.expression.test(candidate) ? !rule.takes : chosen), false),
  );
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.posix.join(path.relative(directory, entry.parentPath), entry.name))
    .sort();
}

/** The files below `directory` that `globs` choose, as assets by relative path. */
export async function globAssets(directory: string, globs: readonly string[]): Promise<Properties> {
  const assets: Properties = {};
  for (const file of choose(await filesBelow(directory), globs)) {
    const absolute = path.join(directory, file);
    const hash = createHash("sha256");
    await pipeline(createReadStream(absolute), hash);
    assets[file] = fileAsset(absolute, hash.digest("hex"));
  }
  return assets;
}
