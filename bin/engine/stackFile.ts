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

/** What takes the engine's notes in a stack's file back. */
export interface StackFileGuard {
  /** Takes them back, as often as there may be some. */
  takeBack(): void;
  /** The same for the last time. */
  end(): void;
}

/**
 * Some of the engine's commands note a stack's salt in the project's `stacks/`, whatever file they were given, and
 * write the file anew for it, with its words as they are and its white space as the engine has it. The stack's state has
 * the salt too. When the note is taken back, a file that was not there goes, one that was is as it was, and what someone
 * has written into it meanwhile stays. What a killed command could not take back is taken back first.
 */
export function guardStackFile(root: string, stack: string): StackFileGuard {
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
  const takeBack = () => {
    giveBack(file, before);
  };
  return {
    takeBack,
    end: () => {
      takeBack();
      rmSync(memory, { force: true });
    },
  };
}

/** The engine's own notes in a stack's file, a line each: of a stack's salt, or of who else encrypts its secrets. */
const notes = /^(encryptionsalt|encryptedkey|secretsprovider):.*(?:\r?\n|$)/gm;

/**
 * Takes the engine's notes out of a stack's file. What was there before is put back if no more than the notes, and the white
 * space of the engine's writing, tells the two apart; all else is someone's, and stays.
 */
function giveBack(file: string, before: string | undefined): void {
  const after = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (after === undefined || after === before || after.search(notes) < 0) return;
  const without = withoutNotes(after);
  if (before === undefined && /^\s*(\{\}\s*)?$/.test(without)) rmSync(file, { force: true });
  else if (before !== undefined && differsBySpaceOnly(without, withoutNotes(before)))
    writeFileSync(file, before);
  else writeFileSync(file, withNotesOf(before ?? "", after));
}

function withoutNotes(text: string): string {
  return text.replace(notes, "");
}

/** A text with each note as another text has it, if it has it. */
function withNotesOf(other: string, text: string): string {
  const kept = new Map([...other.matchAll(notes)].map(([line, name]) => [name, line.trimEnd()]));
  return text.replace(notes, (line: string, name: string) => {
    const note = kept.get(name);
    return note === undefined ? "" : line.replace(/.*/, () => note);
  });
}

/** Whether two files say the same in the same words, comments and order and all. Space can have a meaning, too. */
function differsBySpaceOnly(a: string, b: string): boolean {
  const words = (text: string) => text.replace(/\s+/g, "");
  return words(a) === words(b) && isDeepStrictEqual(contentOf(a), contentOf(b));
}

/** What a file says; its text if it is no YAML. */
function contentOf(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    if (error instanceof YAMLParseError) return text;
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
