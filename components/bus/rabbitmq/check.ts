import { agentsLibrary, misfit, type Misfit } from "../combinations";
import type { BusContext } from "../bus";
import type { BusIssue, BusSites } from "../checks";
import { notOneSite, unknownSite } from "../places";
import { federationIssues } from "./federation";
import { brokerCounts } from "./plan";
import { queueKinds } from "./queues";
import type { Rabbitmq } from "./schema";

/** RabbitMQ recommends no more: each change to what is declared waits for all nodes. */
const mostNodes = 7;

/** What is wrong with a RabbitMQ bus in itself and with its sites. */
export function rabbitmqIssues(definition: Rabbitmq, sites: BusSites): BusIssue[] {
  return [...kindIssues(definition), ...placeIssues(definition, sites)];
}

/** What is wrong with a RabbitMQ bus for the workloads it is to carry. */
export function rabbitmqLoadIssues(
  definition: Rabbitmq,
  context: Pick<BusContext, "groups" | "links" | "distance" | "workloads">,
): BusIssue[] {
  if (definition.topology !== "federation") return [];
  const all = [...context.groups.values()].flat();
  return federationIssues(definition, [...brokerCounts(definition, all, context.groups).keys()], context);
}

const settings: { readonly [P in Misfit["part"]]: string } = {
  library: "version",
  broker: "version",
  topics: "queues",
  replies: "transient",
  fanout: "fanout",
};

function kindIssues(definition: Rabbitmq): BusIssue[] {
  const kinds = queueKinds(definition);
  const wrong = misfit({
    library: agentsLibrary,
    broker: definition.version,
    named: definition.image !== undefined,
    ...kinds,
  });
  if (wrong === undefined) return [];
  const { topics, replies, fanout } = kinds;
  const what =
    wrong.part === "broker"
      ? `RabbitMQ ${definition.version}`
      : `queues: ${topics}, transient: ${replies}, fanout: ${fanout} do not go together on RabbitMQ ${definition.version}`;
  return [{ path: [settings[wrong.part]], message: `${what}: ${wrong.reason}; use ${wrong.instead}` }];
}

function placeIssues(definition: Rabbitmq, sites: BusSites): BusIssue[] {
  const { groups } = sites;
  switch (definition.topology) {
    case "single":
      return notOneSite(["site"], definition.site, sites);
    case "cluster": {
      const missing = Object.keys(definition.nodes ?? {}).flatMap((name) =>
        unknownSite(["nodes", name], name, sites),
      );
      if (missing.length > 0) return missing;
      const counts = brokerCounts(definition, [...groups.values()].flat(), groups);
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      if (total < 2)
        return [
          {
            path: ["nodes"],
            message: `a cluster of ${total} has nobody to share with: use three nodes, or topology: single`,
          },
        ];
      if (total > mostNodes)
        return [
          {
            path: ["nodes"],
            message: `${total} nodes are too many, as each declaration waits for all of them: use at most ${mostNodes}, or topology: federation`,
          },
        ];
      return [];
    }
    case "federation": {
      const missing = (definition.sites ?? []).flatMap((name, index) =>
        unknownSite(["sites", index], name, sites),
      );
      if (missing.length > 0) return missing;
      const all = [...groups.values()].flat();
      if (brokerCounts(definition, all, groups).size > 1) return [];
      return [
        {
          path: definition.sites === undefined ? ["topology"] : ["sites"],
          message: `a federation of one broker has nobody to fetch from: use two sites or more, or topology: single`,
        },
      ];
    }
  }
}
