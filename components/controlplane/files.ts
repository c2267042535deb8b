import { keystoneFiles } from "./keystone";
import { glanceFiles } from "./glance";
import { cellConductorFiles, computeFiles, novaFiles } from "./nova";
import { neutronFiles } from "./neutron";
import { callerOf, cellsInShort, withinCell } from "./cellPlan";
import { database, databaseOf, type ConfigurationFile } from "./common";
import { renderSettings } from "./oslo";
import { placementFiles } from "./placement";
import { endpointOf, serversOf } from "./plan";
import type { ControlPlanePlan, PlannedCell, PlannedComputes, PlannedProxy, PlannedService } from "./plan";
import { proxyFile, renderProxy } from "./proxy";
import { secretsWithin, type Secrets } from "./secrets";
import { apis, isApi, placedServices, type PlacedService } from "./services";

/** A file of a container, as text. */
export interface RenderedFile {
  readonly path: string;
  readonly content: string;
}

const files: {
  readonly [S in PlacedService]: (
    plan: ControlPlanePlan,
    server: PlannedService,
    secrets: Secrets,
  ) => ConfigurationFile[];
} = {
  keystone: keystoneFiles,
  placement: placementFiles,
  glance: glanceFiles,
  "nova-api": novaFiles,
  "nova-conductor": novaFiles,
  "nova-scheduler": novaFiles,
  neutron: neutronFiles,
};

/** The configuration of a service's server, the first one by default. */
export function serviceFiles(
  plan: ControlPlanePlan,
  service: PlacedService,
  secrets: Secrets,
  server: PlannedService = plan.services[service],
): RenderedFile[] {
  return [
    ...rendered(files[service](plan, server, secrets)),
    ...(service === "keystone"
      ? [
          { path: "/etc/buswide/admin-password", content: secrets.admin },
          ...Object.entries(secrets.tokenKeys).map(([name, content]) => ({
            path: `/etc/buswide/keys/${name}`,
            content,
          })),
        ]
      : []),
    ...(service === "nova-conductor" && plan.cells.length > 0
      ? [{ path: "/etc/buswide/cells.json", content: renderCells(plan, secrets) }]
      : []),
  ];
}

/** What Nova's core is told of its cells: where their databases and buses are, which it keeps in its own database. Secret. */
function renderCells(plan: ControlPlanePlan, secrets: Secrets): string {
  const caller = callerOf(plan.services);
  const cells = plan.cells.map((cell) => {
    const within = secretsWithin(secrets, cell.site);
    return {
      name: cell.site,
      database: database(withinCell(plan, cell), caller, "nova", "nova", within),
      transport: within.transports[caller],
    };
  });
  return `${JSON.stringify(cells, undefined, 2)}\n`;
}

/** The configuration of a site's computes; of those in a cell, with the plan and secrets as they are within it. */
export function computesFiles(
  plan: ControlPlanePlan,
  computes: PlannedComputes,
  secrets: Secrets,
): RenderedFile[] {
  return rendered(computeFiles(plan, computes, secrets));
}

/** The configuration of a cell's conductor, with the plan and secrets as they are within the cell. */
export function conductorFiles(
  plan: ControlPlanePlan,
  { conductor }: PlannedCell,
  secrets: Secrets,
): RenderedFile[] {
  return rendered(cellConductorFiles(plan, conductor, secrets));
}

/** The configuration of what is before the servers of APIs. Nothing in it is secret. */
export function proxyFiles(plan: ControlPlanePlan, proxy: PlannedProxy): RenderedFile[] {
  return [{ path: proxyFile, content: renderProxy(plan, proxy) }];
}

