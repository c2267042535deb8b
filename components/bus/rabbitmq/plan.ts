import { resolveSites } from "../../../stacks/scenario/expand";
import { agentsAuthorityFile } from "../agentsAuthority";
import type { BusContext, BusPlan, BusPlanner, Connection, Endpoint, PlannedBroker, Settings } from "../bus";
import { scrapedServices } from "../../metrics/scraped";
import type { Image } from "../../target/target";
import { brokerRelease } from "../combinations";
import { firstEndpoints, nearestEndpoints } from "../nearest";
import { brokerPlace } from "../places";
import { virtualHost } from "./accounts";
import { nodeName } from "./configuration";
import { planFederation, type FederationPlan } from "./federation";
import { queueKinds, queueSettings, type QueueKinds } from "./queues";
import { figuresPort, portOf } from "./ports";
import type { Rabbitmq } from "./schema";

export type RabbitmqBroker = PlannedBroker & {
  /** What its container is called in its site. */
  readonly service: string;
};

/** What is decided about a RabbitMQ bus before anything is made. */
export interface RabbitmqPlan extends BusPlan {
  readonly kind: "rabbitmq";
  readonly image: Image;
  readonly brokers: readonly RabbitmqBroker[];
  readonly queues: QueueKinds;
  /** Whether quorum queues must be told to drop no message for having come back often, as their release would. */
  readonly liftsDeliveryLimit: boolean;
  /** Whether every connection is encrypted, but for what nodes of a cluster ask each other's `epmd`: names and ports. */
  readonly tls: boolean;
  readonly cluster?: {
    /** The Erlang name of the node that the others join. */
    readonly seed: string;
    /** Absent: the release has nothing to choose. */
    readonly partitions?: "autoheal" | "pause_minority" | "ignore";
    readonly netTickSeconds: number;
  };
  readonly federation?: FederationPlan;
}

/** Sources of images that are made from packages. */
const packaged: { readonly [V in Rabbitmq["version"]]?: string } = {
  "3.10": "rabbitmq",
  "4.0": "rabbitmq-4.0",
};

export const rabbitmqPlanner: BusPlanner<Rabbitmq, RabbitmqPlan> = {
  plan(definition, context) {
    const sites = context.sites.map(({ name }) => name);
    const brokers = [...brokerCounts(definition, sites, context.groups)].flatMap(([site, count]) =>
      Array.from({ length: count }, (_, index) => broker(definition, context, site, index)),
    );
    const [first] = brokers;
    if (!first) throw new Error("the plan has no site for a broker");
    const queues = queueKinds(definition);
    const failover = definition.topology === "single" ? false : definition.failover;
    const { tls } = definition;
    const endpoints = nearestEndpoints(context.agentSites, brokers, context.distance, failover);
    const serviceEndpoints = serviceEndpointsOf(definition, context, brokers, failover);
    const federation =
      definition.topology === "federation"
        ? planFederation(
            definition,
            brokers.map(({ site }) => site),
            context,
          )
        : undefined;
    return {
      kind: "rabbitmq",
      topology: definition.topology,
      diskLimit: true,
      image: imageOf(definition),
      ...(definition.image === undefined
        ? {}
        : {
            foreignImages: [
              {
                reference: definition.image,
                path: "bus.image",
                instead: "name one that is on this machine, or take image out and use version 3.10 or 4.0",
              },
            ],
          }),
      brokers,
      endpoints,
      ...(serviceEndpoints === undefined ? {} : { serviceEndpoints }),
      settings: settingsOf(queues, tls),
      connections: connectionsOf(brokers, { ...serviceEndpoints, ...endpoints }, tls, federation),
      queues,
      liftsDeliveryLimit:
        brokerRelease(definition.version).deliveryLimit && Object.values(queues).includes("quorum"),
      tls,
      ...(definition.topology === "cluster"
        ? {
            cluster: {
              seed: nodeName(first),
              ...(definition.partitions === undefined ? {} : { partitions: definition.partitions }),
              netTickSeconds: definition.netTick,
            },
          }
        : {}),
      ...(federation === undefined ? {} : { federation }),
      ...scrapedServices(context.metrics, "rabbitmq", figuresPort, brokers),
    };
  },
};

