import { busSettings, credentials, database, logSettings, profilerSettings } from "./common";
import { stateFolder, tokenSettings } from "./common";
import type { ConfigurationFile } from "./common";
import { mergeSettings } from "./oslo";
import type { ControlPlanePlan, PlannedService } from "./plan";
import type { Secrets } from "./secrets";

/**
 * Neutron's server. No host has an agent of it: the mechanism driver of the image binds every port, and there is nobody to give
 * addresses by DHCP.
 */
export function neutronFiles(
  plan: ControlPlanePlan,
  { site }: PlannedService,
  secrets: Secrets,
): ConfigurationFile[] {
  return [
    {
      path: "/etc/neutron/neutron.conf",
      settings: mergeSettings(
        logSettings,
        busSettings(plan, site, secrets),
        tokenSettings(plan, site, "neutron", secrets),
        profilerSettings(plan, secrets),
        {
          DEFAULT: {
            core_plugin: "ml2",
            service_plugins: "router",
            auth_strategy: "keystone",
            api_paste_config: "/etc/neutron/api-paste.ini",
            state_path: stateFolder,
            dhcp_agent_notification: false,
            api_workers: plan.apiProcesses,
            rpc_workers: 1,
            rpc_state_report_workers: 0,
          },
          database: { connection: database(plan, site, "neutron", "neutron", secrets) },
          nova: credentials(plan, "nova", secrets),
          placement: credentials(plan, "placement", secrets),
          quotas: Object.fromEntries(
            [
              "network",
              "subnet",
              "port",
              "router",
              "floatingip",
              "security_group",
              "security_group_rule",
            ].map((what) => [`quota_${what}`, -1]),
          ),
          oslo_concurrency: { lock_path: stateFolder },
        },
      ),
    },
    {
      path: "/etc/neutron/plugins/ml2/ml2_conf.ini",
      settings: {
        ml2: {
          type_drivers: "vxlan",
          tenant_network_types: "vxlan",
          mechanism_drivers: "buswide",
          extension_drivers: "port_security",
        },
        ml2_type_vxlan: { vni_ranges: "1:100000" },
        securitygroup: { enable_security_group: true, firewall_driver: "noop" },
      },
    },
  ];
}
