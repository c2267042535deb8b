import type { BusDefinition } from "./schema";

/**
 * The same kind of bus with one broker, or router, at the only site that it knows: what a site has for itself where the scenario's
 * bus is elsewhere. Whoever speaks to both has one driver with one set of options, so that all else is as the scenario says.
 * Errors: a kind that no service speaks to.
 */
export function localBus(bus: BusDefinition): BusDefinition {
  switch (bus.kind) {
    case "rabbitmq": {
      const { kind, tls, version, image, memory, queues, transient, fanout } = bus;
      return {
        ...{ kind, tls, version, memory, queues, transient, topology: "single" },
        ...(image === undefined ? {} : { image }),
        ...(fanout === undefined ? {} : { fanout }),
      };
    }
    case "artemis": {
      const { kind, tls, memory } = bus;
      return { kind, tls, memory, topology: "single" };
    }
    case "routers": {
      const { kind, distribution, image, memory } = bus;
      return { kind, distribution, image, memory, topology: "links", failover: false };
    }
    default:
      throw new Error(`no site has a bus of its own of kind ${bus.kind}`);
  }
}
