import type { BusIssue, BusSites } from "../checks";
import { notOneSite, unknownSite } from "../places";
import { brokerCounts } from "./plan";
import type { Artemis } from "./schema";

/** What is wrong with an Artemis bus in itself and with its sites. */
export function artemisIssues(definition: Artemis, sites: BusSites): BusIssue[] {
  if (definition.topology === "single") return notOneSite(["site"], definition.site, sites);
  const missing = (definition.sites ?? []).flatMap((name, index) =>
    unknownSite(["sites", index], name, sites),
  );
  if (missing.length > 0) return missing;
  if (brokerCounts(definition, [...sites.groups.values()].flat(), sites.groups).size > 1) return [];
  return [
    {
      path: definition.sites === undefined ? ["topology"] : ["sites"],
      message: "a cluster of one broker has nobody to pass on to: use two sites or more, or topology: single",
    },
  ];
}
