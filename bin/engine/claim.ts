import { mkdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { dirname, join } from "path";
import { Failure } from "../refusal";
import { isAlive, processBegan } from "./processes";

interface Claim {
  readonly pid: number;
  readonly began: string;
  readonly command: string;
}

/**
 * Claims a stack for one command of this checkout, until the returned function is called or the process ends,
 * however it ends. The engine has a lock of its own, but what a command repairs before the engine runs must not
 * happen under another's hands. Errors: {@link Failure} naming the living command that has it.
 */
export function claimStack(root: string, stack: string, command: string): () => void {
  const file = join(root, ".buswide", "claims", `${stack}.json`);
  mkdirSync(dirname(file), { recursive: true });
  const mine: Claim = { pid: process.pid, began: processBegan(process.pid) ?? "", command };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, JSON.stringify(mine), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const other = readClaim(file);
    if (other && isAlive(other))
      throw new Failure(
        `${stack} is in use: \`buswide ${other.command}\` (process ${other.pid}) is at it; wait for it, or end it with Ctrl-C`,
      );
    rmSync(file, { force: true });
  }
  throw new Failure(`${stack} is in use: several commands want it at once; try again`);
}

/** The claim in a file; undefined if it is gone, or was cut off by a kill in the middle of writing. */
function readClaim(file: string): Claim | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Claim;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
