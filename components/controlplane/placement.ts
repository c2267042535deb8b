import { database, logSettings, profilerSettings, tokenSettings, type ConfigurationFile } from "./common";
import { mergeSettings } from "./oslo";
import type { ControlPlanePlan, PlannedService } from "./plan";
import type { Secrets } from "./secrets";

/** Placement's configuration. */
export function placementFiles(
  plan: ControlPlanePlan,
  { site }: PlannedService,
  secrets: Secrets,
): ConfigurationFile[] {
  return [
    {
      path: "/etc/placement/placement.conf",
      settings: mergeSettings(
        logSettings,
        tokenSettings(plan, site, "placement", secrets),
        profilerSettings(plan, secrets),
        {
          api: { auth_strategy: "keystone" },
          placement_database: { connection: database(plan, site, "placement", "placement", secrets) },
        },
      ),
    },
  ];
}
