import { forgetHosts, notedHosts } from "../../components/target/hosts/note";
import { withoutHost } from "../engine/lost";
import { instancesOf } from "../engine/state";
import { Refusal } from "../refusal";
import type { Session } from "../session";

/**
 * Takes what a stack has on hosts that are gone for good out of its state, so that the rest can go on.
 * Errors: {@link Refusal}: the stack has nothing on one of them.
 */
export async function forgetLost(session: Session, lost: readonly string[]): Promise<void> {
  const { root, stack, engine, screen } = session;
  if (lost.length === 0) return;
  const known = Object.keys(notedHosts(root, stack));
  const unknown = lost.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Refusal(`--lost ${unknown}`, [
      {
        path: "",
        message: `${stack} has nothing on a host ${unknown}; ${known.length === 0 ? "it has none" : `it has hosts ${known.join(", ")}`}`,
      },
    ]);
  const state = await engine.exportState();
  if (state) await engine.importState(lost.reduce(withoutHost, state));
  const instances = state ? instancesOf(state, lost) : [];
  if (instances.length > 0) {
    // What the cloud no longer has is made anew; an instance that it has is waited for.
    await session.prepareOpenstack();
    await engine.refresh(instances, () => undefined);
  }
  // Not before: where the cloud did not answer, the same command goes on, and refuses hosts that are not known.
  forgetHosts(root, stack, lost);
  screen.line(`forgotten is what ${stack} had on ${lost.join(", ")}: nothing was removed there`);
}
