import type { z } from "zod";
import { busChecks, ombtIssue } from "../../components/bus/checks";
import { controlPlaneIssues } from "../../components/controlplane/check";
import { metricsIssues } from "../../components/metrics/check";
import { planDistances } from "../../components/plan/distances";
import { planLinks } from "../../components/plan/links";
import { planRoutes } from "../../components/plan/routes";
import { planWorkload } from "../../components/plan/workloads";
import { lackingIn } from "../../components/target/emulators";
import { siteLimit, whyUnwatched } from "../../components/target/limits";
import { placementIssues } from "../../components/target/placed";
import { expandSites, pairKey, resolveSites } from "./expand";
import { impairmentOf } from "./links/direction";
import { expandLinks, placeOfPairs, type ExpandedLink } from "./links/expand";
import type { LinkFigures } from "./links/figures";
import { contradictionIn } from "./links/limits";
import { knownSites, type Report } from "./links/names";
import type { ScenarioShape } from "./schema";
import { scenarioServices } from "./services";
import { expandTimeline } from "./timeline/expand";
import { timelinesOf, busWorkloadsOf } from "./timeline/inherit";
import { isServiceEntry } from "./timeline/schema";
import { expandServiceFaults } from "./timeline/services";
import { checkTool } from "./tools/check";
import { usesBus } from "./workloadKinds";

/** What is checked against: the scenario, its groups expanded, and where to report to. */
interface Checked {
  readonly scenario: ScenarioShape;
  readonly expanded: ReadonlyMap<string, readonly string[]>;
  readonly report: Report;
}

/** What one preview could still deal with, whatever the target; beyond it, expanding alone would take the memory. */
const mostSites = 10_000;

/**
 * What needs more than one field of a scenario to check: names that refer to sites, links given twice, sites
 * that nothing reaches. Each issue's message names the value and what would be right.
 */
export function checkReferences(scenario: ScenarioShape, context: z.RefinementCtx): void {
  // Of fields that are wrong in themselves, nothing sensible can be said together; a count may be any number.
  if (context.issues.length > 0) return;
  const report: Report = (path, message) => context.addIssue({ code: "custom", path, message });
  const total = Object.values(scenario.sites).reduce((sum, { count }) => sum + (count ?? 1), 0);
  if (total > mostSites) {
    report(["sites"], `${total} sites are more than buswide takes: use at most ${mostSites}`);
    return;
  }
  const { most, because } = siteLimit(scenario.target);
  if (total > most) {
    report(
      ["sites"],
      `${total} sites are more than the target "${scenario.target.kind}" takes, as ${because}: use at most ${most} sites`,
    );
    return;
  }
  const checked = { scenario, expanded: expandSites(scenario.sites), report };
  const owner = checkNames(checked);
  for (const { path, message } of placementIssues(scenario.target, checked.expanded))
    report(["target", ...path], message);
  const linked = checkLinks(checked);
  // Sites are reached by the links that were meant: with one in doubt there is nothing to say about it.
  if (linked) checkReach(checked, owner, linked.neighbours);
  checkBus(checked);
  checkWorkloads(checked);
  if (context.issues.length === 0) checkControlPlane(checked);
  checkMetrics(checked);
  // What is said of links that are wrong would be wrong as well.
  if (linked) checkImpairments(checked, linked.links);
  if (context.issues.length === 0) checkBusLoad(checked);
  if (context.issues.length === 0) checkServiceFaults(checked);
}

/** Each site's group. Reports two groups that make the same site, and names that are a group's and a site's. */
function checkNames({ expanded, scenario, report }: Checked): Map<string, string> {
  const owner = new Map<string, string>();
  for (const [group, sites] of expanded)
    for (const site of sites) {
      const other = owner.get(site);
      if (other !== undefined)
        report(
          ["sites", group],
          `"${group}" makes a site "${site}" that "${other}" makes too: rename one of them`,
        );
      owner.set(site, group);
    }
  for (const [group, { count }] of Object.entries(scenario.sites)) {
    const other = owner.get(group);
    if (count !== undefined && other !== undefined)
      report(
        ["sites", group],
        `"${group}" is a group, and a site of the group "${other}": rename one of them`,
      );
  }
  return owner;
}

