import { join } from "path";
import type { Attempt, Journal } from "../../campaigns/journal";
import { readRun } from "../../campaigns/runs";
import type { Plan } from "../../components/plan/plan";
import { containerName } from "../../components/target/local/names";
import type { BusInView } from "../../workloads/faults/busHealth";
import type { Results } from "../../workloads/results/schema";
import { isOfBus, type StackState } from "../engine/state";

/** What is wrong with a bus that stands, in words; empty: nothing. */
export type LookAfter = (bus: BusInView) => Promise<string[]>;

/** The bus of a plan as it stands. */
export function busInView({ stack, bus }: Plan): BusInView {
  return {
    kind: bus.kind,
    topology: bus.topology,
    brokers: bus.brokers.map(({ name, site }) => ({
      name,
      container: containerName(stack, site, name.slice(site.length + 1)),
    })),
  };
}

/** Whether something is broken on purpose in a plan's workloads. */
export function breaksSomething({ workloads }: Plan): boolean {
  return workloads.some(({ timeline }) => (timeline ?? []).length > 0);
}

/** The URNs of a stack's bus's containers; none where it is not there. */
export function busUrns(state: StackState | undefined): string[] {
  return (state?.deployment.resources ?? []).filter(isOfBus).map(({ urn }) => urn);
}

/**
 * Why the bus must be made anew before the next measurement of a campaign that breaks it; undefined: it need not be.
 * @param wasKilled Whether a measurement after the last of the journal was killed.
 * @param look Looks at the bus as it stands, where nobody did after it was last broken.
 */
export async function whyRemake(
  root: string,
  journal: Journal,
  wasKilled: boolean,
  look: () => Promise<string[]>,
): Promise<string | undefined> {
  const last = lastAttempt(journal);
  const results = last?.run === undefined ? undefined : readRun(join(root, last.run));
  const known = whyBroken(last, results);
  if (known !== undefined || (!wasKilled && last?.busAfter !== undefined)) return known;
  const ailments = await look();
  return ailments.length === 0 ? undefined : ailments.join("; ");
}

/**
 * Why a bus must be made anew, by the measurement before; undefined: it need not be. A bus that was not well afterwards is
 * broken. So may be one whose workloads say that it did not come back to them from what was done to it, or on which a
 * measurement failed.
 */
function whyBroken(last: Attempt | undefined, results: Results | undefined): string | undefined {
  if (last === undefined) return undefined;
  if (last.busAfter !== undefined && last.busAfter.length > 0) return last.busAfter.join("; ");
  for (const { name, recovery = [], leftovers } of results?.workloads ?? []) {
    const unserved = leftovers?.unservedClients.length ?? 0;
    if (unserved > 0) return `after the fault before, ${unserved} clients of ${name} were served no more`;
    if (recovery.some(({ fullServiceSeconds }) => fullServiceSeconds === undefined))
      return `after the fault before, service of ${name} was not full again`;
  }
  return last.failure === undefined ? undefined : `the measurement before failed: ${last.failure}`;
}

/** The attempt that was begun last, of all cells. */
function lastAttempt({ cells }: Journal): Attempt | undefined {
  const all = cells.flatMap(({ attempts }) => attempts);
  return all.reduce<Attempt | undefined>(
    (last, one) => (last === undefined || one.startedAt > last.startedAt ? one : last),
    undefined,
  );
}
