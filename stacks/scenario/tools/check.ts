import { shakerPairs } from "../../../components/plan/shaker";
import { resolveSites } from "../expand";
import { expandLinks } from "../links/expand";
import { knownSites, type Report } from "../links/names";
import type { ScenarioShape } from "../schema";
import { openStackScenarios, type RallyDefinition } from "./rally";
import type { ShakerDefinition } from "./shaker";

/** What a workload of another tool than the probe gets wrong about the rest of the scenario. */
export function checkTool(
  workload: ShakerDefinition | RallyDefinition,
  scenario: ScenarioShape,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): void {
  if (workload.kind === "shaker") checkShaker(workload, scenario, expanded, report);
  else checkRally(workload, scenario, expanded, report);
}

/** Each takes half a minute: more would take the whole night. */
const mostPairs = 1000;

function checkShaker(
  shaker: ShakerDefinition,
  scenario: ScenarioShape,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): void {
  const unknown = (shaker.pairs ?? []).flatMap((pair, index) =>
    pair.flatMap((name, end) =>
      resolveSites(expanded, name) ? [] : [{ name, path: ["pairs", index, end] }],
    ),
  );
  for (const { name, path } of unknown) report(path, `there is no site "${name}"; ${knownSites(expanded)}`);
  if (unknown.length > 0) return;
  for (const [index, pair] of (shaker.pairs ?? []).entries())
    if (shakerPairs({ pairs: [pair] }, [], expanded).length === 0)
      report(["pairs", index], `[${pair.join(", ")}] is one site: name two, as it measures between sites`);
  // What is wrong with links is said of them.
  const links = shaker.pairs === undefined ? expandLinks(scenario, expanded, () => undefined) : [];
  const total = shakerPairs(shaker, links, expanded).length;
  if (shaker.pairs === undefined && scenario.links.length === 0)
    report(
      ["pairs"],
      "there are no links to measure: add one, or name pairs of sites, such as [[core, edge]]",
    );
  if (total > mostPairs)
    report(["pairs"], `these are ${total} pairs, measured one after the other: name at most ${mostPairs}`);
}

function checkRally(
  rally: RallyDefinition,
  { controlPlane }: ScenarioShape,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): void {
  const sites = resolveSites(expanded, rally.site);
  if (sites === undefined) report(["site"], `there is no site "${rally.site}"; ${knownSites(expanded)}`);
  else if (sites[0] !== rally.site)
    report(["site"], `"${rally.site}" is a group of sites: name one of it, such as "${sites[0]}"`);
  const [needing] = openStackScenarios(rally);
  if (needing !== undefined && controlPlane === undefined)
    report(
      [rally.scenario === undefined ? "file" : "scenario"],
      `${needing} asks OpenStack, and the scenario has no control plane: add controlPlane, or use a scenario that needs none, such as Dummy.dummy`,
    );
}
