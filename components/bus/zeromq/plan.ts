import type { BusPlan, BusPlanner, PlannedBroker } from "../bus";
import { placeOfKind } from "../places";
import { matchmakerPort } from "./configuration";
import type { Zeromq } from "./schema";

/** What is decided about a ZeroMQ bus before anything is made. */
export interface ZeromqPlan extends BusPlan {
  readonly kind: "zeromq";
  readonly topology: "direct";
  /** What its container is called in its site. */
  readonly service: string;
  /** The one server there is: of addresses, not of messages. */
  readonly brokers: readonly [PlannedBroker];
  /** Site to the address that its agents listen on, and are found by. */
  readonly listeners: Readonly<Record<string, string>>;
}

const service = "matchmaker";

export const zeromqPlanner: BusPlanner<Zeromq, ZeromqPlan> = {
  plan({ site: asked, memory }, { sites, agentSites }) {
    const place = sites.find(({ name }) => asked === undefined || name === asked);
    if (!place) throw new Error(`the plan has no site "${asked}" for a matchmaker`);
    const address = place.reserve("broker", 0, placeOfKind.zeromq);
    const withAgents = sites.filter(({ name }) => agentSites.includes(name));
    return {
      kind: "zeromq",
      topology: "direct",
      service,
      brokers: [{ name: `${place.name}-${service}`, site: place.name, address, memoryBytes: memory }],
      endpoints: Object.fromEntries(
        agentSites.map((name) => [name, [{ host: address, addresses: [address] }]]),
      ),
      listeners: Object.fromEntries(withAgents.map((site) => [site.name, site.reserve("agents")])),
      // The library's defaults, said because they are what makes the bus brokerless (docs/adr/0006-zeromq-directly.md).
      settings: { oslo_messaging_zmq: { use_router_proxy: false, use_pub_sub: false } },
      agentImage: "agent-zeromq",
    };
  },
};

/**
 * The transport URL of a site's agents: where the matchmaker is, and, as an option of the driver in the query, the
 * address under which they are found. It would be their host name, which other sites can't resolve.
 */
export function transportUrl(password: string, { address }: PlannedBroker, listener: string): string {
  return `zmq+redis://:${encodeURIComponent(password)}@${address}:${matchmakerPort}/?rpc_zmq_host=${listener}`;
}
