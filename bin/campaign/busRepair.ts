import { join } from "path";
import type { Attempt, Journal } from "../../campaigns/journal";
import { readRun } from "../../campaigns/runs";
import { ownBuses } from "../../components/controlplane/plan";
import type { Plan } from "../../components/plan/plan";
import { containerName } from "../../components/target/names";
import type { BusInView } from "../../workloads/faults/busHealth";
import type { Results } from "../../workloads/results/schema";
import { isOfBus, type StackState } from "../engine/state";

/** What is wrong with buses that stand, in words; empty: nothing. */
export type LookAfter = (buses: readonly BusInView[]) => Promise<string[]>;

/** The buses of a plan as they stand: the scenario's, and those that sites have for themselves. */
export function busesInView({ stack, bus, controlPlane }: Plan): BusInView[] {
  return [bus, ...(controlPlane ? ownBuses(controlPlane) : [])].map(({ kind, topology, brokers }) => ({
    kind,
    topology,
    brokers: brokers.map(({ name, site }) => ({
      name,
      container: containerName(stack, site, name.slice(site.length + 1)),
    })),
  }));
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
 * Why the bus must be made anew before the next measurement of a campaign; undefined: it need not be. What was done to it
 * before decides, not what is to be done next: a measurement without faults is wrong on a broken bus too.
 * @param wasCutOff Whether a measurement after the last of the journal was killed, or broke off as the disk was full.
 * @param look Looks at the bus as it stands, where nobody did after it may last have been broken.
 */
export async function whyRemake(
  root: string,
  journal: Journal,
  wasCutOff: boolean,
  look: () => Promise<string[]>,
): Promise<string | undefined> {
  const last = lastBegun(journal);
  const results = last?.run === undefined ? undefined : readRun(join(root, last.run));
  const known = last && broke(last, results) ? whyBroken(last, results) : undefined;
  if (known !== undefined || (!wasCutOff && last && isKnownWell(last, results))) return known;
  const ailments = await look();
  return ailments.length === 0 ? undefined : ailments.join("; ");
}

/** Whether something was broken on purpose in a measurement. Journals of older versions do not say so; its run does. */
function broke({ broke: told, busAfter }: Attempt, results: Results | undefined): boolean {
  const inRun = results?.workloads.some(({ timeline = [] }) => timeline.length > 0) ?? false;
  return told ?? (busAfter !== undefined || inRun);
}

/** Whether nobody need look at a bus after a measurement that left nothing known to be wrong with it. */
function isKnownWell(last: Attempt, results: Results | undefined): boolean {
  if (last.finishedAt === undefined) return false;
  return last.busAfter !== undefined || (!broke(last, results) && last.failure === undefined);
}

/**
 * Why a bus must be made anew, by the measurement with faults before; undefined: it need not be. A bus that was not well
 * afterwards is broken. So may be one whose workloads say that it did not come back to them from what was done to it, or
 * on which a measurement failed.
 */
function whyBroken(last: Attempt, results: Results | undefined): string | undefined {
  if (last.busAfter !== undefined && last.busAfter.length > 0) return last.busAfter.join("; ");
  for (const { name, recovery = [], leftovers } of results?.workloads ?? []) {
    const unserved = leftovers?.unservedClients.length ?? 0;
    if (unserved > 0) return `after the fault before, ${unserved} clients of ${name} were served no more`;
    if (recovery.some(({ fullServiceSeconds }) => fullServiceSeconds === undefined))
      return `after the fault before, service of ${name} was not full again`;
  }
  return last.failure === undefined ? undefined : `the measurement before failed: ${last.failure}`;
}

/** The attempt that was begun last, of all cells; one that was refused did nothing to the bus. */
function lastBegun({ cells }: Journal): Attempt | undefined {
  const all = cells
    .flatMap(({ attempts }) => attempts)
    .filter(({ broke: told, run, busAfter }) => [told, run, busAfter].some((one) => one !== undefined));
  return all.reduce<Attempt | undefined>(
    (last, one) => (last === undefined || one.startedAt > last.startedAt ? one : last),
    undefined,
  );
}
