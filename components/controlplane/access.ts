import { stringify } from "yaml";
import { endpointOf, hostsOf, serviceUsers, type ControlPlanePlan } from "./plan";
import { plansOf } from "./regionPlan";
import type { Secrets } from "./secrets";
import { apis, type ApiService } from "./services";

/** URLs of the APIs by service; those of further regions by the regions' names. */
export type Endpoints = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** The URLs of the APIs, reached from the machine that has the sites. */
export function endpointsOf(plan: ControlPlanePlan): Endpoints {
  return {
    ...apisOf(plan),
    ...Object.fromEntries(plan.regions.map((region) => [region.site, apisOf(region.plan)])),
  };
}

function apisOf(plan: Pick<ControlPlanePlan, "services" | "proxies">): Record<string, string> {
  return Object.fromEntries(
    (Object.keys(apis) as ApiService[]).map((service) => [service, endpointOf(plan, service)]),
  );
}

/** `openrc`: what a shell is told to be the administrator. Secret. */
export function renderOpenrc(plan: ControlPlanePlan, admin: string): string {
  const variables = {
    OS_AUTH_URL: endpointOf(plan, "keystone"),
    OS_USERNAME: "admin",
    OS_PASSWORD: admin,
    OS_PROJECT_NAME: "admin",
    OS_USER_DOMAIN_ID: "default",
    OS_PROJECT_DOMAIN_ID: "default",
    OS_REGION_NAME: plan.region,
    OS_IDENTITY_API_VERSION: "3",
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join("");
}

/**
 * A `clouds.yaml` with the stack as the cloud `buswide-<stack>` (openstacksdk's configuration), and each further region as
 * `buswide-<stack>-<region>`. Secret.
 */
export function renderClouds(plan: ControlPlanePlan, stack: string, admin: string): string {
  const cloudOf = (region: ControlPlanePlan) => ({
    auth: {
      auth_url: endpointOf(region, "keystone"),
      username: "admin",
      password: admin,
      project_name: "admin",
      user_domain_id: "default",
      project_domain_id: "default",
    },
    region_name: region.region,
    identity_api_version: 3,
  });
  return stringify({
    clouds: {
      [`buswide-${stack}`]: cloudOf(plan),
      ...Object.fromEntries(
        plan.regions.map((region) => [`buswide-${stack}-${region.site}`, cloudOf(region.plan)]),
      ),
    },
  });
}

/**
 * What the image's `openstack-catalog` is told: where a region's services are, by default those of the control plane's own. With those of the control plane's own region go
 * the users, which all regions share, and the regions that there are. Secret.
 */
export function catalogInput(
  plan: ControlPlanePlan,
  secrets: Pick<Secrets, "admin" | "users">,
  region: ControlPlanePlan = plan,
): string {
  const isFirst = region.region === plan.region;
  const services = (Object.keys(apis) as ApiService[]).filter((service) =>
    serviceUsers.includes(apis[service].user),
  );
  return JSON.stringify({
    ...access(region, secrets.admin),
    ...(isFirst ? { regions: plansOf(plan).map((one) => one.region) } : {}),
    services: services.map((service) => ({
      name: apis[service].user,
      type: apis[service].type,
      ...(isFirst ? { password: secrets.users[apis[service].user] } : {}),
      endpoint: endpointOf(region, service),
    })),
  });
}

/** What the image's `openstack-fill` is told. Secret. */
export function fillInput(plan: ControlPlanePlan, admin: string, timeoutSeconds: number): string {
  const hosts = Object.fromEntries(plan.computes.map((fleet) => [fleet.site, fleet.hosts]));
  return JSON.stringify({ ...access(plan, admin), hosts, timeoutSeconds });
}

/** How a program that measures is the administrator, and what it may ask. Secret. */
export interface ClientAccess {
  readonly url: string;
  readonly region: string;
  readonly password: string;
  /** Every host of the region that servers can be put on. */
  readonly hosts: readonly string[];
  /** Further regions by name; absent: there are none. */
  readonly regions?: Readonly<Record<string, { readonly url: string; readonly hosts: readonly string[] }>>;
  /** What traced requests are signed with; absent: none can be traced. */
  readonly traceKey?: string;
}

/** What a program that measures is told. Secret. */
export function clientAccess(
  plan: ControlPlanePlan,
  { admin, traceKey }: Pick<Secrets, "admin" | "traceKey">,
): ClientAccess {
  const regions = plan.regions.map((region) => [
    region.site,
    { url: endpointOf(region.plan, "keystone"), hosts: hostsOf(region.plan) },
  ]);
  return {
    ...access(plan, admin),
    hosts: hostsOf(plan),
    ...(regions.length === 0
      ? {}
      : { regions: Object.fromEntries(regions) as ClientAccess["regions"] & object }),
    ...(plan.profiler ? { traceKey } : {}),
  };
}

/** How a program is the administrator. Secret. */
export function access(
  plan: ControlPlanePlan,
  password: string,
): { readonly url: string; readonly region: string; readonly password: string } {
  return { url: endpointOf(plan, "keystone"), region: plan.region, password };
}
