import { resolveSites } from "../../../stacks/scenario/expand";
import type { BusContext } from "../bus";
import type { BusIssue, BusSites } from "../checks";
import { unknownSite } from "../places";
import { interiorLinks, unreached } from "./graph";
import { routerSites } from "./plan";
import type { Routers } from "./schema";

/** What is wrong with a mesh of routers in itself and with its sites. */
export function routersIssues(definition: Routers, sites: BusSites): BusIssue[] {
  const missing = (["interior", "edge"] as const).flatMap((setting) =>
    (definition[setting] ?? []).flatMap((name, index) => unknownSite([setting, index], name, sites)),
  );
  if (missing.length > 0) return missing;
  const { interior, edge } = routerSites(definition, sites.groups);
  if (interior.length === 0)
    return [
      { path: ["edge"], message: "every site has an edge router and none an interior one: leave a site out" },
    ];
  const both = edge.find((site) => interior.includes(site));
  if (both !== undefined) {
    const index = (definition.edge ?? []).findIndex((name) =>
      resolveSites(sites.groups, name)?.includes(both),
    );
    return [
      {
        path: ["edge", index],
        message: `"${both}" has an interior router: name it in interior or in edge, not in both`,
      },
    ];
  }
  if (definition.failover && interior.length + edge.length === 1)
    return [
      {
        path: ["failover"],
        message:
          "true with one router, and there is no other to go to: use two routers or more, or take failover out",
      },
    ];
  if (definition.topology === "ring" && interior.length < 3)
    return [
      {
        path: ["topology"],
        message: `a ring of ${interior.length} is a line: use three interior routers or more, or topology: line`,
      },
    ];
  return [];
}

/** What is wrong with a mesh of routers for the links it goes over. */
export function routersLoadIssues(
  definition: Routers,
  { groups, links, distance }: Pick<BusContext, "groups" | "links" | "distance">,
): BusIssue[] {
  const { interior } = routerSites(definition, groups);
  const apart = unreached(interior, interiorLinks(definition.topology, interior, links, distance));
  const [first] = apart;
  if (first === undefined) return [];
  return [
    {
      path: ["topology"],
      message: `no way over interior routers leads from "${interior[0] ?? ""}" to "${first}", as their sites' links lead over sites without one: use topology: complete, or give every site between them an interior router`,
    },
  ];
}
