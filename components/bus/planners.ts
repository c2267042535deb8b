import { artemisPlanner, type ArtemisPlan } from "./artemis/plan";
import type { BusContext, BusPlanner } from "./bus";
import { kafkaPlanner, type KafkaPlan } from "./kafka/plan";
import { rabbitmqPlanner, type RabbitmqPlan } from "./rabbitmq/plan";
import { routersPlanner, type RoutersPlan } from "./routers/plan";
import type { BusDefinition } from "./schema";
import { zeromqPlanner, type ZeromqPlan } from "./zeromq/plan";

/** The plan of any bus. */
export type AnyBusPlan = RabbitmqPlan | ArtemisPlan | KafkaPlan | RoutersPlan | ZeromqPlan;

const planners: {
  readonly [K in BusDefinition["kind"]]: BusPlanner<
    Extract<BusDefinition, { kind: K }>,
    Extract<AnyBusPlan, { kind: K }>
  >;
} = {
  rabbitmq: rabbitmqPlanner,
  artemis: artemisPlanner,
  kafka: kafkaPlanner,
  routers: routersPlanner,
  zeromq: zeromqPlanner,
};

/** Plans the bus of a scenario. Errors: as its planner's. */
export function planBus(definition: BusDefinition, context: BusContext): AnyBusPlan {
  // A kind's planner is given that kind's definition, as the table's type sees to.
  const planner: BusPlanner<BusDefinition, AnyBusPlan> = planners[definition.kind];
  return planner.plan(definition, context);
}
