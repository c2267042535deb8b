import { cacheSettings } from "./cache";
import { database, logSettings, profilerSettings, stateFolder, type ConfigurationFile } from "./common";
import { mergeSettings } from "./oslo";
import type { ControlPlanePlan, PlannedService } from "./plan";
import type { Secrets } from "./secrets";

/** Where the image's start puts the keys. */
const keys = `${stateFolder}/keys`;

/** Keystone's configuration: tokens are Fernet's, made with keys that any Keystone of the stack would have. */
export function keystoneFiles(
  plan: ControlPlanePlan,
  { site }: PlannedService,
  secrets: Secrets,
): ConfigurationFile[] {
  return [
    {
      path: "/etc/keystone/keystone.conf",
      settings: mergeSettings(logSettings, profilerSettings(plan, secrets), cacheSettings(plan, site), {
        database: { connection: database(plan, site, "keystone", "keystone", secrets) },
        token: { provider: "fernet" },
        fernet_tokens: { key_repository: keys },
        fernet_receipts: { key_repository: keys },
      }),
    },
  ];
}
