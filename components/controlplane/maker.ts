import * as pulumi from "@pulumi/pulumi";
import type { Bus } from "../bus";
import type { Endpoint } from "../bus/bus";
import { endpointFiles, endpointHosts } from "../bus/nearest";
import type { Database } from "../database";
import type { Image, ServiceFile, Target } from "../target/target";
import { mustSite, type Site } from "../topology/site";
import { Service } from "../topology/service";
import { databaseOf } from "./common";
import {
  computesEnvironment,
  computesFiles,
  conductorEnvironment,
  conductorFiles,
  proxyFiles,
  serviceEnvironment,
  serviceFiles,
  type RenderedFile,
} from "./files";
import { serversOf } from "./plan";
import type { ControlPlanePlan, PlannedCell, PlannedComputes, PlannedService } from "./plan";
import type { Secrets } from "./secrets";
import { isApi, servicesOnBus, type PlacedService } from "./services";

/** Migrations of a database over slow links are thousands of statements, each a round trip. */
const healthySeconds = 900;
/** A proxy serves at once, whether or not somebody is behind it, and so does a cache. */
const proxySeconds = 60;

/** What services are made of and by. */
export interface Materials {
  readonly target: Target;
  readonly sites: ReadonlyMap<string, Site>;
  /** What must stand before services at different sites reach each other. */
  readonly paths: readonly pulumi.Resource[];
  readonly bus: Bus;
  /** Site to where its services reach the bus. */
  readonly busEndpoints: Readonly<Record<string, readonly Endpoint[]>>;
  readonly database: Database;
  /** Keystone's, which may be the same. */
  readonly identity: Database;
  readonly secrets: pulumi.Output<Secrets>;
  /** What stands for the secrets where they are not to be seen. */
  readonly redacted: Secrets;
}

/** The servers of a service. */
export interface Served {
  readonly first: Service;
  /** The first, and the others. */
  readonly servers: readonly Service[];
  /** What whoever asks the service waits for. */
  readonly ready: readonly pulumi.Resource[];
}

/** What a container is besides a place. */
interface Contents {
  readonly environment: Readonly<Record<string, string>>;
  readonly render: (secrets: Secrets) => readonly RenderedFile[];
  /** Whether it is on the bus. */
  readonly onBus: boolean;
  /** The database that it has something in, or that others have for it, and where that is. */
  readonly database: Database;
  readonly databaseEndpoint: Endpoint | undefined;
  /** Absent: that of all services. */
  readonly image?: Image;
  readonly after: readonly pulumi.Resource[];
}

/** Makes the containers of a control plane's services, children of a component. */
export class ServiceMaker {
  /** What is before APIs with several servers, by site. */
  readonly #proxies = new Map<string, Service>();
  /** By site. */
  readonly #caches = new Map<string, Service>();

  /** @param name The component's, which names of its children begin with. */
  constructor(
    private readonly name: string,
    private readonly parent: pulumi.ComponentResource,
    private readonly plan: ControlPlanePlan,
    private readonly materials: Materials,
  ) {}

  /** What is before APIs with several servers; to be made before these are. */
  proxies(): Service[] {
    for (const proxy of this.plan.proxies) this.#proxies.set(proxy.site, this.#proxy(proxy));
    return [...this.#proxies.values()];
  }

  /** What APIs at a site keep things in that they were told; to be made before these are. */
  caches(): Service[] {
    for (const cache of this.plan.caches) this.#caches.set(cache.site, this.#cache(cache));
    return [...this.#caches.values()];
  }

  /** The servers of a service that a scenario places: the first, which brings what it keeps to its version, and then the others. */
  servers(service: PlacedService, after: readonly pulumi.Resource[]): Served {
    const { plan, materials } = this;
    const of = service === "keystone" ? materials.identity : materials.database;
    const planOf = databaseOf(plan, service);
    const cache = isApi(service) ? this.#caches.get(plan.services[service].site) : undefined;
    const server = (planned: PlannedService, number: number, first: readonly Service[]) =>
      this.#container(planned, {
        environment: serviceEnvironment(plan, service, number),
        render: (secrets) => serviceFiles(plan, service, secrets, planned),
        onBus: servicesOnBus.includes(service),
        database: of,
        databaseEndpoint: planOf.endpoints[planned.site],
        ...(planOf.kind === "cockroachdb" ? { image: "openstack-cockroachdb" } : {}),
        after: [of, ...(of.ready ?? []), ...(cache ? [cache] : []), ...after, ...first],
      });
    const [planned, ...others] = serversOf(plan, service);
    if (planned === undefined) throw new Error(`no server of ${service} was planned`);
    const first = server(planned, 1, []);
    const servers = [first, ...others.map((other, index) => server(other, index + 2, [first]))];
    return { first, servers, ready: [...servers, ...this.#behindProxy(service, servers)] };
  }

  computes(fleet: PlannedComputes, after: readonly pulumi.Resource[]): Service {
    const { plan } = this;
    return this.#container(fleet, {
      environment: computesEnvironment(plan, fleet),
      render: (secrets) => computesFiles(plan, fleet, secrets),
      onBus: true,
      // They have none; their conductor has one for them.
      database: this.materials.database,
      databaseEndpoint: undefined,
      after,
    });
  }

