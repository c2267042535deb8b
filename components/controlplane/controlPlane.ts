import * as pulumi from "@pulumi/pulumi";
import { endpointFiles, endpointHosts } from "../bus/nearest";
import type { Bus } from "../bus";
import type { Endpoint } from "../bus/bus";
import { makeDatabase, type Database } from "../database";
import { RandomSecret } from "../randomSecret";
import { mustSite } from "../topology/site";
import { Service } from "../topology/service";
import type { Site } from "../topology/site";
import type { ServiceFile, Target } from "../target/target";
import { catalogInput, clientAccess, endpointsOf, fillInput, renderClouds, renderOpenrc } from "./access";
import { computesEnvironment, computesFiles, serviceEnvironment, serviceFiles, shownFiles } from "./files";
import type { RenderedFile } from "./files";
import { serviceUsers, type ControlPlanePlan, type PlannedComputes, type PlannedService } from "./plan";
import { deriveSecrets, redactedSecrets, secretTexts, type Secrets } from "./secrets";
import { servicesOnBus, type PlacedService } from "./services";

/** Migrations of a database over slow links are thousands of statements, each a round trip. */
const healthySeconds = 900;
/** How long hosts may take from their start until servers can be put on them. */
const hostsSeconds = 300;

export interface ControlPlaneArgs {
  /** The control plane as planned. */
  plan: ControlPlanePlan;
  /** Site to where its services reach the bus. */
  busEndpoints: Readonly<Record<string, readonly Endpoint[]>>;
  /** What the stack is called. */
  stack: string;
}

/** What a control plane needs to make its parts, beside its args. */
export interface ControlPlaneDependencies {
  readonly target: Target;
  readonly sites: ReadonlyMap<string, Site>;
  readonly bus: Bus;
  /** What must stand before services at different sites reach each other. */
  readonly paths: readonly pulumi.Resource[];
}

/**
 * OpenStack's services. Each starts when what it needs to start answers: services with a database bring it to their version
 * themselves, and what is told over an API is told by commands, so that whatever was cut short is done by the next `up`.
 */
export class ControlPlane extends pulumi.ComponentResource {
  /** Every container, healthy once its output resolves. */
  readonly services: readonly Service[];
  /** Done once servers can be put on every host. */
  readonly ready: pulumi.Resource;
  /** URLs of the APIs. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Secret. */
  readonly openrc: pulumi.Output<string>;
  /** Secret. */
  readonly clouds: pulumi.Output<string>;
  /** What a program is told to be the administrator. Secret. */
  readonly access: pulumi.Output<{
    readonly url: string;
    readonly region: string;
    readonly password: string;
    /** What traced requests are signed with; absent: none can be traced. */
    readonly traceKey?: string;
  }>;
  /** All that is secret, to be redacted where it might be written. Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;
  /** Rendered configuration files by path, secrets redacted. */
  readonly configuration: Readonly<Record<string, string>>;

  readonly #name: string;
  readonly #args: ControlPlaneArgs;
  readonly #dependencies: ControlPlaneDependencies;
  readonly #secrets: pulumi.Output<Secrets>;
  /** What stands for the secrets where they are not to be seen. */
  readonly #redacted: Secrets;
  readonly #database: Database;

  constructor(
    name: string,
    args: ControlPlaneArgs,
    dependencies: ControlPlaneDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:controlplane:ControlPlane", name, { plan: args.plan }, opts);
    this.#name = name;
    this.#args = args;
    this.#dependencies = dependencies;
    const { plan, stack } = args;
    const accounts = plan.database.accounts.map((account) => account.name);
    const secret = new RandomSecret(`${name}-secret`, { bytes: 32 }, { parent: this }).value;
    const { serviceTransports } = dependencies.bus;
    if (serviceTransports === undefined) throw new Error("the services have no account on the bus");
    this.#redacted = redactedSecrets(serviceUsers, accounts, Object.keys(args.busEndpoints));
    const own = secret.apply((text) => deriveSecrets(text, serviceUsers, accounts));
    this.#secrets = pulumi
      .all([secret, serviceTransports])
      .apply(([text, transports]) => ({ ...deriveSecrets(text, serviceUsers, accounts), transports }));
    this.#database = makeDatabase(
      `${name}-database`,
      { plan: plan.database },
      { ...dependencies, passwords: own.apply((made) => made.accounts) },
      { parent: this },
    );

