import { ScenarioError, type ScenarioIssue } from "../../../stacks/scenario/parse";
import { HostError } from "../../../workloads/hosts/run";
import type { Plan, PlanFacts } from "../../plan/plan";
import type { FoundTarget } from "../facts";
import { hostIssues, peersOf, wayIssues } from "../hosts/check";
import { askHosts, askPeers, type AskedHost, type HostFacts } from "../hosts/facts";
import { exchangedHosts, notedHosts } from "../hosts/note";
import { planFactsOf } from "../hosts/planFacts";
import { reachIssues } from "../hosts/reach";
import type { PlacedHosts, PlannedPlace } from "../hostsPlan";
import { askCloud } from "./api/ask";
import { CloudClient, CloudError } from "./api/client";
import { CredentialsError } from "./api/cloudEntry";
import { findCredentials } from "./api/credentials";
import type { CloudFacts, CloudPlace } from "./api/found";
import { cloudIssues, cloudWarnings, placeIssues } from "./check";
import { destinationOf } from "./destination";
import { cloudHosts, type CloudHosts } from "./hosts";
import { planCloud, type CloudPlan } from "./plan";
import type { OpenstackTarget } from "./schema";

/**
 * Asks a cloud whether it has what a target is to have there, and hosts that are already there what they are.
 * @param here The project's root, the stack, and where it is deployed, as far as that is known.
 * @param groups Each name in the scenario's `sites` to its sites.
 * @param images What is wrong with the images of a plan.
 * Errors: {@link ScenarioError}: credentials are missing, the cloud does not answer, or quotas, flavors, images or networks do not do.
 */
export async function findInCloud(
  target: OpenstackTarget,
  {
    root,
    stack,
    deployedIn = {},
  }: { readonly root: string; readonly stack: string; readonly deployedIn?: Partial<CloudPlace> | undefined },
  groups: ReadonlyMap<string, readonly string[]>,
  images: (plan: Plan) => Promise<ScenarioIssue[]>,
): Promise<FoundTarget> {
  // Ports are of no account here: each host has a rule for its gateways'.
  const place = (host: string): PlannedPlace => ({ host, port: 1, underlayAddress: "" });
  const { hostOf, ...placed } = cloudHosts(target, groups);
  const places = new Map([...hostOf].map(([site, host]) => [site, place(host)]));
  // What the cloud is asked for is the same wherever in the block hosts are.
  const plan = planCloud(target, stack, { ...placed, hostOf }, { places });
  const found = await ask(target, plan);
  const elsewhere = placeIssues(deployedIn, found);
  if (elsewhere.length > 0) throw new ScenarioError(elsewhere);
  const cloud = cloudHosts(target, groups, found.deployed);
  if (cloud.issues.length > 0)
    throw new ScenarioError(
      cloud.issues.map(({ path, message }) => ({ path: ["target", ...path].join("."), message })),
    );
  const now = Date.now();
  const issues = cloudIssues(plan, found, target.mtu, now);
  if (issues.length > 0) throw new ScenarioError(issues);
  const warnings = cloudWarnings(plan, found, now);
  const hosts = target.deploy === "all" ? deployedHosts(target, stack, cloud, found) : [];
  const asked = await askHosts(hosts);
  const silent = hosts.filter(({ name }) => asked.get(name) instanceof HostError);
  const answering = hosts.filter((host) => !silent.includes(host));
  const checked = hostIssues(answering, asked, { stack, emulator: target.emulator });
  if (checked.issues.length > 0) throw new ScenarioError(checked.issues.map(ofHost));
  const unreached = await reachIssues(answering);
  if (unreached.length > 0) throw new ScenarioError(unreached.map(ofHost));
  const answered = new Map(
    [...asked].flatMap(([name, facts]): [string, HostFacts][] =>
      facts instanceof HostError ? [] : [[name, facts]],
    ),
  );
  return {
    facts: planFactsInCloud(stack, found, answered, answering),
    warnings: [
      ...warnings,
      ...checked.warnings,
      ...silent.map(({ name }) => `${name}: its instance is there, and does not answer yet by SSH`),
    ],
    check: async (plan) => {
      const exchanged = exchangedHosts(notedHosts(root, stack), plan.hosts?.hosts.values() ?? []);
      if (exchanged.length > 0)
        return { issues: exchanged.map(({ message }) => ({ path: "target", message })), warnings: [] };
      const peers = new Map([...peersOf(plan)].filter(([host]) => answered.has(host)));
      const ways = wayIssues(plan, answered, await askPeers(answering, peers));
      return { issues: [...ways.issues.map(ofHost), ...(await images(plan))], warnings: ways.warnings };
    },
  };
}

async function ask(target: OpenstackTarget, plan: CloudPlan): Promise<CloudFacts> {
  try {
    const client = await CloudClient.connect(findCredentials(target.cloud, target.region));
    return await askCloud(client, plan);
  } catch (error) {
    if (error instanceof CredentialsError || error instanceof CloudError)
      throw new ScenarioError([{ path: "target.cloud", message: error.message }]);
    throw error;
  }
}

/**
 * What a plan must know of hosts that the stack itself makes. Which engines they have is none of it: it is not known before they are there,
 * and what is on an instance is made anew with it anyway.
 * @param found What the cloud has: the network on which hosts are is kept off from the first `up` on, and hosts that are there stay where
 * they are.
 * @param answered What each host said that is there, by its name.
 */
export function planFactsInCloud(
  stack: string,
  { networks, deployed }: Pick<CloudFacts, "networks" | "deployed">,
  answered: ReadonlyMap<string, HostFacts>,
  placed: PlacedHosts["hosts"],
): PlanFacts {
  const facts = planFactsOf(stack, answered, placed);
  const joining = networks.flatMap(({ prefixes = [] }) => prefixes);
  return {
    ...facts,
    busy: [...new Set([...joining, ...facts.busy])],
    hostEngines: undefined,
    deployedInCloud: deployed,
  };
}

/** The hosts that the stack has and that can be connected to. */
export function deployedHosts(
  target: OpenstackTarget,
  stack: string,
  { hosts }: Pick<CloudHosts, "hosts">,
  { servers, floatingIps }: Pick<CloudFacts, "servers" | "floatingIps">,
): AskedHost[] {
  const bastion = target.bastion.floatingIp ?? floatingIps[0];
  if (target.bastion.host === undefined && bastion === undefined) return [];
  return hosts.flatMap(({ name, address }): AskedHost[] => {
    const server = servers.find((one) => one.name === `buswide-${stack}-${name}`);
    const at = address ?? server?.addresses[0];
    if (server?.status !== "ACTIVE" || at === undefined) return [];
    return [
      { name, ssh: destinationOf({ stack, ssh: target.ssh, bastion: target.bastion }, name, at, bastion) },
    ];
  });
}

/** What the checks of hosts say of one that is named in the scenario, said of an instance. */
function ofHost({ path, message }: ScenarioIssue): ScenarioIssue {
  const [, host] = /^target\.hosts\.([^.]+)/.exec(path) ?? [];
  return host === undefined ? { path, message } : { path: "target", message: `${host}: ${message}` };
}
