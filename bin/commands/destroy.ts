import { rmSync } from "fs";
import { join } from "path";
import { forgetHosts, madeHosts, notedHosts } from "../../components/target/hosts/note";
import { packedImages } from "../../components/target/names";
import { compareWithDocker, removeLeftovers, stuckNetworks } from "../engine/docker";
import { savesAtEnd } from "../engine/saving";
import { hasOpenstack, type StackState } from "../engine/state";
import { Outcome } from "../report/outcome";
import { locateScenario } from "../scenario/locate";
import { Failure } from "../refusal";
import { withSession, type Session } from "../session";
import { dropImages } from "./images";
import { forgetLost } from "./lost";
import { explained } from "./up";

export interface DestroyOptions {
  readonly root: string;
  readonly json: boolean;
  readonly keepStack: boolean;
  readonly keepImages: boolean;
  /** Hosts that are gone for good. */
  readonly lost: readonly string[];
}

/**
 * Removes everything of a stack but what its runs left behind. The scenario's file is not read: it may be
 * broken, or gone.
 */
export async function destroy(argument: string, options: DestroyOptions): Promise<void> {
  const { root, json, keepStack, keepImages, lost } = options;
  const { stack } = locateScenario(argument, root);
  await withSession(
    { root, stack, configuration: {}, openstack: false, claim: "destroy" },
    async (session) => {
      await forgetLost(session, lost);
      const state = await session.repair();
      const resources = (state?.deployment.resources ?? []).length;
      if (state && hasOpenstack(state)) await session.prepareOpenstack();
      if (state && resources > 0) await destroyResources(session, state);
      if (state && hasOpenstack(state)) {
        // Hosts that the stack had made went with it, and nothing can be left on them.
        session.engines.close();
        forgetHosts(root, stack, madeHosts(notedHosts(root, stack)));
      }
      if (state && !keepStack) await session.engine.remove();
      // The engine removes what it knows of; this is what it did not.
      const everywhere = await session.engines.all();
      const { leftovers } = await compareWithDocker(everywhere, stack, { version: 3, deployment: {} });
      await removeLeftovers(leftovers);
      const removed = keepImages ? undefined : await dropImages(everywhere, session.screen);
      if (removed) rmSync(join(root, packedImages), { recursive: true, force: true });
      const images = removed ?? [];
      // What a state that is kept speaks of is gone as well.
      forgetHosts(root, stack);
      session.screen.close();
      if (json)
        process.stdout.write(
          `${JSON.stringify({ stack, existed: state !== undefined, resources, images }, undefined, 2)}\n`,
        );
      else process.stdout.write(`${inWords(stack, state !== undefined, resources, images)}\n`);
    },
  );
}

/**
 * Removes every resource of a stack. Where Docker is in its own way, its engine is started anew if that harms nobody, once.
 * Errors: Failure, in words.
 */
export async function destroyResources(
  session: Session,
  state: StackState,
  restart = () => session.restartIdleEngine(),
): Promise<void> {
  const total = (state.deployment.resources ?? []).length;
  const saveAtEnd = savesAtEnd(total, { allInDocker: !hasOpenstack(state) });
  const outcome = new Outcome();
  let done = 0;
  session.screen.status({ text: "removing", done, total });
  try {
    await session.engine.destroy((event) => {
      outcome.take(event);
      if (event.resOutputsEvent) session.screen.status({ text: "removing", done: (done += 1), total });
    }, saveAtEnd);
  } catch (error) {
    const stuck = await heldByDocker(session);
    if (stuck.length === 0) {
      session.screen.close();
      throw explained(error, outcome, session, "destroy");
    }
    if (await restart()) {
      const left = await session.engine.exportState();
      if (left) await destroyResources(session, left, () => Promise.resolve(false));
      return;
    }
    session.screen.close();
    throw inItsOwnWay(stuck, session.stack);
  }
}

/** The networks, where all else is removed, that Docker can't let go of. */
async function heldByDocker({ engines, stack, interrupts }: Session): Promise<string[]> {
  if (interrupts.interrupted) return [];
  try {
    const stuck = await Promise.all(
      (await engines.all()).map(async ({ docker, host }) =>
        (await stuckNetworks(docker, stack)).map((name) =>
          host === undefined ? name : `${name} on ${host}`,
        ),
      ),
    );
    return stuck.flat();
  } catch {
    // What went wrong before is told.
    return [];
  }
}

function inItsOwnWay(stuck: readonly string[], stack: string): Failure {
  return new Failure(
    `Docker does not remove the ${stuck.length > 1 ? "networks" : "network"} ${stuck.join(", ")}: it counts containers there that are gone, as it may when many go at once. Restart Docker's engine, then \`npx buswide destroy ${stack}\` removes the rest.`,
  );
}

function inWords(stack: string, existed: boolean, resources: number, images: readonly string[]): string {
  const removed = images.length === 0 ? "" : `; images removed that nothing uses: ${images.join(", ")}`;
  if (!existed) return `there is no stack ${stack}: nothing to remove${removed}`;
  return `${stack} is removed (${resources} resources); its runs are kept in runs/${stack}${removed}`;
}
