import { keystoneFiles } from "./keystone";
import { glanceFiles } from "./glance";
import { computeFiles, novaFiles } from "./nova";
import { neutronFiles } from "./neutron";
import type { ConfigurationFile } from "./common";
import { renderSettings } from "./oslo";
import { placementFiles } from "./placement";
import { endpointOf, type ControlPlanePlan, type PlannedComputes } from "./plan";
import type { Secrets } from "./secrets";
import { apis, placedServices, type ApiService, type PlacedService } from "./services";

/** A file of a container, as text. */
export interface RenderedFile {
  readonly path: string;
  readonly content: string;
}

const files: {
  readonly [S in PlacedService]: (plan: ControlPlanePlan, secrets: Secrets) => ConfigurationFile[];
} = {
  keystone: keystoneFiles,
  placement: placementFiles,
  glance: glanceFiles,
  "nova-api": (plan, secrets) => novaFiles(plan, plan.services["nova-api"], secrets),
  "nova-conductor": (plan, secrets) => novaFiles(plan, plan.services["nova-conductor"], secrets),
  "nova-scheduler": (plan, secrets) => novaFiles(plan, plan.services["nova-scheduler"], secrets),
  neutron: neutronFiles,
};

/** The configuration of a service. */
export function serviceFiles(
  plan: ControlPlanePlan,
  service: PlacedService,
  secrets: Secrets,
): RenderedFile[] {
  return [
    ...rendered(files[service](plan, secrets)),
    ...(service === "keystone"
      ? [
          { path: "/etc/buswide/admin-password", content: secrets.admin },
          ...Object.entries(secrets.tokenKeys).map(([name, content]) => ({
            path: `/etc/buswide/keys/${name}`,
            content,
          })),
        ]
      : []),
  ];
}

/** The configuration of a site's computes. */
export function computesFiles(
  plan: ControlPlanePlan,
  computes: PlannedComputes,
  secrets: Secrets,
): RenderedFile[] {
  return rendered(computeFiles(plan, computes, secrets));
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
    ...placedServices.flatMap((service) =>
      shown(plan.services[service].site, service, serviceFiles(plan, service, redacted)),
    ),
    ...plan.computes.flatMap((computes) =>
      shown(computes.site, computes.service, computesFiles(plan, computes, redacted)),
    ),
  ]);
}

/** Environment of a service's container, as the image's start and health read it. */
export function serviceEnvironment(plan: ControlPlanePlan, service: PlacedService): Record<string, string> {
  const common = { BUSWIDE_SERVICE: service, ...tracing(plan) };
  if (!isApi(service)) return { ...common, BUSWIDE_AGENTS: "1" };
  const { port, health } = apis[service];
  return {
    ...common,
    BUSWIDE_PORT: String(port),
    BUSWIDE_HEALTH_PATH: health,
    BUSWIDE_PROCESSES: String(plan.apiProcesses),
    ...(service === "keystone"
      ? { BUSWIDE_URL: endpointOf(plan, "keystone"), BUSWIDE_REGION: plan.region }
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

/** What says to the image that a service is to be traced. */
function tracing({ profiler }: Pick<ControlPlanePlan, "profiler">): Record<string, string> {
  return profiler ? { BUSWIDE_TRACES: "files" } : {};
}

export function isApi(service: PlacedService): service is ApiService {
  return Object.hasOwn(apis, service);
}

function rendered(all: readonly ConfigurationFile[]): RenderedFile[] {
  return all.map(({ path, settings }) => ({ path, content: renderSettings(settings) }));
}
