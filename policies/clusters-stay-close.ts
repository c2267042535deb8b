import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import type { PlannedLink } from "../components/plan/links";
import { planDistances } from "../components/plan/distances";
import { planRoutes } from "../components/plan/routes";
import { known } from "./known";

/** Configuration of the policy. */
interface Closeness {
  /** Round trip between two nodes that is still close, milliseconds. */
  readonly mostRoundTripMs?: number;
}

/**
 * RabbitMQ's own guide (https://www.rabbitmq.com/docs/clustering) wants LAN links in a cluster: each declaration waits for all
 * nodes, and a lost link is a partition that loses messages. It can be what is to be measured, so it is said, not refused.
 */
export const clustersStayClose: StackValidationPolicy = {
  name: "clusters-stay-close",
  displayName: "Clusters stay close",
  description: "Nodes of one RabbitMQ cluster are not far from each other.",
  remediationSteps: "Put the nodes at one site, or use topology: federation.",
  enforcementLevel: "advisory",
  configSchema: {
    properties: {
      mostRoundTripMs: {
        type: "number",
        minimum: 0,
        default: 10,
        description: "Round trip between two nodes that is still close, milliseconds.",
      },
    },
  },
  validateStack: (args, report) => {
    const { mostRoundTripMs = 10 } = args.getConfig<Closeness>();
    const named = (type: string) => args.resources.filter((resource) => resource.type === type);
    const names = named("buswide:topology:Site").map(({ name }) => name);
    const links = named("buswide:topology:Link").flatMap((link) => linkOf(link, names));
    const distance = planDistances(planRoutes(names, links), links);
    for (const bus of named("buswide:bus:RabbitMq")) {
      const sites = [...new Set(sitesOf(bus))].filter((site) => names.includes(site));
      const pairs = sites.flatMap((a, index) => sites.slice(index + 1).map((b) => [a, b] as const));
      const far = pairs
        .flatMap(([a, b]) => {
          const roundTrip = reached(() => distance(a, b));
          return roundTrip === undefined ? [] : [{ a, b, roundTrip }];
        })
        .filter(({ roundTrip }) => roundTrip > mostRoundTripMs)
        .sort((one, other) => other.roundTrip - one.roundTrip);
      const [worst] = far;
      if (worst)
        report(
          `nodes of the cluster ${bus.name} are ${worst.roundTrip} ms apart (${worst.a} and ${worst.b}), more than ${mostRoundTripMs} ms: declarations wait for all nodes, and a lost link loses messages; put them at one site, or use topology: federation`,
          bus.urn,
        );
    }
  },
};

function sitesOf({ props }: PolicyResource): string[] {
  const plan = known(() => props["plan"] as { cluster?: object; brokers: { site: string }[] } | undefined);
  return known(() => (plan?.cluster ? plan.brokers.map(({ site }) => site) : [])) ?? [];
}

/** The link between two of `sites`; none where what it does to packets is not known, or not said. */
function linkOf({ name, props }: PolicyResource, sites: readonly string[]): PlannedLink[] {
  const link = known(() => {
    const { between, there, back } = props as unknown as Partial<PlannedLink>;
    return between && there && back ? { name, between, there, back } : undefined;
  });
  return link?.between.every((site) => sites.includes(site)) ? [link] : [];
}

/** Undefined where no links lead; another policy speaks of that. */
function reached(distance: () => number): number | undefined {
  try {
    return distance();
  } catch {
    return undefined;
  }
}
