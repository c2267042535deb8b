import type { AnyBusPlan } from "../../components/bus/planners";
import { planScenario, type Plan, type PlanFacts } from "../../components/plan/plan";
import { parsed } from "./scenarios";

/** What a plan depends on besides the scenario: a stack called `test` on a machine without other networks. */
export const facts: PlanFacts = { stack: "test", busy: [] };

/** Plans a scenario as it stands in a stack's file. */
export function planned(raw: unknown, given: PlanFacts = facts): Plan {
  return planScenario(parsed(raw), given);
}

/** The bus of {@link planned}, which must be of the given kind. */
export function plannedBus<K extends AnyBusPlan["kind"]>(
  raw: unknown,
  kind: K,
): Extract<AnyBusPlan, { kind: K }> {
  const { bus } = planned(raw);
  if (!isOf(bus, kind)) throw new Error(`the bus is ${bus.kind}, not ${kind}`);
  return bus;
}

function isOf<K extends AnyBusPlan["kind"]>(
  bus: AnyBusPlan,
  kind: K,
): bus is Extract<AnyBusPlan, { kind: K }> {
  return bus.kind === kind;
}
