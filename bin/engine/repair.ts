import { chosenBackend } from "../../toolchain/backend";
import { pulumiHome } from "../../toolchain/home";
import { join } from "path";
import { undoEarlierFaults } from "../../workloads/faults/earlier";
import { Failure } from "../refusal";
import { compareWithDocker, hasImage, removeLeftovers } from "./docker";
import { doubtsOf, forgetUnfinished, isUnfinished, withDoubted, withDoubts } from "./doubts";
import type { PlacedEngine, StackEngines } from "./hosts";
import { isDead, lockFolder, readLocks } from "./locks";
import { endOrphans } from "./processes";
import { project, type StackEngine } from "./stackEngine";
import { pendingOperations, sentImages, withoutPending, type StackState } from "./state";

export interface RepairContext {
  readonly root: string;
  readonly stack: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly engine: StackEngine;
  readonly engines: StackEngines;
  readonly progress: (line: string) => void;
}

/**
 * Takes up a stack where an earlier command left it, however that ended: ends its processes, drops its lock and
 * its unfinished operations, undoes what a timeline did to services, notes that what it set in containers is in doubt, removes
 * from Docker what it had not noted, and notes what Docker has no more.
 * Returns the stack's state; undefined if there is no such stack.
 * Errors: {@link Failure} if a living command holds the stack.
 */
export async function repair(context: RepairContext): Promise<StackState | undefined> {
  const { root, stack, engine, engines, progress } = context;
  await endOrphans(root, stack, progress);
  await dropDeadLock(context);
  // Before Docker is compared with the state: what is stopped on purpose is there.
  const everywhere = await engines.all();
  await undoEarlierFaults(root, stack, progress, await engines.byContainer());
  const exported = await engine.exportState();
  let state = exported && (await admitUnfinished(context, exported));
  // Not before the state says it.
  forgetUnfinished(root, stack);
  const known = state ?? { version: 3, deployment: {} };
  const { leftovers, missing } = await compareWithDocker(everywhere, stack, known);
  const names = leftovers.flatMap(({ containers, networks }) =>
    [...containers, ...networks].map(({ name }) => name),
  );
  if (names.length > 0) {
    progress(`removing what an earlier command had made and not yet noted: ${names.join(", ")}`);
    await removeLeftovers(leftovers);
  }
  if (state && missing.length > 0) {
    progress(`no longer in Docker: ${missing.map((urn) => urn.split("::").at(-1)).join(", ")}`);
    await engine.refresh(missing, () => undefined);
    state = await engine.exportState();
  }
  if (state) state = await admitLostImages(context, state, everywhere);
  return state;
}

/** Has the state say what an update that was cut off has left: nothing under way, and what it may have set in doubt. */
async function admitUnfinished(
  { root, stack, engine, progress }: RepairContext,
  state: StackState,
): Promise<StackState> {
  const pending = pendingOperations(state);
  if (pending.length > 0) progress(`an earlier command was stopped in the middle of: ${pending.join(", ")}`);
  else if (!isUnfinished(root, stack)) return state;
  const admitted = withDoubts(withoutPending(state));
  const [before, after] = [doubtsOf(state), doubtsOf(admitted)];
  if (after.length > before.length)
    progress(
      "an earlier command did not come to its end: what is set in containers (links, routes, the bus) is in doubt until it is set again",
    );
  if (pending.length > 0 || after.length > before.length) await engine.importState(admitted);
  return admitted;
}

/** Has the state say which hosts no longer have images that they were given: they are given them again. */
async function admitLostImages(
  { engine, progress }: RepairContext,
  state: StackState,
  everywhere: readonly PlacedEngine[],
): Promise<StackState> {
  const dockerOf = new Map(everywhere.map(({ host, docker }) => [host, docker]));
  const lost = await Promise.all(
    sentImages(state).map(async ({ urn, host, image }) => {
      const docker = dockerOf.get(host);
      return docker === undefined || (await hasImage(docker, image)) ? [] : [{ urn, host, image }];
    }),
  );
  const all = lost.flat();
  if (all.length === 0) return state;
  progress(`no longer there: ${all.map(({ host, image }) => `the image ${image} on ${host}`).join(", ")}`);
  const admitted = withDoubted(
    state,
    all.map(({ urn }) => urn),
  );
  await engine.importState(admitted);
  return admitted;
}

async function dropDeadLock({ root, stack, environment, engine, progress }: RepairContext): Promise<void> {
  const merged = { ...process.env, ...environment };
  const backend = chosenBackend(merged, pulumiHome(merged), join(root, "Pulumi.yaml"));
  const folder = backend === undefined ? undefined : lockFolder(backend, project, stack);
  const holders = folder === undefined ? [] : readLocks(folder);
  if (holders.length === 0) return;
  const living = holders.find((holder) => !isDead(holder));
  if (living)
    throw new Failure(
      `${stack} is locked: process ${living.pid} of ${living.username}@${living.hostname} has been at it since ${living.timestamp}; ` +
        `wait for it, or end it. If it is not there any more: npx pulumi cancel -s ${stack}`,
    );
  progress(`dropping the lock of a command that is gone (process ${holders[0]?.pid})`);
  await engine.cancel();
}
