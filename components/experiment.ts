import * as pulumi from "@pulumi/pulumi";
import type { MeasurementInput } from "../workloads/runner/input";
import { makeBus, type Bus } from "./bus";
import { endpointFiles, endpointHosts } from "./bus/nearest";
import { ControlPlane } from "./controlplane";
import { Prometheus } from "./metrics";
import { gatewayFiguresPort } from "./metrics/scraped";
import { planMeasuredPaths } from "./plan/measuredPaths";
import type { Plan, PlannedTool } from "./plan/plan";
import { routeTables } from "./plan/tables";
import { makeTarget, type TargetFacts } from "./target";
import type { MadeContainer, Target } from "./target/target";
import { Link, linkResource, mustSite, Routes, Service, Site } from "./topology";
import type { ServiceArgs } from "./topology/service";
import { brokersOf, limitedContainers } from "./plan/containers";
import { Measurement, type MeasurementOutput } from "./workload/measurement";

/**
 * What a stack gives out. Of secrets, only what gives access to a control plane, marked as such. What was measured is absent
 * where an update left that out.
 */
export interface ExperimentOutputs {
  readonly sites: pulumi.Output<unknown>;
  readonly bus: pulumi.Output<unknown>;
  readonly links: pulumi.Output<MeasurementOutput["links"] | undefined>;
  readonly paths: pulumi.Output<unknown>;
  readonly results: pulumi.Output<MeasurementOutput["results"] | undefined>;
  readonly backup: pulumi.Output<MeasurementOutput["backup"] | undefined>;
  readonly provenance: pulumi.Output<MeasurementOutput["provenance"] | undefined>;
  readonly run: pulumi.Output<string | undefined>;
  /** Of a control plane, absent without one: where its APIs are. */
  readonly endpoints?: pulumi.Output<unknown>;
  /** What a shell is told to be its administrator. Secret. */
  readonly openrc?: pulumi.Output<string>;
  /** The same as a `clouds.yaml`. Secret. */
  readonly clouds?: pulumi.Output<string>;
  /** Of what watches the deployment, absent without: where its pages are. */
  readonly metrics?: pulumi.Output<unknown>;
}

export interface ExperimentOptions {
  /** The scenario as a person wrote it, for whoever wants to repeat the run. */
  readonly written?: unknown;
  /** Whether it is measured once it stands. Default: yes. */
  readonly measured?: boolean;
}

