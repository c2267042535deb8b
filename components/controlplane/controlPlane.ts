import * as pulumi from "@pulumi/pulumi";
import type { Bus } from "../bus";
import type { Endpoint } from "../bus/bus";
import { makeDatabase } from "../database";
import { RandomSecret } from "../randomSecret";
import type { Service } from "../topology/service";
import type { Site } from "../topology/site";
import type { Target } from "../target/target";
import { catalogInput, clientAccess, endpointsOf, fillInput, renderClouds, renderOpenrc } from "./access";
import type { ClientAccess, Endpoints } from "./access";
import { shownFiles } from "./files";
import { makeCell } from "./cell";
import { ServiceMaker } from "./maker";
import { mustPart, Part, redactedOfParts, secretsOfPart, secretsOfParts } from "./parts";
import { serviceUsers, type ControlPlanePlan } from "./plan";
import { makeRegion } from "./region";
import { deriveSecrets, redactedSecrets, secretsWithin, secretTexts } from "./secrets";

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
  /** Every container but those of brokers, healthy once its output resolves. */
  readonly services: readonly Service[];
  /** Brokers that are not the scenario's bus's, in the order of the plan. */
  readonly brokers: readonly Service[];
  /** Done once servers can be put on every host. */
  readonly ready: readonly pulumi.Resource[];
  /** URLs of the APIs, those of further regions by the regions' names. */
  readonly endpoints: Endpoints;
  /** Secret. */
  readonly openrc: pulumi.Output<string>;
  /** Secret. */
  readonly clouds: pulumi.Output<string>;
  /** What a program is told to be the administrator. Secret. */
  readonly access: pulumi.Output<ClientAccess>;
  /** All that is secret, to be redacted where it might be written. Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;
  /** Rendered configuration files by path, secrets redacted. */
  readonly configuration: Readonly<Record<string, string>>;

  constructor(
    name: string,
    args: ControlPlaneArgs,
    dependencies: ControlPlaneDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:controlplane:ControlPlane", name, { plan: args.plan }, opts);
    const { plan, stack, busEndpoints } = args;
    const accounts = [plan.database, ...(plan.keystoneDatabase ? [plan.keystoneDatabase] : [])].flatMap(
      (one) => one.accounts.map((account) => account.name),
    );
    const secret = new RandomSecret(`${name}-secret`, { bytes: 32 }, { parent: this }).value;
    const { serviceTransports } = dependencies.bus;
    if (serviceTransports === undefined) throw new Error("the services have no account on the bus");
    const own = secret.apply((text) => deriveSecrets(text, serviceUsers, accounts));
    const parts = [...plan.cells, ...plan.regions].map(
      (part) => new Part(name, part, dependencies, secret, this),
    );
    const ofCells = parts.filter(({ site }) => plan.cells.some((cell) => cell.site === site));
    const secrets = pulumi
      .all([own, serviceTransports, secretsOfParts(ofCells)])
      .apply(([made, transports, known]) => ({ ...made, transports, parts: known }));
    const sites = Object.keys(busEndpoints);
    const redacted = redactedSecrets(serviceUsers, accounts, sites, redactedOfParts(parts));
    const database = makeDatabase(
      `${name}-database`,
      { plan: plan.database },
      { ...dependencies, passwords: own.apply((made) => made.accounts) },
      { parent: this },
    );
    const keystoneDatabase =
      plan.keystoneDatabase &&
      makeDatabase(
        `${name}-keystone-database`,
        { plan: plan.keystoneDatabase },
        { ...dependencies, passwords: own.apply((made) => made.accounts) },
        { parent: this },
      );
    const identity = keystoneDatabase ?? database;
    const common = { ...dependencies, ...{ busEndpoints, database, identity, secrets, redacted } };
    const within = (part: Part) => ({
      ...common,
      secrets: secretsOfPart(own, part),
      redacted: secretsWithin(redacted, part.site),
    });
    const cells = plan.cells.map((cell) => {
      const part = mustPart(parts, cell);
      return makeCell(name, this, plan, cell, part, within(part));
    });
    const told = (region: ControlPlanePlan) => ({
      plan: region,
      catalog: own.apply((made) => catalogInput(plan, made, region)),
      fill: own.apply((made) => fillInput(region, made.admin, hostsSeconds)),
    });
    const first = makeRegion(
      name,
      this,
      new ServiceMaker(name, this, plan, common),
      { ...told(plan), cells },
      common,
    );
    const others = plan.regions.map((region) => {
      const part = mustPart(parts, region);
      const { site, bus, busEndpoints: endpoints } = part;
      const maker = new ServiceMaker(name, this, region.plan, {
        ...within(part),
        ...{ bus, busEndpoints: endpoints, database: part.database },
      });
      // The first Keystone brings what all share to its version, and its catalog has the users of services. Another that was asked for
      // one before it has its roles would remember for a while that it has none.
      const after = [...first.keystone.ready, first.catalog];
      return makeRegion(`${name}-${site}`, this, maker, { ...told(region.plan), cells: [], after }, common);
    });
    this.services = [
      ...database.servers,
      ...(keystoneDatabase?.servers ?? []),
      ...parts.flatMap((part) => part.database.servers),
      ...cells.map((cell) => cell.conductor),
      ...[first, ...others].flatMap(({ services }) => services),
    ];
    this.brokers = parts.flatMap((part) => part.bus.brokers);
    this.ready = [first, ...others].map(({ ready }) => ready);
    this.endpoints = endpointsOf(plan);
    this.openrc = pulumi.secret(own.apply((made) => renderOpenrc(plan, made.admin)));
    this.clouds = pulumi.secret(own.apply((made) => renderClouds(plan, stack, made.admin)));
    this.access = pulumi.secret(own.apply((made) => clientAccess(plan, made)));
    this.secrets = pulumi.secret(
      pulumi
        .all([
          secrets,
          secretsOfParts(parts),
          pulumi.all(parts.map(({ bus }) => pulumi.output(bus.secrets ?? []))),
        ])
        .apply(([known, ofParts, ofBuses]) => [
          ...secretTexts({ ...known, parts: ofParts }),
          ...ofBuses.flat(),
        ]),
    );
    this.configuration = Object.assign(
      {},
      database.configuration,
      keystoneDatabase?.configuration,
      ...parts.flatMap((part) => [part.bus.configuration, part.database.configuration]),
      shownFiles(plan, redacted),
    ) as Record<string, string>;
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, endpoints: this.endpoints });
  }
}
