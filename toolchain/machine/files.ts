import { closeSync, openSync, statSync } from "fs";

/** Whether `file` is a regular file, or a link to one, that this user may read. */
export function isReadable(file: string): boolean {
  try {
    // First what it is: opening a pipe waits for its writer.
    if (!statSync(file).isFile()) {
      return false;
    }
    closeSync(openSync(file, "r"));
    return true;
  } catch {
    return false;
  }
}
