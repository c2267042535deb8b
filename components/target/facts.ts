import type Docker from "dockerode";
import { expandSites } from "../../stacks/scenario/expand";
import { ScenarioError, type ScenarioIssue } from "../../stacks/scenario/parse";
import type { Scenario } from "../../stacks/scenario/schema";
import { HostError } from "../../workloads/hosts/run";
import type { Plan, PlanFacts } from "../plan/plan";
import { gatherFacts } from "./local/facts";
import { foreignImagesOf } from "../plan/foreignImages";
import { missingImages } from "./local/foreignImages";
import { placedHosts } from "./placed";
import type { HostFacts } from "./hosts/facts";
import type { CloudPlace } from "./openstack/api/found";

/** What a target says before anything is made. */
export interface FoundTarget {
  readonly facts: PlanFacts;
  /** What figures may suffer from, in words. */
  readonly warnings: readonly string[];
  /** What is wrong with a plan that was made by these facts. */
  check(
    plan: Plan,
  ): Promise<{ readonly issues: readonly ScenarioIssue[]; readonly warnings: readonly string[] }>;
}

/**
 * Asks the places at which a scenario's sites are to be what they are.
 * Errors: {@link ScenarioError}: a host can't be reached, or not be used; this machine's Docker does not answer.
 * @param here The project's root, this machine's engine, and in which cloud the stack is deployed, if it is in one and that is known.
 */
export async function findTarget(
  scenario: Pick<Scenario, "target" | "sites">,
  stack: string,
  {
    root,
    docker: local,
    deployedIn,
  }: {
    readonly root: string;
    readonly docker: Docker;
    readonly deployedIn?: Partial<CloudPlace> | undefined;
  },
): Promise<FoundTarget> {
  const groups = expandSites(scenario.sites);
  const images = (plan: Plan) => missingImages(foreignImagesOf(plan), local);
  if (scenario.target.kind === "openstack") {
    const { findInCloud } = await import("./openstack/facts");
    return findInCloud(scenario.target, { root, stack, deployedIn }, groups, images);
  }
  const placed = placedHosts(scenario.target, groups);
  if (!placed)
    return {
      facts: await gatherFacts(stack, local),
      warnings: [],
      check: async (plan) => ({ issues: await images(plan), warnings: [] }),
    };
  // Loaded where there are hosts: a scenario of this machine alone has no use for it.
  const [{ askHosts, askPeers }, { hostIssues, peersOf, wayIssues }, { planFactsOf }, { reachIssues }, note] =
    await Promise.all([
      import("./hosts/facts"),
      import("./hosts/check"),
      import("./hosts/planFacts"),
      import("./hosts/reach"),
      import("./hosts/note"),
    ]);
  const found = await askHosts(placed.hosts);
  const { emulator } = scenario.target;
  const { issues, warnings } = hostIssues(placed.hosts, found, { stack, emulator });
  if (issues.length > 0) throw new ScenarioError(issues);
  const unreached = await reachIssues(placed.hosts);
  if (unreached.length > 0) throw new ScenarioError(unreached);
  const answered = new Map(
    [...found].flatMap(([name, facts]): [string, HostFacts][] =>
      facts instanceof HostError ? [] : [[name, facts]],
    ),
  );
  return {
    facts: planFactsOf(stack, answered, placed.hosts),
    warnings,
    check: async (plan) => {
      const exchanged = note.exchangedHosts(note.notedHosts(root, stack), plan.hosts?.hosts.values() ?? []);
      if (exchanged.length > 0) return { issues: exchanged, warnings: [] };
      const ways = wayIssues(plan, found, await askPeers(placed.hosts, peersOf(plan)));
      return { issues: [...ways.issues, ...(await images(plan))], warnings: ways.warnings };
    },
  };
}
