import { database, logSettings, profilerSettings, stateFolder, tokenSettings } from "./common";
import type { ConfigurationFile } from "./common";
import { mergeSettings } from "./oslo";
import { urlOf, type ControlPlanePlan, type PlannedService } from "./plan";
import type { Secrets } from "./secrets";

/** Glance's configuration: images are files in its container. */
export function glanceFiles(
  plan: ControlPlanePlan,
  { site, address }: PlannedService,
  secrets: Secrets,
): ConfigurationFile[] {
  return [
    {
      path: "/etc/glance/glance-api.conf",
      settings: mergeSettings(
        logSettings,
        tokenSettings(plan, site, "glance", secrets),
        profilerSettings(plan, secrets),
        {
          DEFAULT: {
            enabled_backends: "files:file",
            worker_self_reference_url: urlOf("glance", { address }),
          },
          database: { connection: database(plan, site, "glance", "glance", secrets) },
          glance_store: { default_backend: "files" },
          files: { filesystem_store_datadir: `${stateFolder}/images` },
          os_glance_tasks_store: { filesystem_store_datadir: `${stateFolder}/tasks` },
          os_glance_staging_store: { filesystem_store_datadir: `${stateFolder}/staging` },
          paste_deploy: { flavor: "keystone", config_file: "/etc/glance/glance-api-paste.ini" },
          oslo_concurrency: { lock_path: stateFolder },
        },
      ),
    },
  ];
}
