import { regionAsked, regionDefinitions } from "../../../components/controlplane/regionPlan";
import { shakerPairs } from "../../../components/plan/shaker";
import { resolveSites } from "../expand";
import { expandLinks } from "../links/expand";
import { knownSites, type Report } from "../links/names";
import type { ScenarioShape } from "../schema";
import { openStackScenarios, type RallyDefinition } from "./rally";
import type { ServersDefinition } from "./servers";
import type { ShakerDefinition } from "./shaker";
import type { TraceDefinition } from "./trace";

/** What a workload of another tool than the probe gets wrong about the rest of the scenario. */
export function checkTool(
  workload: ShakerDefinition | RallyDefinition | ServersDefinition | TraceDefinition,
  scenario: ScenarioShape,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): void {
  if (workload.kind === "shaker") checkShaker(workload, scenario, expanded, report);
  else if (workload.kind === "rally") checkRally(workload, scenario, expanded, report);
  else if (workload.kind === "servers") checkServers(workload, scenario, expanded, report);
  else checkTrace(workload, scenario, expanded, report);
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
  checkOneSite(rally.site, expanded, report);
  checkRegion(rally, controlPlane, expanded, report);
  const [needing] = openStackScenarios(rally);
  if (rally.trace && needing === undefined)
    report(["trace"], "true follows requests through OpenStack, and there are none here: take it out");
  else if (rally.trace && controlPlane !== undefined && !controlPlane.profiler)
    report(
      ["trace"],
      "true needs services that tell what they do for a request: set controlPlane.profiler: true",
    );
  if (needing !== undefined && controlPlane === undefined)
    report(
      [rally.scenario === undefined ? "file" : "scenario"],
      `${needing} asks OpenStack, and the scenario has no control plane: add controlPlane, or use a scenario that needs none, such as Dummy.dummy`,
    );
}

function checkServers(
  workload: ServersDefinition,
  { controlPlane }: ScenarioShape,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): void {
  checkOneSite(workload.site, expanded, report);
  if (!checkRegion(workload, controlPlane, expanded, report)) return;
  if (controlPlane === undefined)
    report(
      ["kind"],
      'servers are booted by Nova, and the scenario has no control plane: add controlPlane, such as { computes: { edge: 2 } }, or use kind: "rpc"',
    );
  else if (Object.keys(controlPlane.computes).length === 0)
    report(
      ["kind"],
      "servers are put on nova-computes, and the control plane has none: add some, such as controlPlane.computes: { edge: 2 }",
    );
  else checkComputesIn(workload, controlPlane, expanded, report);
}

function checkTrace(
  workload: TraceDefinition,
  { controlPlane }: ScenarioShape,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): void {
  const { site, computes } = workload;
  checkOneSite(site, expanded, report);
  if (!checkRegion(workload, controlPlane, expanded, report)) return;
  if (controlPlane === undefined)
    return report(
      ["kind"],
      `"trace" follows a request through OpenStack, and the scenario has none: add controlPlane: { profiler: true, computes: { ${site}: 1 } }`,
    );
  if (!controlPlane.profiler)
    report(
      ["kind"],
      `"trace" needs services that tell what they do for a request: set controlPlane.profiler: true`,
    );
  if (Object.keys(controlPlane.computes).length === 0)
    return report(
      ["kind"],
      `"trace" boots servers, and there are no nova-computes: add some, such as controlPlane.computes: { ${site}: 1 }`,
    );
  const withComputes = checkComputesIn(workload, controlPlane, expanded, report);
  if (withComputes.size === 0) return;
  if (computes === undefined) return;
  const named = resolveSites(expanded, computes);
  if (named === undefined) report(["computes"], `there is no site "${computes}"; ${knownSites(expanded)}`);
  else if (!named.some((one) => withComputes.has(one)))
    report(
      ["computes"],
      `there are no nova-computes at "${computes}": name one of ${[...withComputes].join(", ")}`,
    );
}

/** Who asks a region of a control plane. */
type Asking = Pick<RallyDefinition, "site" | "region">;
type ControlPlane = NonNullable<ScenarioShape["controlPlane"]>;

/** Whether there is the region that is asked; reported where not. */
function checkRegion(
  { region }: Asking,
  controlPlane: ControlPlane | undefined,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): boolean {
  if (region === undefined) return true;
  if (controlPlane === undefined) {
    report(["region"], `there is no control plane whose region "${region}" could be asked: take it out`);
    return false;
  }
  const regions = [controlPlane.region, ...regionDefinitions(controlPlane, expanded).keys()];
  if (regions.includes(region)) return true;
  report(
    ["region"],
    regions.length === 1
      ? `there is no region "${region}", as the control plane has one alone, "${controlPlane.region}": take it out, or add controlPlane.regions`
      : `there is no region "${region}"; the regions are ${regions.join(", ")}`,
  );
  return false;
}

/** The sites whose computes are of the region that is asked; reported where there are none. */
function checkComputesIn(
  workload: Asking,
  controlPlane: ControlPlane,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): Set<string> {
  const others = regionDefinitions(controlPlane, expanded);
  const asked = regionAsked(controlPlane, expanded, workload);
  const sites = Object.keys(controlPlane.computes)
    .flatMap((name) => resolveSites(expanded, name) ?? [])
    .filter((site) => (asked === undefined ? !others.has(site) : site === asked));
  if (sites.length === 0)
    report(
      [workload.region === undefined ? "site" : "region"],
      `the region "${asked ?? controlPlane.region}" is asked for servers and has no nova-computes: ask another, such as region: ${[...others.keys()][0] ?? controlPlane.region}, or add some to controlPlane.computes`,
    );
  return new Set(sites);
}

/** What is wrong with a name that is to be of one site. */
function checkOneSite(name: string, expanded: ReadonlyMap<string, readonly string[]>, report: Report): void {
  const sites = resolveSites(expanded, name);
  if (sites === undefined) report(["site"], `there is no site "${name}"; ${knownSites(expanded)}`);
  else if (sites[0] !== name)
    report(["site"], `"${name}" is a group of sites: name one of it, such as "${sites[0]}"`);
}
