import { notOneSite, unknownSite } from "../../bus/places";
import type { DatabaseIssue, DatabaseSites } from "../checks";
import { nodeCounts } from "../nodeCounts";
import type { Cockroachdb } from "./schema";

/** What is wrong with a CockroachDB in itself and with its sites. */
export function cockroachdbIssues(definition: Cockroachdb, sites: DatabaseSites): DatabaseIssue[] {
  const missing = [
    ...Object.keys(definition.nodes ?? {}).flatMap((name) => unknownSite(["nodes", name], name, sites)),
    ...notOneSite(["leaseholders"], definition.leaseholders, sites),
  ];
  return missing.length > 0 ? missing : countIssues(definition, sites);
}

function countIssues(definition: Cockroachdb, { groups }: DatabaseSites): DatabaseIssue[] {
  const { nodes, replicas, leaseholders } = definition;
  const [first = ""] = [...groups.values()].flat();
  const counts = nodeCounts(nodes, first, groups);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (replicas % 2 === 0)
    return [
      {
        path: ["replicas"],
        message: `${replicas} copies survive no more failures than ${replicas - 1} would: use ${replicas - 1} or ${replicas + 1}`,
      },
    ];
  if (total < replicas)
    return [
      {
        path: nodes === undefined ? ["replicas"] : ["nodes"],
        message: `${total} ${total === 1 ? "node has" : "nodes have"} no place for ${replicas} copies: use ${replicas} nodes or more${replicas > 3 ? ", or fewer replicas" : ""}`,
      },
    ];
  // Without nodes they are at Keystone's site, whichever that is.
  if (nodes !== undefined && leaseholders !== undefined && !counts.has(leaseholders))
    return [
      {
        path: ["leaseholders"],
        message: `there is no node at "${leaseholders}": name one of ${[...counts.keys()].join(", ")}`,
      },
    ];
  return [];
}
