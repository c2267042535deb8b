import { removeUnusedImages } from "../engine/docker";
import type { PlacedEngine } from "../engine/hosts";
import { isAlive, operationProcesses } from "../engine/processes";
import type { Screen } from "../report/screen";

/**
 * Removes the images that no container uses from engines, unless another command may be about to use them.
 * Returns their tags; undefined: they are kept.
 */
export async function dropImages(
  engines: readonly PlacedEngine[],
  screen: Pick<Screen, "line">,
): Promise<string[] | undefined> {
  const other = operationProcesses().find(({ owner }) => owner.pid !== process.pid && isAlive(owner));
  if (other) {
    screen.line(`keeping the images: a command on ${other.owner.stack} is running, and may need them`);
    return undefined;
  }
  const removed = await Promise.all(engines.map(({ docker }) => removeUnusedImages(docker)));
  return [...new Set(removed.flat())];
}
