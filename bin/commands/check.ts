import type Docker from "dockerode";
import { findEndpoint, ping } from "../../toolchain/engine";
import {
  controlPlaneContainers,
  controlPlaneServices,
  hostsOf,
  type ControlPlanePlan,
} from "../../components/controlplane/plan";
import { placedServices } from "../../components/controlplane/services";
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
  const plan = await planLoaded(loaded, await answeringDocker());
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

function asData({ stack, scenarioSha256, sites, links, bus, controlPlane, agents, loads }: Plan) {
  return {
    stack,
    scenarioSha256,
    sites: sites.map(({ name, prefix }) => ({ name, prefix: prefix.text })),
    links: links.map(({ name, between, there, back }) => ({ name, between, there, back })),
    bus: {
      kind: bus.kind,
      topology: bus.topology,
      brokers: bus.brokers.map(({ name, site, address }) => ({ name, site, address })),
    },
    ...(controlPlane
      ? { controlPlane: { services: controlPlaneServices(controlPlane), computes: hostsOf(controlPlane) } }
      : {}),
    agents: [...agents.keys()],
    workloads: loads,
  };
}

function inWords(shown: string, { sites, links, bus, controlPlane, agents, loads }: Plan): string {
  const brokers = bus.brokers.length === 0 ? "" : listed(bus.brokers);
  return [
    `${shown} is fine:`,
    `  sites:     ${count(sites.length, "site")}, agents at ${agents.size}: ${listed(sites)}`,
    `  links:     ${links.length > mostNamed ? `${links.length}: ` : ""}${listed(links)}`,
    `  bus:       ${bus.kind}, ${bus.topology}${brokers ? `: ${brokers}` : ""}`,
    ...(controlPlane ? [`  openstack: ${servicesInWords(controlPlane)}`] : []),
    `  workloads: ${listed(loads)}`,
  ].join("\n");
}

function servicesInWords(plan: ControlPlanePlan): string {
  const sites = new Set(controlPlaneContainers(plan).map(({ site }) => site));
  return `${count(placedServices.length, "service")} on ${plan.database.kind}, ${count(hostsOf(plan).length, "compute")}, at ${[...sites].join(", ")}`;
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
