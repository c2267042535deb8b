import { notOneSite, unknownSite } from "../../bus/places";
import type { DatabaseIssue, DatabaseSites } from "../checks";
import { nodeCounts } from "../nodeCounts";
import type { Galera } from "./schema";

/** Each write is certified by all of them. */
const mostNodes = 9;
/** Of fewer votes, none may be missing. */
const leastVotes = 3;

/** What is wrong with a Galera cluster in itself and with its sites. */
export function galeraIssues(definition: Galera, sites: DatabaseSites): DatabaseIssue[] {
  const missing = [
    ...Object.keys(definition.nodes ?? {}).flatMap((name) => unknownSite(["nodes", name], name, sites)),
    ...notOneSite(["arbitrator"], definition.arbitrator, sites),
  ];
  return missing.length > 0 ? missing : countIssues(definition, sites);
}

function countIssues(definition: Galera, { groups }: DatabaseSites): DatabaseIssue[] {
  const [first] = [...groups.values()].flat();
  const counts = nodeCounts(definition.nodes, first ?? "", groups);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const at = definition.nodes === undefined ? ["kind"] : ["nodes"];
  const refused = (message: string) => [{ path: at, message }];
  if (total > mostNodes)
    return refused(
      `${total} nodes are too many, as each write waits for all of them: use at most ${mostNodes}`,
    );
  if (total < 2) return refused("a cluster of 1 node has nobody to share with: use three, or kind: mariadb");
  const votes = total + (definition.arbitrator === undefined ? 0 : 1);
  if (votes < leastVotes)
    return refused(
      `2 nodes have no majority once either is away, and then none of them serves: use three, or an arbitrator, such as arbitrator: ${first}`,
    );
  return [];
}
