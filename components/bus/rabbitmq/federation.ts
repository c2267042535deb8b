import { deal } from "../../../workloads/probe/deal";
import type { PlannedWorkload } from "../../../workloads/runner/input";
import type { BusContext } from "../bus";
import { homesOf } from "../nearest";
import type { RabbitmqFederation } from "./schema";

/** What is federated for messages to topics: see docs/buses/rabbitmq.md. */
export type FederationMode = "exchanges" | "queues";

/** The federation of one broker, by the sites of brokers. */
export interface FederationMember {
  /** Sites of the brokers it fetches from. */
  readonly upstreams: readonly string[];
  /** Topic queues that it must have although no server of the topic declares them there. */
  readonly queues: readonly string[];
  /** Topic queues that servers declare there. */
  readonly served: readonly string[];
  /** Fanout exchanges of its servers' topics, which must outlast the servers. */
  readonly fanouts: readonly string[];
}

export interface FederationPlan {
  readonly mode: FederationMode;
  /** By the site of the broker. */
  readonly members: Readonly<Record<string, FederationMember>>;
}

/** Messages of one workload to one topic: from which brokers, by site, to which. */
interface Flow {
  readonly workload: string;
  readonly pattern: PlannedWorkload["pattern"];
  readonly queue: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** A federation that would deliver wrongly. `path` is relative to the bus. */
export interface FederationIssue {
  readonly path: readonly string[];
  readonly message: string;
}

type Context = Pick<BusContext, "links" | "distance" | "workloads">;

/** The federation of brokers at `sites`, as asked for or as the workloads need it. */
export function planFederation(
  definition: RabbitmqFederation,
  sites: readonly string[],
  context: Context,
): FederationPlan {
  const flows = flowsOf(definition, sites, context);
  const mode = definition.mode === "auto" ? fittingMode(flows) : definition.mode;
  const fetches = upstreamsOf(definition, sites, context);
  return {
    mode,
    members: Object.fromEntries(
      sites.map((site) => [
        site,
        {
          upstreams: sites.filter((other) => fetches(site, other)),
          queues:
            mode === "exchanges"
              ? []
              : flows
                  .filter(({ pattern, from }) => pattern !== "fanout" && from.includes(site))
                  .map(({ queue }) => queue),
          served: flows.filter(({ to }) => to.includes(site)).map(({ queue }) => queue),
          // A server of calls listens to fanouts as well.
          fanouts: flows
            .filter(({ pattern, to }) => pattern !== "notify" && to.includes(site))
            .map(({ queue }) => `${queue}_fanout`),
        },
      ]),
    ),
  };
}

/** What would be delivered twice or never in a federation as asked for; the first of each sort. */
export function federationIssues(
  definition: RabbitmqFederation,
  sites: readonly string[],
  context: Context,
): FederationIssue[] {
  const flows = flowsOf(definition, sites, context);
  const fetches = upstreamsOf(definition, sites, context);
  return [
    ...twice(definition, flows),
    ...never(definition, flows, fetches),
    ...unanswered(definition, flows, fetches),
  ];
}

function twice(definition: RabbitmqFederation, flows: readonly Flow[]): FederationIssue[] {
  if (definition.mode !== "exchanges") return [];
  const issue = (message: string) => [{ path: ["mode"], message }];
  const notify = flows.find(({ pattern }) => pattern === "notify");
  if (notify)
    return issue(
      `"exchanges" would copy the notifications of "${notify.workload}" into queues that nobody reads: a notifier makes its topic's queue at its own broker, and a federated exchange fills each queue of that name; use "queues" or "auto"`,
    );
  const shared = flows.find(({ pattern, to }) => pattern !== "fanout" && to.length > 1);
  if (!shared) return [];
  const why = definition.failover
    ? `failover lets servers of one topic be at several brokers`
    : `servers of one topic of "${shared.workload}" are at ${shared.to.join(" and ")}`;
  return issue(
    `${why}, and "exchanges" would copy each ${shared.pattern} to every one of them, which execute it more than once: use "queues" or "auto", or keep a topic's servers at one site`,
  );
}

function never(
  definition: RabbitmqFederation,
  flows: readonly Flow[],
  fetches: (site: string, from: string) => boolean,
): FederationIssue[] {
  for (const { workload, pattern, from, to } of flows)
    for (const client of from) {
      const reached = to.filter((server) => server === client || fetches(server, client));
      // A federated queue gives a message to one server, which any of them may be; else each must be reached.
      const missing =
        pattern === "fanout" || definition.failover ? to.length - reached.length : reached.length === 0;
      if (!missing) continue;
      const unreached = to.find((server) => !reached.includes(server)) ?? "";
      return [
        {
          path: ["upstreams"],
          message: `"links" has brokers fetch over direct links only, and none leads from ${client} to ${unreached}: a ${pattern} of "${workload}" would never arrive there; use "complete", or link the two sites`,
        },
      ];
    }
  return [];
}

function unanswered(
  { mode }: RabbitmqFederation,
  flows: readonly Flow[],
  fetches: (site: string, from: string) => boolean,
): FederationIssue[] {
  if (mode === "exchanges") return [];
  for (const { workload, pattern, from, to } of flows)
    for (const client of pattern === "call" ? from : []) {
      // A reply is fetched from where it was sent, by the client's broker itself or never.
      const lost = comesTo(client, to, fetches).find((server) => !fetches(client, server));
      if (lost === undefined) continue;
      return [
        {
          path: ["upstreams"],
          message: `"links" has brokers fetch over direct links only, and none leads from ${client} to ${lost}, where a call of "${workload}" comes by way of other servers' brokers: its reply would never arrive; use "complete", link the two sites, or keep a topic's servers where its clients have links to`,
        },
      ];
    }
  return [];
}

/**
 * The sites of servers, other than its own, that a message in a federated queue can come to: a broker with a server fetches
 * it from wherever it waits, so that no number of hops is the last.
 */
function comesTo(
  client: string,
  servers: readonly string[],
  fetches: (site: string, from: string) => boolean,
): string[] {
  const reached = new Set([client]);
  for (const waits of reached) for (const server of servers) if (fetches(server, waits)) reached.add(server);
  return [...reached].slice(1);
}

function fittingMode(flows: readonly Flow[]): FederationMode {
  const copied = flows.some(
    ({ pattern, to }) => pattern === "notify" || (pattern !== "fanout" && to.length > 1),
  );
  return copied ? "queues" : "exchanges";
}

function upstreamsOf(
  { upstreams }: RabbitmqFederation,
  sites: readonly string[],
  { links }: Context,
): (site: string, from: string) => boolean {
  if (upstreams === "complete") return (site, from) => site !== from;
  const linked = new Set(links.flatMap(({ between: [a, b] }) => [`${a} ${b}`, `${b} ${a}`]));
  return (site, from) => linked.has(`${site} ${from}`) && sites.includes(from);
}

function flowsOf(
  { failover }: RabbitmqFederation,
  sites: readonly string[],
  { workloads, distance }: Context,
): Flow[] {
  const homes = (agents: Iterable<string>): string[] =>
    failover ? [...sites] : [...new Set([...agents].flatMap((site) => homesOf(site, sites, distance)))];
  return workloads.flatMap((workload) => {
    const clients = new Map<string, Set<string>>();
    const servers = new Map<string, Set<string>>();
    for (const { role, site, members } of deal(workload))
      for (const { topic } of members) {
        const byTopic = role === "client" ? clients : servers;
        byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(site));
      }
    return [...clients].map(([topic, from]): Flow => ({
      workload: workload.name,
      pattern: workload.pattern,
      queue: workload.pattern === "notify" ? `${topic}.info` : topic,
      from: homes(from),
      to: homes(servers.get(topic) ?? []),
    }));
  });
}
