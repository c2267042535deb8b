import type { Settings } from "../bus/bus";
import { busSettings, credentials, database, logSettings, profilerSettings } from "./common";
import { stateFolder, tokenSettings } from "./common";
import type { ConfigurationFile } from "./common";
import { mergeSettings } from "./oslo";
import { hostOf, type ControlPlanePlan, type PlannedService } from "./plan";
import type { Secrets } from "./secrets";

const path = "/etc/nova/nova.conf";

/** How long the scheduler takes at most to see a new host, seconds. */
const discoverySeconds = 10;

/**
 * The first scheduler looks for new hosts, and no other service: two of them would map the same ones at once
 * (https://docs.openstack.org/nova/zed/configuration/config.html#scheduler.discover_hosts_in_cells_interval).
 */
function discoverySecondsOf(service: string): number {
  return service === "nova-scheduler" ? discoverySeconds : -1;
}

/** Nova's API, conductor and scheduler: all but the computes, which have no database. */
export function novaFiles(
  plan: ControlPlanePlan,
  { site, address, service }: PlannedService,
  secrets: Secrets,
): ConfigurationFile[] {
  return [
    {
      path,
      settings: mergeSettings(
        everywhere(plan, site, address, secrets),
        tokenSettings(plan, site, "nova", secrets),
        {
          DEFAULT: { host: hostOf({ site, service }), enabled_apis: "osapi_compute" },
          api_database: { connection: database(plan, site, "nova", "nova_api", secrets) },
          database: { connection: database(plan, site, "nova", "nova", secrets) },
          conductor: { workers: 1 },
          scheduler: { workers: 1, discover_hosts_in_cells_interval: discoverySecondsOf(service) },
          quota: Object.fromEntries(
            ["instances", "cores", "ram", "server_groups", "server_group_members", "key_pairs"].map(
              (what) => [what, -1],
            ),
          ),
        },
      ),
    },
  ];
}

/**
 * A cell's conductor, as its plan is seen within it (`withinCell`): it has its cell's database alone, and asks nobody outside the
 * cell for what only the core's has (https://docs.openstack.org/nova/zed/admin/cells.html#operations-requiring-upcalls).
 */
export function cellConductorFiles(
  plan: ControlPlanePlan,
  { site, address, service }: PlannedService,
  secrets: Secrets,
): ConfigurationFile[] {
  return [
    {
      path,
      settings: mergeSettings(everywhere(plan, site, address, secrets), {
        DEFAULT: { host: hostOf({ site, service }) },
        database: { connection: database(plan, site, "nova", "nova", secrets) },
        conductor: { workers: 1 },
      }),
    },
  ];
}

/**
 * Computes with Nova's fake driver, which answers as a hypervisor would and runs nothing. Nobody plugs in a server's ports, so
 * that nobody is waited for.
 */
export function computeFiles(
  plan: ControlPlanePlan,
  { site, address }: PlannedService,
  secrets: Secrets,
): ConfigurationFile[] {
  const inCell = plan.cells.some((cell) => cell.site === site);
  return [
    {
      path,
      settings: mergeSettings(everywhere(plan, site, address, secrets), {
        DEFAULT: {
          compute_driver: "fake.FakeDriver",
          vif_plugging_is_fatal: false,
          vif_plugging_timeout: 0,
          reserved_host_memory_mb: 0,
        },
        // Which hosts a group of servers is on is in the core's database, which nobody in a cell asks.
        ...(inCell ? { workarounds: { disable_group_policy_check_upcall: true } } : {}),
      }),
    },
  ];
}

/** What all of Nova is told. */
function everywhere(plan: ControlPlanePlan, site: string, address: string, secrets: Secrets): Settings {
  return mergeSettings(logSettings, busSettings(plan, site, secrets), profilerSettings(plan, secrets), {
    DEFAULT: { my_ip: address, state_path: stateFolder },
    placement: credentials(plan, "placement", secrets),
    neutron: credentials(plan, "neutron", secrets),
    glance: { region_name: plan.region },
    // Requests that are passed on carry who passes them on, so that they outlast the user's token.
    service_user: { send_service_user_token: true, ...credentials(plan, "nova", secrets) },
    vnc: { enabled: false },
    oslo_concurrency: { lock_path: stateFolder },
  });
}