/** All links, and each site's neighbours. */
interface Linked {
  readonly links: readonly ExpandedLink[];
  readonly neighbours: ReadonlyMap<string, readonly string[]>;
}

/** What is linked; undefined when a link is wrong. */
function checkLinks({ scenario, expanded, report }: Checked): Linked | undefined {
  const pairs = new Map<string, number>();
  const linked = new Map<string, string[]>();
  const wrongs: string[] = [];
  const wrong: Report = (path, message) => {
    wrongs.push(message);
    report(path, message);
  };
  const links = expandLinks(scenario, expanded, wrong);
  for (const { entry, between } of links) {
    const [a, b] = between;
    const first = pairs.get(pairKey(a, b));
    if (first !== undefined)
      wrong(
        ["links", entry, ...placeOfPairs(scenario.links[entry])],
        `"${a}" and "${b}" already have a link, links[${first}]: a pair of sites has one; drop one of the two`,
      );
    else pairs.set(pairKey(a, b), entry);
    for (const [end, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const neighbours = linked.get(end);
      if (neighbours) neighbours.push(other);
      else linked.set(end, [other]);
    }
  }
  return wrongs.length === 0 ? { links, neighbours: linked } : undefined;
}

function checkReach(
  { report }: Checked,
  owner: ReadonlyMap<string, string>,
  linked: ReadonlyMap<string, readonly string[]>,
): void {
  const [first] = owner.keys();
  if (first === undefined) return;
  const reached = new Set([first]);
  for (const site of reached) for (const next of linked.get(site) ?? []) reached.add(next);
  const lone = [...owner].filter(([site]) => !reached.has(site));
  const [lonely] = lone;
  if (!lonely) return;
  const names = lone.slice(0, 5).map(([site]) => `"${site}"`);
  report(
    ["sites", lonely[1]],
    `no links lead from "${first}" to ${names.join(", ")}${lone.length > 5 ? ` and ${lone.length - 5} more` : ""}: ` +
      `add a link, such as { between: [${first}, ${lonely[0]}], delay: 25ms }`,
  );
}

function checkBus({ scenario, expanded, report }: Checked): void {
  const found = busChecks(scenario.bus).issues(scenario.bus, {
    groups: expanded,
    known: knownSites(expanded),
  });
  for (const { path, message } of found) report(["bus", ...path], message);
}

function checkControlPlane({ scenario, expanded, report }: Checked): void {
  if (scenario.controlPlane === undefined) return;
  const sites = { groups: expanded, known: knownSites(expanded) };
  for (const { path, message } of controlPlaneIssues(scenario.controlPlane, scenario.bus, sites))
    report([...path], message);
}

function checkMetrics({ scenario, expanded, report }: Checked): void {
  if (scenario.metrics === undefined) return;
  const why = whyUnwatched(scenario.target);
  if (why !== undefined) {
    report(
      ["metrics"],
      `a deployment on the target "${scenario.target.kind}" can't have them: ${why}; take metrics out, or use the target "local"`,
    );
    return;
  }
  const sites = { groups: expanded, known: knownSites(expanded) };
  for (const { path, message } of metricsIssues(scenario.metrics, sites))
    report(["metrics", ...path], message);
}

/** What the bus would do to the workloads; planned as it will be, once nothing else is wrong. */
function checkBusLoad({ scenario, expanded, report }: Checked): void {
  const links = planLinks(scenario);
  const routes = planRoutes([...expanded.values()].flat(), links);
  const found = busChecks(scenario.bus).loadIssues(scenario.bus, {
    groups: expanded,
    links,
    distance: planDistances(routes, links),
    workloads: busWorkloadsOf(scenario).map((workload) => planWorkload(scenario, workload, expanded)),
  });
  for (const { path, workload, message } of found)
    report([...(workload === undefined ? ["bus"] : ["workloads", workload]), ...path], message);
}

/** What the timelines do to services, of a bus that is known to be right. */
function checkServiceFaults({ scenario, expanded, report }: Checked): void {
  const timelines = timelinesOf(scenario);
  if (!timelines.some(({ timeline }) => timeline.some(isServiceEntry))) return;
  const services = scenarioServices(scenario);
  for (const { timeline, durationSeconds, path } of timelines) {
    const at: Report = (within, message) => report([...path, ...within], message);
    expandServiceFaults(timeline, durationSeconds, services, expanded, at);
  }
}

/** What the emulator lacks, and what the timelines get wrong. */
function checkImpairments({ scenario, expanded, report }: Checked, links: Linked["links"]): void {
  const { emulator } = scenario.target;
  const lacks = (figures: LinkFigures, path: (string | number)[]): boolean => {
    if (emulator === "auto") return false;
    const [lacking] = (["there", "back"] as const).flatMap((which) =>
      lackingIn(impairmentOf(figures, which), emulator),
    );
    if (lacking)
      report(path, `${emulator} has no ${lacking.setting}: ${lacking.instead}, or use another emulator`);
    return lacking !== undefined;
  };
  const refused = new Set<number>();
  for (const { entry, figures } of links)
    if (!refused.has(entry) && lacks(figures, ["links", entry])) refused.add(entry);
  for (const { timeline, durationSeconds, path } of timelinesOf(scenario)) {
    const at: Report = (within, message) => report([...path, ...within], message);
    const wrong = new Set<number>();
    for (const { entry, between, steps } of expandTimeline(timeline, durationSeconds, links, expanded, at))
      for (const { cut, figures } of steps)
        if (!cut && !wrong.has(entry)) {
          const pair = ` between "${between.join('" and "')}"`;
          const found = contradictionIn(figures, "there", pair) ?? contradictionIn(figures, "back", pair);
          if (found) at([entry], found.message);
          if (found || lacks(figures, [...path, entry])) wrong.add(entry);
        }
  }
}

function checkWorkloads(checked: Checked): void {
  const { scenario, expanded, report } = checked;
  if (scenario.timeline !== undefined && !timelinesOf(scenario).some(({ path }) => path[0] === "timeline"))
    report(
      ["timeline"],
      "nothing happens by it: it is for workloads with a rate and a duration that have no timeline of their own, and there is none",
    );
  if (
    scenario.controlPlane?.profiler === true &&
    !scenario.workloads.some(
      (workload) => workload.kind === "trace" || (workload.kind === "rally" && workload.trace),
    )
  )
    report(
      ["controlPlane", "profiler"],
      "true takes every service some time, and no workload traces a request: add one, such as { name: boot, kind: trace, site: core } or trace: true for one of Rally, or take it out",
    );
  const names = new Map<string, number>();
  const noOmbt = ombtIssue(scenario.bus);
  scenario.workloads.forEach((workload, index) => {
    const other = names.get(workload.name);
    if (other !== undefined)
      report(
        ["workloads", index, "name"],
        `workloads[${other}] is called "${workload.name}" too: give each its own name`,
      );
    else names.set(workload.name, index);
    if (!usesBus(workload)) {
      const at: Report = (path, message) => report(["workloads", index, ...path], message);
      checkTool(workload, scenario, expanded, at);
      return;
    }
    if (noOmbt !== undefined && workload.kind === "rpc" && workload.tool === "ombt")
      report(["workloads", index, "tool"], noOmbt);
    for (const role of ["clients", "servers"] as const) {
      const given = Object.entries(workload[role]);
      if (given.length === 0)
        report(
          ["workloads", index, role],
          `a workload needs ${role}: name a site and how many, such as { ${[...expanded.keys()][0]}: 2 }`,
        );
      const missing = given.filter(([name]) => !resolveSites(expanded, name));
      for (const [name] of missing)
        report(["workloads", index, role, name], `there is no site "${name}"; ${knownSites(expanded)}`);
      const total = given.reduce(
        (sum, [name, count]) => sum + count * (resolveSites(expanded, name)?.length ?? 0),
        0,
      );
      if (role === "servers" && given.length > 0 && missing.length === 0 && total < workload.topics)
        report(
          ["workloads", index, "topics"],
          `${workload.topics} topics need as many servers, and there are ${total}: use fewer topics or more servers`,
        );
    }
  });
}