/** Of an image that somebody else made, one is made that starts as those of packages do. */
function imageOf({ image, version }: Rabbitmq): Image {
  if (image !== undefined) return { sources: "rabbitmq-named", args: { NAMED: image, VERSION: version } };
  const sources = packaged[version];
  if (sources === undefined) throw new Error(`there is no package of RabbitMQ ${version}`);
  return sources;
}

/** How many brokers each site has, in the order of the definition; sites that are not there are left out. */
export function brokerCounts(
  definition: Rabbitmq,
  sites: readonly string[],
  groups: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const first = sites.slice(0, 1);
  const counts = new Map<string, number>();
  const add = (names: readonly string[], count: number) => {
    for (const site of names) counts.set(site, (counts.get(site) ?? 0) + count);
  };
  switch (definition.topology) {
    case "single":
      add(definition.site === undefined ? first : (resolveSites(groups, definition.site) ?? []), 1);
      break;
    case "cluster":
      if (definition.nodes === undefined) add(first, 3);
      else
        for (const [name, count] of Object.entries(definition.nodes))
          add(resolveSites(groups, name) ?? [], count);
      break;
    case "federation":
      for (const site of new Set(
        (definition.sites ?? sites).flatMap((name) => resolveSites(groups, name) ?? []),
      ))
        add([site], 1);
      break;
  }
  return counts;
}

function broker(
  { memory }: Rabbitmq,
  { sites, local }: BusContext,
  siteName: string,
  index: number,
): RabbitmqBroker {
  const site = sites.find(({ name }) => name === siteName);
  if (!site) throw new Error(`the plan has no site "${siteName}" for a broker`);
  return { ...brokerPlace("rabbitmq", "rabbitmq", site, { local, index }), memoryBytes: memory };
}

/** Where OpenStack's services connect; undefined: there are none. */
function serviceEndpointsOf(
  { topology }: Rabbitmq,
  { serviceSites, distance }: BusContext,
  brokers: readonly RabbitmqBroker[],
  failover: boolean,
): Record<string, Endpoint[]> | undefined {
  if (serviceSites === undefined) return undefined;
  const near = nearestEndpoints(serviceSites, brokers, distance, failover);
  // A service that may be at either of two brokers has queues at both in time, and a federation fills both.
  return topology === "federation" ? firstEndpoints(near) : near;
}

/** What agents must be told: kinds of queues, and how to check a broker. */
function settingsOf(queues: QueueKinds, tls: boolean): Settings {
  const settings = queueSettings(queues);
  if (!tls) return settings;
  const { oslo_messaging_rabbit: options = {} } = settings;
  return { ...settings, oslo_messaging_rabbit: { ...options, ssl: true, ssl_ca_file: agentsAuthorityFile } };
}

/**
 * Who connects to whom over links: agents to brokers; a broker to its upstreams; nodes of a cluster to each other. That these ask each
 * other's `epmd` in plain text which port a node listens on does not count: no message and no password is in it.
 */
function connectionsOf(
  brokers: readonly RabbitmqBroker[],
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
  encrypted: boolean,
  federation: FederationPlan | undefined,
): Connection[] {
  const siteOf = new Map(brokers.map(({ address, site }) => [address, site]));
  const ofAgents = Object.entries(endpoints).flatMap(([from, hosts]) =>
    hosts.flatMap(({ addresses }) => addresses.map((address) => [from, siteOf.get(address)] as const)),
  );
  const sites = [...new Set(siteOf.values())];
  const ofBrokers = federation
    ? Object.entries(federation.members).flatMap(([from, { upstreams }]) =>
        upstreams.map((to) => [from, to] as const),
      )
    : sites.flatMap((from) => sites.map((to) => [from, to] as const));
  const pairs = new Map(
    [...ofAgents, ...ofBrokers].flatMap(([from, to]) =>
      to === undefined || from === to ? [] : [[`${from} ${to}`, { from, to, encrypted }]],
    ),
  );
  return [...pairs.values()];
}

/** The transport URL of an account (oslo.messaging's `transport_url`); whether it is encrypted is a setting. */
export function transportUrl(
  account: string,
  password: string,
  endpoints: readonly Endpoint[],
  tls: boolean,
): string {
  const hosts = endpoints.map(
    ({ host }) => `${account}:${encodeURIComponent(password)}@${host}:${portOf(tls)}`,
  );
  return `rabbit://${hosts.join(",")}/${virtualHost}`;
}
