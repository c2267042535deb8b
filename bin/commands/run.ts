import { doubtsOf, isDoubtOnly } from "../engine/doubts";
import { measurementUrns, isMeasurement } from "../engine/state";
import { Failure, Refusal } from "../refusal";
import { describeChanges } from "../report/changes";
import { PhaseCounter } from "../report/phases";
import { planLoaded } from "../planning";
import { loadScenario } from "../scenario/read";
import { withSession } from "../session";
import { previewChanges } from "./preview";
import { usesOpenstack } from "./target";
import { update } from "./up";

export interface RunOptions {
  readonly root: string;
  readonly set: readonly string[];
  readonly json: boolean;
}

/**
 * Measures again what is deployed, and changes nothing else; what a command before it left in doubt is set again first.
 * Errors: Refusal, if the scenario is not what is deployed.
 */
export async function run(argument: string, { root, set, json }: RunOptions): Promise<void> {
  const loaded = loadScenario(argument, set, root);
  await planLoaded(loaded);
  const { stack, configuration } = loaded;
  const openstack = usesOpenstack(loaded.scenario);
  await withSession(
    { root, stack, configuration, overrides: set, openstack, claim: "run" },
    async (session) => {
      const state = await session.repair();
      if (!state || (state.deployment.resources ?? []).length === 0)
        throw new Failure(`${stack} is not deployed: \`npx buswide up ${argument}\``);
      const document = await previewChanges(session);
      const measured = measurementUrns(state);
      const doubts = doubtsOf(state);
      // A measurement that failed is not in the state, and is what is to be made.
      const others = document.changes.filter(
        (change) =>
          !(measured.length === 0 && change.op === "create" && isMeasurement(change.urn)) &&
          !isDoubtOnly(change, doubts),
      );
      if (others.length > 0)
        throw new Refusal(loaded.shown, [
          {
            path: "",
            message: `it, or buswide itself, is not as it was deployed, and \`run\` measures what is; \`npx buswide up ${argument}\` would do this:`,
          },
          ...describeChanges({ changes: others, summary: {} })
            .filter((line) => line !== "")
            .map((message) => ({ path: "", message: `  ${message}` })),
        ]);
      const limits =
        measured.length > 0
          ? { only: [...measured, ...doubts], replace: measured }
          : { only: document.changes.map(({ urn }) => urn) };
      const counter = new PhaseCounter({ images: 0, sites: 0, links: 0, bus: 0, agents: 0, measurement: 1 });
      await update(session, counter, json, limits);
    },
  );
}
