/** Has the engine save a stack's state at the end of an operation only (pulumi/pulumi#10668). */
export const saveAtEndVariable = "PULUMI_SKIP_CHECKPOINTS";

/** Of fewer resources, saving at each step takes a few seconds of CPU in all; of a hundred sites, minutes. */
const fewest = 150;

/**
 * Whether an operation on so many resources is to save the state at its end only.
 *
 * The engine writes the whole state at each step, two or three times for each resource, so that what this takes grows with their
 * square. Ended in any way but by a kill it saves the state all the same. After a kill the state is that from before: what
 * Docker has beyond it is known by its labels, and the next command removes it; what is no longer there is noted. That holds for
 * what Docker has and for nothing else, so that a stack with resources anywhere else saves at each step. What was set in
 * containers that stay has no label: after a kill all of it is set again (see doubts.ts).
 */
export function savesAtEnd(resources: number, { allInDocker }: { readonly allInDocker: boolean }): boolean {
  return allInDocker && resources >= fewest;
}
