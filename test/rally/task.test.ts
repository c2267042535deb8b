import { deepEqual } from "assert/strict";
import { renderEnvironment, renderTask, renderWarmUp } from "../../workloads/rally/task";
import type { PlannedRally } from "../../workloads/rally/input";

const rally: PlannedRally = {
  name: "boot",
  kind: "rally",
  site: "core",
  task: {
    scenario: "Dummy.dummy",
    arguments: { sleep: 0.1 },
    contexts: {},
    sla: { failure_rate: { max: 0 } },
  },
  times: 20,
  concurrency: 4,
  timeoutSeconds: 60,
  needsControlPlane: false,
  bootsServers: false,
};

describe("a task of Rally's", () => {
  it("executes a scenario by name with its arguments, so often and so many at a time, and by its criteria", () => {
    const { text, arguments: filling } = renderTask(rally);
    const [, json = ""] = /^\{% raw %\}(.*)\{% endraw %\}$/.exec(text) ?? [];
    deepEqual(JSON.parse(json), {
      version: 2,
      title: "boot",
      subtasks: [
        {
          title: "boot",
          workloads: [
            {
              scenario: { "Dummy.dummy": { sleep: 0.1 } },
              runner: { constant: { times: 20, concurrency: 4 } },
              contexts: {},
              sla: { failure_rate: { max: 0 } },
            },
          ],
        },
      ],
    });
    deepEqual(filling, "{}");
  });

  it("of a file is that file, filled with times, concurrency and the arguments", () => {
    const text = "- Dummy.dummy: { sleep: {{ sleep }} }";
    const filled = renderTask({ ...rally, task: { file: "t.yaml", text, arguments: { sleep: 1 } } });
    deepEqual([filled.text, JSON.parse(filled.arguments)], [text, { times: 20, concurrency: 4, sleep: 1 }]);
  });

  it("is preceded by a first server on each host, as the administrator and without a network", () => {
    const cloud = { url: "http://10.0.0.11:5000/v3", region: "R", password: "x", hosts: ["edge-compute-1"] };
    const told = JSON.parse(renderWarmUp(cloud, 60)) as Record<string, unknown>;
    deepEqual(
      [told.hosts, told.flavor, told.image, told.networks, told.timeoutSeconds],
      [["edge-compute-1"], "buswide", "buswide", "none", 60],
    );
    deepEqual((told.cloud as Record<string, unknown>).auth_url, cloud.url);
  });

  it("has an environment of a control plane, or of nothing", () => {
    deepEqual(JSON.parse(renderEnvironment(undefined)), {});
    const cloud = {
      url: "http://10.0.0.11:5000/v3",
      region: "RegionOne",
      password: "x",
      hosts: [],
    };
    deepEqual(JSON.parse(renderEnvironment(cloud)), {
      "existing@openstack": {
        auth_url: "http://10.0.0.11:5000/v3",
        region_name: "RegionOne",
        endpoint_type: "public",
        admin: {
          username: "admin",
          password: "x",
          project_name: "admin",
          user_domain_name: "Default",
          project_domain_name: "Default",
        },
      },
    });
  });
});
