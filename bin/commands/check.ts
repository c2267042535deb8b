import type Docker from "dockerode";
import { findEndpoint, ping } from "../../toolchain/engine";
import {
  controlPlaneContainers,
  controlPlaneServices,
  hostsOf,
  serviceContainers,
  type ControlPlanePlan,
} from "../../components/controlplane/plan";
import { plansOf } from "../../components/controlplane/regionPlan";
import type { HostsPlan } from "../../components/target/hostsPlan";
import { placedHosts } from "../../components/target/placed";
import { expandSites } from "../../stacks/scenario/expand";
import { brokersOf } from "../../components/plan/containers";
import type { Plan } from "../../components/plan/plan";
import { planLoaded } from "../planning";
import { loadScenario } from "../scenario/read";

export interface CheckOptions {
  readonly root: string;
  readonly set: readonly string[];
  readonly json: boolean;
}

/** Checks a scenario and says what it stands for. Nothing is made, and no engine is needed. */
export async function check(argument: string, { root, set, json }: CheckOptions): Promise<void> {
  const loaded = loadScenario(argument, set, root);
  const { target, sites } = loaded.scenario;
  // Hosts are asked where something is to be made of them, or to be compared with what they have.
  const docker = placedHosts(target, expandSites(sites)) ? undefined : await answeringDocker();
  const plan = await planLoaded(loaded, docker && { root, docker });
  process.stdout.write(
    json ? `${JSON.stringify(asData(plan), undefined, 2)}\n` : `${inWords(loaded.shown, plan)}\n`,
  );
}

async function answeringDocker(): Promise<Docker | undefined> {
  const { host } = await findEndpoint(process.env);
  if ((await ping(host, process.env)) !== "running") return undefined;
  const { connectDocker } = await import("../engine/connect");
  return connectDocker(process.env);
}

function asData({ stack, scenarioSha256, sites, links, bus, controlPlane, agents, loads, hosts }: Plan) {
  return {
    stack,
    scenarioSha256,
    sites: sites.map(({ name, prefix }) => {
      const host = hosts?.places.get(name)?.host;
      return { name, prefix: prefix.text, ...(host === undefined ? {} : { host }) };
    }),
    links: links.map(({ name, between, there, back }) => ({ name, between, there, back })),
    bus: {
      kind: bus.kind,
      topology: bus.topology,
      brokers: brokersOf({ bus, controlPlane }).map(({ name, site, address }) => ({ name, site, address })),
    },
    ...(controlPlane
      ? {
          controlPlane: {
            services: controlPlaneServices(controlPlane),
            computes: plansOf(controlPlane).flatMap(hostsOf),
          },
        }
      : {}),
    agents: [...agents.keys()],
    workloads: loads,
  };
}

function inWords(shown: string, { sites, links, bus, controlPlane, agents, loads, hosts }: Plan): string {
  const all = brokersOf({ bus, controlPlane });
  const brokers = all.length === 0 ? "" : listed(all);
  return [
    `${shown} is fine:`,
    `  sites:     ${count(sites.length, "site")}, agents at ${agents.size}: ${listed(sites)}`,
    ...(hosts
      ? [`  hosts:     ${count(hosts.hosts.size, "host")}, not asked yet: ${hostsInWords(hosts)}`]
      : []),
    `  links:     ${links.length > mostNamed ? `${links.length}: ` : ""}${listed(links)}`,
    `  bus:       ${bus.kind}, ${bus.topology}${brokers ? `: ${brokers}` : ""}`,
    ...(controlPlane ? [`  openstack: ${servicesInWords(controlPlane)}`] : []),
    `  workloads: ${listed(loads)}`,
  ].join("\n");
}

/** Each host with its sites. */
function hostsInWords({ hosts }: HostsPlan): string {
  return listed(
    [...hosts.values()].map(({ name, sites }) => ({
      name: `${name} (${sites.length > 3 ? count(sites.length, "site") : sites.join(", ")})`,
    })),
  );
}

function servicesInWords(plan: ControlPlanePlan): string {
  const sites = new Set(controlPlaneContainers(plan).map(({ site }) => site));
  const regions = plansOf(plan);
  return [
    `${count(regions.flatMap(serviceContainers).length, "service")} on ${plan.database.kind}${plan.keystoneDatabase === undefined ? "" : `, Keystone on ${plan.keystoneDatabase.kind}`}`,
    count(regions.flatMap(hostsOf).length, "compute"),
    ...(plan.cells.length === 0 ? [] : [count(plan.cells.length, "cell")]),
    ...(regions.length === 1 ? [] : [count(regions.length, "region")]),
    `at ${[...sites].join(", ")}`,
  ].join(", ");
}

/** Of more than this a person reads the first ones and how many there are. */
const mostNamed = 20;

function listed(named: readonly { readonly name: string }[]): string {
  if (named.length === 0) return "none";
  const first = named.slice(0, mostNamed).map(({ name }) => name);
  return [...first, ...(named.length > mostNamed ? [`… ${named.length - mostNamed} more`] : [])].join(", ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
