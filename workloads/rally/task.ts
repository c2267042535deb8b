import type { Cloud } from "../cloud";
import type { PlannedRally } from "./input";

/** What flavor and image are called that every control plane has (images/openstack, openstack-fill). */
export const forServers = "buswide";

/** A task of Rally's, and what fills it. */
export interface Task {
  readonly text: string;
  /** JSON. */
  readonly arguments: string;
}

/**
 * The task of a workload: of a scenario by name, one of format 2
 * (https://docs.openstack.org/rally/latest/quick_start/tutorial/step_5_task_templates.html); a file is as it is, and filled.
 */
export function renderTask({ name, task, times, concurrency }: PlannedRally): Task {
  if ("text" in task)
    return { text: task.text, arguments: JSON.stringify({ times, concurrency, ...task.arguments }) };
  const workload = {
    scenario: { [task.scenario]: task.arguments },
    runner: { constant: { times, concurrency } },
    contexts: task.contexts,
    sla: task.sla,
  };
  const text = JSON.stringify({
    version: 2,
    title: name,
    subtasks: [{ title: name, workloads: [workload] }],
  });
  // Rally fills every task: braces of an argument's own are none of a template's.
  return { text: `{% raw %}${text}{% endraw %}`, arguments: "{}" };
}

/** An environment of Rally: of a control plane, which it has trace its requests or not, or of nothing. Secret. */
export function renderEnvironment(cloud: Cloud | undefined, traced = false): string {
  if (cloud === undefined) return JSON.stringify({});
  const { url, region, password, traceKey } = cloud;
  return JSON.stringify({
    "existing@openstack": {
      auth_url: url,
      region_name: region,
      endpoint_type: "public",
      ...(traced && traceKey !== undefined ? { profiler_hmac_key: traceKey } : {}),
      admin: {
        username: "admin",
        password,
        project_name: "admin",
        user_domain_name: "Default",
        project_domain_name: "Default",
      },
    },
  });
}

/** What the image's `rally-warm-up` is told. Secret. */
export function renderWarmUp({ url, region, password, hosts }: Cloud, timeoutSeconds: number): string {
  return JSON.stringify({
    cloud: {
      auth_url: url,
      region_name: region,
      username: "admin",
      password,
      project_name: "admin",
      user_domain_id: "default",
      project_domain_id: "default",
    },
    hosts,
    flavor: forServers,
    image: forServers,
    networks: "none",
    timeoutSeconds,
  });
}