  /** The conductor of the cell that the plan and the materials are of. */
  conductor(cell: PlannedCell): Service {
    const { plan } = this;
    return this.#container(cell.conductor, {
      environment: conductorEnvironment(plan, cell),
      render: (secrets) => conductorFiles(plan, cell, secrets),
      onBus: true,
      database: this.materials.database,
      databaseEndpoint: plan.database.endpoints[cell.site],
      after: [this.materials.database],
    });
  }

  /** Done once the proxy that is before a service's servers passes requests on to all of them; nothing where there is none. */
  #behindProxy(service: PlacedService, servers: readonly Service[]): pulumi.Resource[] {
    if (!isApi(service)) return [];
    const planned = this.plan.proxies.find(({ apis }) => apis.includes(service));
    if (!planned) return [];
    const proxy = this.#proxies.get(planned.site);
    if (!proxy) throw new Error(`${service} has a proxy that was not made`);
    const which = pulumi.all(servers.map(({ container }) => container.id));
    return [
      this.materials.target.runIn(
        `${this.name}-${proxy.site}-${service}-served`,
        proxy.container,
        { command: "proxy-wait", stdin: which.apply((ids) => `${service} ${ids.join(",")}\n`) },
        { parent: this.parent, dependsOn: [proxy, ...servers] },
      ),
    ];
  }

  #proxy(proxy: ControlPlanePlan["proxies"][number]): Service {
    const { target, sites } = this.materials;
    const { site, service, address, memoryBytes } = proxy;
    return new Service(
      `${this.name}-${site}-${service}`,
      {
        ...{ site, service, image: "haproxy", address, memoryBytes },
        files: proxyFiles(this.plan, proxy),
        waitHealthySeconds: proxySeconds,
      },
      { target, site: mustSite(sites, site) },
      { parent: this.parent },
    );
  }

  #cache({ site, service, address, memoryBytes }: PlannedService): Service {
    const { target, sites, identity } = this.materials;
    return new Service(
      `${this.name}-${site}-${service}`,
      {
        ...{ site, service, image: "memcached", address, memoryBytes },
        // What was said of the users of another database is true no more.
        environment: { BUSWIDE_DATABASE_CONTAINERS: identity.identity },
        waitHealthySeconds: proxySeconds,
      },
      { target, site: mustSite(sites, site) },
      { parent: this.parent },
    );
  }

  #container({ site, service, address, memoryBytes }: PlannedService, contents: Contents): Service {
    const { target, sites, bus, busEndpoints, paths } = this.materials;
    const { environment, render, onBus, database, databaseEndpoint, image = "openstack", after } = contents;
    const endpoints = [
      ...(onBus ? (busEndpoints[site] ?? []) : []),
      ...(databaseEndpoint === undefined ? [] : [databaseEndpoint]),
    ];
    return new Service(
      `${this.name}-${site}-${service}`,
      {
        ...{ site, service, image, address, memoryBytes },
        environment: {
          ...environment,
          // A new database is empty: who had told it something comes anew.
          BUSWIDE_DATABASE_CONTAINERS: database.identity,
        },
        hosts: endpointHosts(endpoints),
        files: [
          ...this.#files(render),
          ...endpointFiles(endpoints),
          ...(onBus ? (bus.agentFiles ?? []) : []),
          ...(database.clientFiles ?? []),
        ],
        waitHealthySeconds: healthySeconds,
      },
      { target, site: mustSite(sites, site) },
      { parent: this.parent, dependsOn: [...paths, ...(onBus ? [bus] : []), ...after] },
    );
  }

  /** Files, whose paths do not depend on secrets, while what is in them does. */
  #files(render: Contents["render"]): ServiceFile[] {
    const { redacted, secrets } = this.materials;
    return render(redacted).map(({ path }, index) => ({
      path,
      content: secrets.apply((known) => render(known)[index]?.content ?? ""),
    }));
  }
}
