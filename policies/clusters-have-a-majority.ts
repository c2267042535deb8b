import type { ResourceValidationPolicy } from "@pulumi/policy";
import { known } from "./known";

/** What this reads of a Galera cluster's plan. */
interface GaleraPlan {
  readonly nodes: readonly unknown[];
  readonly arbitrator?: unknown;
}

/** What this reads of a RabbitMQ bus's plan. */
interface Plan {
  readonly brokers: readonly unknown[];
  readonly cluster?: { readonly partitions?: string };
  readonly queues?: { readonly topics?: string; readonly replies?: string };
}

/**
 * An even cluster that breaks in two has no larger part: with pause_minority every node pauses, and quorum queues of an even
 * number of members survive no more failures than with one member less; no part of a Galera cluster serves. It can be what is to
 * be measured, so it is said, not refused.
 */
export const clustersHaveAMajority: ResourceValidationPolicy = {
  name: "clusters-have-a-majority",
  displayName: "Clusters have a majority",
  description:
    "A RabbitMQ cluster has an odd number of nodes, three at least where queues are quorum queues, and a Galera cluster one of votes.",
  remediationSteps:
    "Add a node to bus.nodes, or take one away; to controlPlane.database.nodes, or give it an arbitrator.",
  enforcementLevel: "advisory",
  validateResource: (args, report) => {
    if (args.type === "buswide:database:Galera") {
      const said = known(() => unevenVotes(args.props["plan"] as GaleraPlan | undefined));
      if (said !== undefined) report(`the ${args.name.replaceAll("-", " ")} has ${said}`);
      return;
    }
    if (args.type !== "buswide:bus:RabbitMq") return;
    const plan = known(() => args.props["plan"] as Plan | undefined);
    const count = known(() => plan?.brokers.length);
    if (plan === undefined || count === undefined) return;
    const cluster = known(() => plan.cluster);
    const quorum = known(() => plan.queues?.topics === "quorum" || plan.queues?.replies === "quorum");
    if (cluster && count % 2 === 0)
      report(
        `the cluster of ${args.name} has ${count} nodes: if it breaks in two, neither half has a majority${quorum ? `, and its quorum queues survive the loss of no more nodes than ${count - 1} would` : ""}; use ${count > 2 ? `${count - 1} or ` : ""}${count + 1}`,
      );
    else if (!cluster && quorum)
      report(
        `the quorum queues of ${args.name} have one member each, as its brokers are no cluster: they cost what replication costs, and replicate nothing; use classic queues, or topology: cluster`,
      );
  },
};

/** What is wrong with the votes of a Galera cluster, in words that follow "has"; undefined: nothing. */
function unevenVotes(plan: GaleraPlan | undefined): string | undefined {
  if (plan === undefined) return undefined;
  const nodes = plan.nodes.length;
  const votes = nodes + (plan.arbitrator === undefined ? 0 : 1);
  if (votes % 2 === 1) return undefined;
  const parts = `${votes} votes: if it breaks in two, neither half has a majority, and no node serves`;
  return plan.arbitrator === undefined
    ? `${parts}; use ${nodes - 1} or ${nodes + 1} nodes, or an arbitrator`
    : `${parts}; take the arbitrator out, or add a node`;
}