/** Makes everything a plan describes, in the order the arrows of `dependsOn` give, and measures it. */
export function deployExperiment(
  plan: Plan,
  facts: TargetFacts,
  { written, measured = true }: ExperimentOptions = {},
): ExperimentOutputs {
  const target = makeTarget(plan.scenario.target, plan.stack, facts, plan.hosts);
  const wan = target.makeNetwork("wan", { prefix: plan.wan.text, bridgeAddress: plan.wanBridgeAddress }, {});
  const sites = new Map(
    plan.sites.map((site) => [
      site.name,
      new Site(
        site.name,
        {
          prefix: site.prefix.text,
          bridgeAddress: site.bridgeAddress,
          defaultGateway: site.defaultGateway,
          gatewayAddress: site.gatewayAddress,
          wanAddress: site.wanAddress,
          ...(plan.metrics === undefined ? {} : { figuresPort: gatewayFiguresPort }),
        },
        { target, wan },
      ),
    ]),
  );
  const wanAddress = new Map(plan.sites.map((site) => [site.name, site.wanAddress]));
  const end = (site: string) => ({
    gateway: mustSite(sites, site).gateway,
    wanAddress: wanAddress.get(site) ?? "",
  });
  const links = plan.links.map(
    ({ between, there, back, trusted }) =>
      new Link(
        linkResource(between),
        { between, there, back, seed: plan.scenario.seed, ...(trusted === undefined ? {} : { trusted }) },
        { target, ends: [end(between[0]), end(between[1])] },
      ),
  );
  const linksOf = new Map<string, Link[]>(plan.sites.map(({ name }) => [name, []]));
  plan.links.forEach(({ between }, index) => {
    for (const site of between) linksOf.get(site)?.push(...links.slice(index, index + 1));
  });
  const routes = [...routeTables(plan)].map(
    ([site, table]) =>
      new Routes(
        `${site}-routes`,
        { site, routes: table },
        { target, gateway: mustSite(sites, site).gateway },
        // A gateway takes no route over a neighbour that no link leads to.
        { dependsOn: linksOf.get(site) ?? [] },
      ),
  );
  const paths = [...links, ...routes];
  const bus = makeBus("bus", { plan: plan.bus }, { target, sites, paths });
  const controlPlane = plan.controlPlane
    ? new ControlPlane(
        "control-plane",
        { plan: plan.controlPlane, busEndpoints: plan.bus.serviceEndpoints ?? {}, stack: plan.stack },
        { target, sites, bus, paths },
      )
    : undefined;
  const agents = new Map(
    [...plan.agents].map(([site, { address, memoryBytes }]) => [
      site,
      new Service(
        `${site}-agents`,
        {
          site,
          service: "agents",
          image: plan.bus.agentImage ?? "agent",
          address,
          memoryBytes,
          hosts: endpointHosts(plan.bus.endpoints[site] ?? []),
          files: [...endpointFiles(plan.bus.endpoints[site] ?? []), ...(bus.agentFiles ?? [])],
        },
        { target, site: mustSite(sites, site) },
      ),
    ]),
  );
  const tools = plan.tools.map(
    ({ site, tool, address, memoryBytes }) =>
      new Service(
        `${site}-${tool}`,
        { site, service: tool, ...toolContainers[tool], address, memoryBytes },
        { target, site: mustSite(sites, site) },
      ),
  );
  const others = [...agents.values(), ...tools];
  const metrics = plan.metrics
    ? new Prometheus(
        "metrics",
        { plan: plan.metrics },
        {
          ...{ target, sites },
          services: [
            ...bus.brokers,
            ...(controlPlane?.brokers ?? []),
            ...(controlPlane?.services ?? []),
            ...others,
          ],
        },
      )
    : undefined;
  const output = measured
    ? new Measurement(
        "measurement",
        {
          input: measurementInput(plan, target, sites, { bus, others, controlPlane, metrics }, written),
          memoryBytes: Object.fromEntries(limitedContainers(plan)),
        },
        {
          dependsOn: [
            ...[...paths, bus, ...others, ...(controlPlane?.ready ?? [])],
            ...(metrics ? [metrics, ...metrics.ready] : []),
          ],
        },
      ).output
    : pulumi.output<Partial<MeasurementOutput>>({});
  return {
    sites: pulumi.output(
      Object.fromEntries(
        plan.sites.map((site) => [site.name, { prefix: site.prefix.text, gateway: site.gatewayAddress }]),
      ),
    ),
    bus: pulumi.output({
      kind: plan.bus.kind,
      topology: plan.bus.topology,
      brokers: plan.bus.brokers.map(({ name, site, address }) => ({ name, site, address })),
    }),
    links: output.apply(({ links }) => links),
    paths: output.apply(({ paths }) => paths ?? { pairs: 0, measured: [] }),
    results: output.apply(({ results }) => results),
    backup: output.apply(({ backup }) => backup),
    provenance: output.apply(({ provenance }) => provenance),
    run: output.apply(({ directory }) => directory),
    ...(controlPlane
      ? {
          endpoints: pulumi.output(controlPlane.endpoints),
          openrc: controlPlane.openrc,
          clouds: controlPlane.clouds,
        }
      : {}),
    ...(metrics && plan.metrics
      ? { metrics: pulumi.output({ kind: plan.metrics.kind, site: plan.metrics.site, url: metrics.url }) }
      : {}),
  };
}

/** What a tool's container is made of. A user of OpenStack has what its services have: its clients are among that. */
const toolContainers: {
  readonly [T in PlannedTool["tool"]]: Pick<ServiceArgs, "image" | "environment">;
} = {
  shaker: { image: "shaker" },
  rally: { image: "rally" },
  client: { image: "openstack", environment: { BUSWIDE_SERVICE: "client", BUSWIDE_AGENTS: "0" } },
};

