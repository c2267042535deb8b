import type { Settings } from "../bus/bus";
import { databaseUrl, type AnyDatabasePlan } from "../database/planners";
import { tokenCacheOptions } from "./cache";
import { endpointOf, type ControlPlanePlan } from "./plan";
import type { Secrets } from "./secrets";

/** Where a service keeps what it keeps, and locks what its processes share. */
export const stateFolder = "/var/lib/openstack";

/** A configuration file of a service. */
export interface ConfigurationFile {
  readonly path: string;
  readonly settings: Settings;
}

/** What every service of oslo.log is told: its container's log is the only one. */
export const logSettings: Settings = { DEFAULT: { use_stderr: true, log_dir: "" } };

/** How a service proves to Keystone that it is one (keystoneauth's plugin `password`). */
export function credentials(
  plan: ControlPlanePlan,
  user: string,
  { users }: Secrets,
): Readonly<Record<string, string>> {
  return {
    auth_type: "password",
    auth_url: endpointOf(plan, "keystone"),
    username: user,
    password: passwordOf(users, user),
    project_name: "service",
    user_domain_id: "default",
    project_domain_id: "default",
    region_name: plan.region,
  };
}

/** How an API at a site checks the tokens of those who ask it (keystonemiddleware). What it was told is kept for a while. */
export function tokenSettings(
  plan: ControlPlanePlan,
  site: string,
  user: string,
  secrets: Secrets,
): Settings {
  return {
    keystone_authtoken: {
      www_authenticate_uri: endpointOf(plan, "keystone"),
      ...credentials(plan, user, secrets),
      ...tokenCacheOptions(plan, site, secrets),
      service_token_roles_required: true,
    },
  };
}

/** A database of a service at a site. */
export function database(
  plan: ControlPlanePlan,
  site: string,
  account: string,
  name: string,
  { accounts }: Secrets,
): string {
  return databaseUrl(databaseOf(plan, account), site, account, name, passwordOf(accounts, account));
}

/** The database that an account is in: that of its region's services, or Keystone's, where that is another. */
export function databaseOf(
  {
    database: own,
    keystoneDatabase,
    identityDatabase,
  }: Pick<ControlPlanePlan, "database" | "keystoneDatabase" | "identityDatabase">,
  account: string,
): AnyDatabasePlan {
  return account === "keystone" ? (identityDatabase ?? keystoneDatabase ?? own) : own;
}

/**
 * The bus of a site's services. The library's own thread for heartbeats does not go with green threads, which the services have
 * (oslo.messaging's `heartbeat_in_pthread`, 14.0.3).
 */
export function busSettings(plan: ControlPlanePlan, site: string, { transports }: Secrets): Settings {
  const url = transports[site];
  if (url === undefined) throw new Error(`no bus was planned for the services of ${site}`);
  const { oslo_messaging_rabbit: rabbit = {} } = plan.busSettings;
  return {
    DEFAULT: { transport_url: url },
    ...plan.busSettings,
    oslo_messaging_rabbit: { ...rabbit, heartbeat_in_pthread: false },
  };
}

/**
 * What a service is told that is to trace requests (OSProfiler). Statements in the database get their spans from the image, which
 * has commits among them, and so does the driver: files of the container, as every other is asked over the network.
 */
export function profilerSettings({ profiler }: ControlPlanePlan, { traceKey }: Secrets): Settings {
  if (!profiler) return {};
  return {
    profiler: {
      enabled: true,
      trace_sqlalchemy: false,
      hmac_keys: traceKey,
      connection_string: "files://",
    },
  };
}

function passwordOf(passwords: Readonly<Record<string, string>>, name: string): string {
  const password = passwords[name];
  if (password === undefined) throw new Error(`there is no password of ${name}`);
  return password;
}