    const keystone = this.#service("keystone", []);
    const catalog = dependencies.target.runIn(
      `${name}-catalog`,
      keystone.container,
      { command: "openstack-catalog", stdin: own.apply((made) => catalogInput(plan, made)) },
      { parent: this, dependsOn: [keystone] },
    );
    const placement = this.#service("placement", []);
    const glance = this.#service("glance", []);
    const neutron = this.#service("neutron", []);
    // It brings Nova's databases to their version, which the others want to find them in.
    const conductor = this.#service("nova-conductor", []);
    const api = this.#service("nova-api", [conductor]);
    // It does not start where it can't ask Placement.
    const scheduler = this.#service("nova-scheduler", [conductor, catalog, placement]);
    const computes = plan.computes.map((fleet) => this.#computes(fleet, [catalog, placement, conductor]));
    this.services = [
      ...this.#database.servers,
      ...[keystone, placement, glance, neutron, conductor, api, scheduler],
      ...computes,
    ];
    this.ready = dependencies.target.runIn(
      `${name}-filled`,
      api.container,
      {
        command: "openstack-fill",
        stdin: own.apply((made) => fillInput(plan, made.admin, hostsSeconds)),
      },
      { parent: this, dependsOn: [catalog, glance, neutron, scheduler, api, ...computes] },
    );
    this.endpoints = endpointsOf(plan);
    this.openrc = pulumi.secret(own.apply((made) => renderOpenrc(plan, made.admin)));
    this.clouds = pulumi.secret(own.apply((made) => renderClouds(plan, stack, made.admin)));
    this.access = pulumi.secret(own.apply((made) => clientAccess(plan, made)));
    this.secrets = pulumi.secret(this.#secrets.apply(secretTexts));
    this.configuration = { ...this.#database.configuration, ...shownFiles(plan, this.#redacted) };
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, endpoints: this.endpoints });
  }

  /** A service that a scenario places. */
  #service(service: PlacedService, after: readonly pulumi.Resource[]): Service {
    const { plan } = this.#args;
    const planned = plan.services[service];
    return this.#container(
      planned,
      serviceEnvironment(plan, service),
      (secrets) => serviceFiles(plan, service, secrets),
      servicesOnBus.includes(service) ? planned.site : undefined,
      [...this.#database.servers, ...after],
    );
  }

  #computes(fleet: PlannedComputes, after: readonly pulumi.Resource[]): Service {
    const { plan } = this.#args;
    const files = (secrets: Secrets) => computesFiles(plan, fleet, secrets);
    return this.#container(fleet, computesEnvironment(plan, fleet), files, fleet.site, after);
  }

  /** @param busSite The site whose way to the bus it uses; undefined: it does not use the bus. */
  #container(
    { site, service, address, memoryBytes }: PlannedService,
    environment: Readonly<Record<string, string>>,
    render: (secrets: Secrets) => readonly RenderedFile[],
    busSite: string | undefined,
    after: readonly pulumi.Resource[],
  ): Service {
    const { target, sites, bus, paths } = this.#dependencies;
    const endpoints = busSite === undefined ? [] : (this.#args.busEndpoints[busSite] ?? []);
    const databases = this.#database.servers.map(({ container }) => container.id);
    return new Service(
      `${this.#name}-${site}-${service}`,
      {
        site,
        service,
        image: "openstack",
        address,
        memoryBytes,
        environment: {
          ...environment,
          // A new database is empty: who had told it something comes anew.
          BUSWIDE_DATABASE_CONTAINERS: pulumi.all(databases).apply((ids) => ids.join(",")),
        },
        hosts: endpointHosts(endpoints),
        files: [
          ...this.#files(render),
          ...endpointFiles(endpoints),
          ...(busSite === undefined ? [] : (bus.agentFiles ?? [])),
        ],
        waitHealthySeconds: healthySeconds,
      },
      { target, site: mustSite(sites, site) },
      { parent: this, dependsOn: [...paths, ...(busSite === undefined ? [] : [bus]), ...after] },
    );
  }

  /** Files, whose paths do not depend on secrets, while what is in them does. */
  #files(render: (secrets: Secrets) => readonly RenderedFile[]): ServiceFile[] {
    return render(this.#redacted).map(({ path }, index) => ({
      path,
      content: this.#secrets.apply((secrets) => render(secrets)[index]?.content ?? ""),
    }));
  }
}