/** What is known of the containers once they are made. */
interface Made {
  readonly services: MeasurementInput["services"];
  readonly transports: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/** What is deployed on the sites. */
interface Deployed {
  readonly bus: Bus;
  /** Agents and tools. */
  readonly others: readonly Service[];
  readonly controlPlane: ControlPlane | undefined;
  readonly metrics: Prometheus | undefined;
}

function measurementInput(
  plan: Plan,
  target: Target,
  sites: ReadonlyMap<string, Site>,
  { bus, others, controlPlane, metrics }: Deployed,
  written: unknown,
): pulumi.Output<MeasurementInput> {
  const brokers = [...bus.brokers, ...(controlPlane?.brokers ?? [])];
  const made: [string, MadeContainer][] = [
    ...plan.sites.map(({ name }): [string, MadeContainer] => [
      `${name}/gateway`,
      mustSite(sites, name).gateway.container,
    ]),
    ...[
      ...[...brokers, ...others, ...(controlPlane?.services ?? [])],
      ...(metrics ? [metrics.service] : []),
    ].map(({ site, service, container }): [string, MadeContainer] => [`${site}/${service}`, container]),
  ];
  const brokerServices = brokers.map(({ site, service }) => `${site}/${service}`);
  const services = pulumi.all(
    made.map(([name, { name: container, image, host }]) =>
      pulumi
        .all([container, image])
        .apply(([c, i]) => ({ name, container: c, image: i, ...(host === undefined ? {} : { host }) })),
    ),
  );
  const configuration = {
    ...bus.configuration,
    ...controlPlane?.configuration,
    ...metrics?.configuration,
  };
  const secrets = pulumi
    .all([bus.secrets ?? [], controlPlane?.secrets ?? []])
    .apply(([ofBus, ofServices]) => [...ofBus, ...ofServices]);
  const access = controlPlane?.access ?? pulumi.output(undefined);
  const hosts = target.hosts === undefined ? pulumi.output(undefined) : pulumi.output(target.hosts);
  return pulumi
    .all([services, bus.transports, secrets, access, hosts])
    .apply(([services, transports, secrets, cloud, hosts]) => ({
      ...(cloud === undefined ? {} : { controlPlane: cloud }),
      ...composeInput(plan, target, configuration, brokerServices, { services, transports, secrets }),
      ...(hosts === undefined ? {} : { hosts }),
      ...(written === undefined ? {} : { written }),
    }));
}

/** The containers of a site's tools. */
function toolsAt(
  site: string,
  { tools }: Pick<Plan, "tools">,
  container: (service: string) => string,
): Pick<MeasurementInput["sites"][number], "shaker" | "rally" | "client"> {
  const [shaker, rally, client] = (["shaker", "rally", "client"] as const).map((name) =>
    tools.find((one) => one.site === site && one.tool === name),
  );
  return {
    ...(shaker ? { shaker: { container: container(`${site}/shaker`), address: shaker.address } } : {}),
    ...(rally ? { rally: container(`${site}/rally`) } : {}),
    ...(client ? { client: container(`${site}/client`) } : {}),
  };
}

/** The services that agents of each site connect to, if these can be reached. */
function endpointServices(
  { endpoints, brokers }: Plan["bus"],
  brokerServices: readonly string[],
): Record<string, string[]> {
  const serviceAt = new Map(brokers.map(({ address }, index) => [address, brokerServices[index] ?? ""]));
  return Object.fromEntries(
    Object.entries(endpoints).map(([site, hosts]) => [
      site,
      hosts
        .flatMap(({ addresses }) => addresses.slice(0, 1))
        .flatMap((address) => serviceAt.get(address) ?? []),
    ]),
  );
}

function composeInput(
  plan: Plan,
  target: Pick<Target, "clockShared" | "emulator" | "hosts">,
  configuration: Readonly<Record<string, string>>,
  brokerServices: readonly string[],
  made: Made,
): MeasurementInput {
  const containers = new Map(made.services.map(({ name, container }) => [name, container]));
  const container = (service: string) => {
    const found = containers.get(service);
    if (found === undefined) throw new Error(`the plan speaks of a service ${service} that was not made`);
    return found;
  };
  return {
    stack: plan.stack,
    runsDirectory: `runs/${plan.stack}`,
    scenario: plan.scenario,
    scenarioSha256: plan.scenarioSha256,
    seed: plan.scenario.seed,
    clockShared: target.clockShared,
    emulator: target.emulator,
    sites: plan.sites.map(({ name, wanAddress }) => ({
      name,
      gateway: { container: container(`${name}/gateway`), wanAddress },
      ...(plan.agents.has(name) ? { agents: container(`${name}/agents`) } : {}),
      ...toolsAt(name, plan, container),
    })),
    links: plan.links.map(({ name, between, there, back }) => ({ name, between: [...between], there, back })),
    paths: planMeasuredPaths(plan),
    bus: {
      kind: plan.bus.kind,
      topology: plan.bus.topology,
      // Of the scenario's bus first: those of which agents are told come by their places in it.
      brokers: brokersOf(plan).map(({ name, site }, index) => ({
        name,
        site,
        container: container(brokerServices[index] ?? name),
      })),
      transports: made.transports,
      endpoints: endpointServices(plan.bus, brokerServices),
      settings: plan.bus.settings,
    },
    services: [...made.services],
    configuration,
    ...(made.secrets.length === 0 ? {} : { secrets: [...made.secrets] }),
    ...(plan.metrics === undefined
      ? {}
      : {
          metrics: {
            site: plan.metrics.site,
            container: container(`${plan.metrics.site}/${plan.metrics.service}`),
            intervalSeconds: plan.metrics.intervalSeconds,
          },
        }),
    workloads: [...plan.loads],
    backup: plan.scenario.backup,
  };
}