/** What a backup shows of the control plane's files: by container and file, with redacted secrets. */
export function shownFiles(plan: ControlPlanePlan, redacted: Secrets): Record<string, string> {
  const shown = (site: string, service: string, all: readonly RenderedFile[]) =>
    all
      .filter(({ path }) => !path.startsWith("/etc/buswide/"))
      .map(({ path, content }): [string, string] => [
        `${site}-${service}/${path.split("/").at(-1) ?? path}`,
        content,
      ]);
  return Object.fromEntries([
    ...placedServices.flatMap((of) =>
      serversOf(plan, of).flatMap((server) =>
        shown(server.site, server.service, serviceFiles(plan, of, redacted, server)),
      ),
    ),
    ...plan.proxies.flatMap((proxy) => shown(proxy.site, proxy.service, proxyFiles(plan, proxy))),
    ...plan.computes.flatMap((computes) => {
      const { site, service } = computes;
      const cell = plan.cells.find((one) => one.site === site);
      return shown(
        site,
        service,
        cell === undefined
          ? computesFiles(plan, computes, redacted)
          : computesFiles(withinCell(plan, cell), computes, secretsWithin(redacted, site)),
      );
    }),
    ...plan.cells.flatMap((cell) =>
      shown(
        cell.site,
        cell.conductor.service,
        conductorFiles(withinCell(plan, cell), cell, secretsWithin(redacted, cell.site)),
      ),
    ),
    ...plan.regions.flatMap((region) =>
      Object.entries(shownFiles(region.plan, secretsWithin(redacted, region.site))),
    ),
  ]);
}

/**
 * Environment of a service's container, as the image's start and health read it.
 * @param number Of a service with several servers, which of them it is, from 1.
 */
export function serviceEnvironment(
  plan: ControlPlanePlan,
  service: PlacedService,
  number = 1,
): Record<string, string> {
  const common = {
    BUSWIDE_SERVICE: service,
    // What a service keeps in the database is its first server's to bring to its version.
    ...(number === 1 ? {} : { BUSWIDE_REPLICA: String(number) }),
    // Processes of Nova's remember for their lives which cells there are.
    ...(service.startsWith("nova-") && plan.cells.length > 0 ? { BUSWIDE_CELLS: cellsInShort(plan) } : {}),
    ...tracing(plan),
  };
  if (!isApi(service)) return { ...common, BUSWIDE_AGENTS: "1" };
  const { port, health } = apis[service];
  return {
    ...common,
    BUSWIDE_PORT: String(port),
    BUSWIDE_HEALTH_PATH: health,
    BUSWIDE_PROCESSES: String(plan.apiProcesses),
    ...(service === "keystone"
      ? {
          BUSWIDE_URL: endpointOf(plan, "keystone"),
          BUSWIDE_REGION: plan.region,
          ...(databaseOf(plan, "keystone").kind === "cockroachdb" ? { BUSWIDE_DATABASE: "cockroachdb" } : {}),
        }
      : {}),
  };
}

/** Environment of a site's computes. */
export function computesEnvironment(
  plan: Pick<ControlPlanePlan, "profiler">,
  { hosts }: PlannedComputes,
): Record<string, string> {
  return {
    ...tracing(plan),
    BUSWIDE_SERVICE: "nova-compute",
    BUSWIDE_HOSTS: hosts.join(","),
    BUSWIDE_AGENTS: String(hosts.length),
  };
}

/** Environment of a cell's conductor. */
export function conductorEnvironment(
  plan: Pick<ControlPlanePlan, "profiler">,
  { site }: Pick<PlannedCell, "site">,
): Record<string, string> {
  return { ...tracing(plan), BUSWIDE_SERVICE: "nova-conductor", BUSWIDE_CELL: site, BUSWIDE_AGENTS: "1" };
}

/** What says to the image that a service is to be traced. */
function tracing({ profiler }: Pick<ControlPlanePlan, "profiler">): Record<string, string> {
  return profiler ? { BUSWIDE_TRACES: "files" } : {};
}

function rendered(all: readonly ConfigurationFile[]): RenderedFile[] {
  return all.map(({ path, settings }) => ({ path, content: renderSettings(settings) }));
}
