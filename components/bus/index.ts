import type * as pulumi from "@pulumi/pulumi";
import { Artemis } from "./artemis/artemis";
import type { Bus, BusArgs, BusDependencies } from "./bus";
import { Kafka } from "./kafka/kafka";
import type { AnyBusPlan } from "./planners";
import { RabbitMq } from "./rabbitmq/rabbitMq";
import { Routers } from "./routers/routers";
import { ZeroMq } from "./zeromq/zeroMq";

interface BusMaker<P extends AnyBusPlan> {
  make(
    name: string,
    args: BusArgs<P>,
    dependencies: BusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ): Bus;
}

const makers: { readonly [K in AnyBusPlan["kind"]]: BusMaker<Extract<AnyBusPlan, { kind: K }>> } = {
  artemis: { make: (...all) => new Artemis(...all) },
  routers: { make: (...all) => new Routers(...all) },
  rabbitmq: { make: (...all) => new RabbitMq(...all) },
  kafka: { make: (...all) => new Kafka(...all) },
  zeromq: { make: (...all) => new ZeroMq(...all) },
};

/** Deploys the bus of a plan. */
export function makeBus(
  name: string,
  args: BusArgs<AnyBusPlan>,
  dependencies: BusDependencies,
  opts?: pulumi.ComponentResourceOptions,
): Bus {
  // A kind's bus is given that kind's plan, as the table's type sees to.
  const maker: BusMaker<AnyBusPlan> = makers[args.plan.kind];
  return maker.make(name, args, dependencies, opts);
}

export type { Bus, BusArgs } from "./bus";
