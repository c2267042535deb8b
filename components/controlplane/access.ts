import { stringify } from "yaml";
import { endpointOf, serviceUsers, type ControlPlanePlan } from "./plan";
import type { Secrets } from "./secrets";
import { apis, type ApiService } from "./services";

/** The URLs of the APIs by service, reached from the machine that has the sites. */
export function endpointsOf(plan: Pick<ControlPlanePlan, "services">): Record<string, string> {
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

/** A `clouds.yaml` with the stack as the cloud `buswide-<stack>` (openstacksdk's configuration). Secret. */
export function renderClouds(plan: ControlPlanePlan, stack: string, admin: string): string {
  return stringify({
    clouds: {
      [`buswide-${stack}`]: {
        auth: {
          auth_url: endpointOf(plan, "keystone"),
          username: "admin",
          password: admin,
          project_name: "admin",
          user_domain_id: "default",
          project_domain_id: "default",
        },
        region_name: plan.region,
        identity_api_version: 3,
      },
    },
  });
}

/** What the image's `openstack-catalog` is told. Secret. */
export function catalogInput(plan: ControlPlanePlan, secrets: Pick<Secrets, "admin" | "users">): string {
  const services = (Object.keys(apis) as ApiService[]).filter((service) =>
    serviceUsers.includes(apis[service].user),
  );
  return JSON.stringify({
    ...access(plan, secrets.admin),
    services: services.map((service) => ({
      name: apis[service].user,
      type: apis[service].type,
      password: secrets.users[apis[service].user],
      endpoint: endpointOf(plan, service),
    })),
  });
}

/** What the image's `openstack-fill` is told. Secret. */
export function fillInput(plan: ControlPlanePlan, admin: string, timeoutSeconds: number): string {
  const hosts = Object.fromEntries(plan.computes.map((fleet) => [fleet.site, fleet.hosts]));
  return JSON.stringify({ ...access(plan, admin), hosts, timeoutSeconds });
}

/** The same of a program that measures, with what it signs traced requests with where there are such. Secret. */
export function clientAccess(
  plan: ControlPlanePlan,
  { admin, traceKey }: Pick<Secrets, "admin" | "traceKey">,
): ReturnType<typeof access> & { readonly traceKey?: string } {
  return { ...access(plan, admin), ...(plan.profiler ? { traceKey } : {}) };
}

/** How a program is the administrator. Secret. */
export function access(
  plan: ControlPlanePlan,
  password: string,
): { readonly url: string; readonly region: string; readonly password: string } {
  return { url: endpointOf(plan, "keystone"), region: plan.region, password };
}
