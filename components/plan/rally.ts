import { openStackScenarios, type RallyDefinition } from "../../stacks/scenario/tools/rally";
import type { PlannedRally } from "../../workloads/rally/input";
import type { TracedServices } from "../../workloads/trace/input";
import { forServers } from "../../workloads/rally/task";

const oneUser = { users: { tenants: 1, users_per_tenant: 1 } };
/** What a control plane has for servers. */
const whatToBoot = { flavor: { name: forServers }, image: { name: forServers } };
const noFailure = { failure_rate: { max: 0 } };

/**
 * A Rally workload with what the scenario leaves out, and with what its requests go through where they are traced.
 * @param region The one that is asked; undefined: the control plane's own.
 */
export function planRally(
  rally: RallyDefinition,
  region: string | undefined,
  traced?: TracedServices,
): PlannedRally {
  const { name, site, scenario, file, times, concurrency, timeout } = rally;
  const asked = openStackScenarios(rally);
  const needsControlPlane = asked.length > 0;
  return {
    name,
    kind: "rally",
    site,
    ...(region === undefined ? {} : { region }),
    task:
      typeof file === "object"
        ? { ...file, arguments: rally.arguments }
        : {
            scenario: scenario ?? "",
            arguments: {
              ...(scenario?.startsWith("NovaServers.boot_") ? whatToBoot : {}),
              ...rally.arguments,
            },
            contexts: rally.contexts ?? (needsControlPlane ? oneUser : {}),
            sla: rally.sla ?? noFailure,
          },
    times,
    concurrency,
    timeoutSeconds: timeout,
    needsControlPlane,
    ...(traced === undefined ? {} : { traced }),
    bootsServers: asked.some((name) => name.startsWith("NovaServers.")),
  };
}
