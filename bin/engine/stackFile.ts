import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "fs";
import { join } from "path";
import { isDeepStrictEqual } from "util";
import { parse, stringify, YAMLParseError } from "yaml";
import { processBegan } from "./processes";

/** Files that a killed command left behind: `Pulumi.<stack>.<process>.yaml`. */
const generated = /^Pulumi\..+\.(\d+)\.yaml$/;

/**
 * Writes a stack's configuration, overrides and all, to a file of this process's own, for the engine to read
 * and to put its salt into: the user's file is never written. Returns its path.
 */
export function writeStackFile(
  root: string,
  stack: string,
  configuration: Readonly<Record<string, unknown>>,
): string {
  const folder = join(root, ".buswide", "stacks");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) {
    const pid = generated.exec(name)?.[1];
    if (pid !== undefined && processBegan(Number(pid)) === undefined)
      rmSync(join(folder, name), { force: true });
  }
  const file = join(folder, `Pulumi.${stack}.${process.pid}.yaml`);
  // The engine reads YAML 1.1 in places: quoted text is text in every version.
  writeFileSync(
    file,
    stringify({ config: configuration }, { defaultStringType: "QUOTE_DOUBLE", lineWidth: 0 }),
    {
      mode: 0o600,
    },
  );
  return file;
}

/** What a killed command left of a stack file's content from before it: `Pulumi.<stack>.<process>.before.json`. */
const kept = /^Pulumi\.(.+)\.(\d+)\.before\.json$/;

/**
 * Some of the engine's commands note a stack's salt in the project's `stacks/`, whatever file they were given, and
 * write the file anew for it. The stack's state has the salt too. Returns what takes the note back: a file that was
 * not there goes, one that was is as it was, unless someone has written something else into it meanwhile. What a
 * killed command could not take back is taken back first.
 */
export function guardStackFile(root: string, stack: string): () => void {
  const file = join(root, "stacks", `Pulumi.${stack}.yaml`);
  const folder = join(root, ".buswide", "stacks");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) {
    const [, of, pid] = kept.exec(name) ?? [];
    if (of !== stack || (processBegan(Number(pid)) !== undefined && Number(pid) !== process.pid)) continue;
    const { content } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { content: string | null };
    giveBack(file, content ?? undefined);
    rmSync(join(folder, name), { force: true });
  }
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const memory = join(folder, `Pulumi.${stack}.${process.pid}.before.json`);
  // Whole or not at all, for whoever reads it after a kill.
  writeFileSync(`${memory}.new`, JSON.stringify({ content: before ?? null }), { mode: 0o600 });
  renameSync(`${memory}.new`, memory);
  return () => {
    giveBack(file, before);
    rmSync(memory, { force: true });
  };
}

/** Makes a stack's file what it was before, if only the engine's notes tell the two apart. */
function giveBack(file: string, before: string | undefined): void {
  const after = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (after === undefined || after === before) return;
  if (!isDeepStrictEqual(withoutSalt(after), withoutSalt(before ?? "{}"))) return;
  if (before === undefined) rmSync(file, { force: true });
  else writeFileSync(file, before);
}

/** The content of a stack's file but for the engine's own notes; undefined if it is no YAML. */
function withoutSalt(text: string): unknown {
  try {
    const content: unknown = parse(text);
    if (typeof content !== "object" || content === null) return {};
    return Object.fromEntries(Object.entries(content).filter(([key]) => !key.startsWith("encryption")));
  } catch (error) {
    if (error instanceof YAMLParseError) return undefined;
    throw error;
  }
}

/**
 * A folder that is a project of the same name and nothing else: in it the engine makes a stack, and writes its
 * salt. The salt of an earlier stack of that name goes, as it may belong to another passphrase.
 */
export function writeBareProject(root: string, project: string, stack: string): string {
  const folder = join(root, ".buswide", "project");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  rmSync(join(folder, `Pulumi.${stack}.yaml`), { force: true });
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: project, runtime: "nodejs" }));
  return folder;
}
