import { deepStrictEqual } from "assert";
import { onlyGatewaysArePrivileged as policy } from "../../policies/only-gateways-are-privileged";
import { smallScenario } from "../support/scenarios";
import { container, deployedResources, judge, unknownValue } from "./judge";

const label = (service: string) => [{ label: "io.buswide.service", value: service }];
const adding = (service: string | undefined, ...adds: string[]) =>
  container({ capabilities: { adds }, ...(service === undefined ? {} : { labels: label(service) }) });

describe("the policy only-gateways-are-privileged", () => {
  it("is content with an experiment", async () =>
    deepStrictEqual(await judge(policy, (await deployedResources(smallScenario())).inputs), []));

  it("is content with a gateway that administers its network, by either name of the right", async () =>
    deepStrictEqual(
      await judge(policy, [adding("core/gateway", "CAP_NET_ADMIN"), adding("core/gateway", "NET_ADMIN")]),
      [],
    ));

  it("refuses a gateway any other right", async () =>
    deepStrictEqual(await judge(policy, [adding("core/gateway", "NET_ADMIN", "SYS_ADMIN", "ALL")]), [
      "the container box adds the capability SYS_ADMIN: a gateway has NET_ADMIN alone; take it out",
      "the container box adds the capability ALL: a gateway has NET_ADMIN alone; take it out",
    ]));

  it("refuses any right to what is no gateway, and to what says nothing of itself", async () => {
    const message =
      "the container box adds the capability NET_ADMIN: only gateways have one, NET_ADMIN; take it out";
    deepStrictEqual(
      await judge(policy, [
        adding("core/agents", "NET_ADMIN"),
        adding("gateway-site/agents", "NET_ADMIN"),
        adding(undefined, "NET_ADMIN"),
      ]),
      [message, message, message],
    );
  });

  it("refuses a privileged container, a gateway's too", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({ privileged: true, labels: label("core/gateway") }),
        container({ privileged: false }),
      ]),
      ["the container box is privileged: take privileged out"],
    ));

  it("refuses what is the host's", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({ networkMode: "host", pidMode: "host", ipcMode: "host", usernsMode: "host" }),
        container({ networkMode: "bridge", ipcMode: "private" }),
      ]),
      ["network", "processes", "shared memory", "users"].map(
        (what) => `the container box has the host's ${what} (host): give it its own`,
      ),
    ));

  it("refuses the engine's socket, wherever it is mounted", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({ volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/tmp/engine" }] }),
        container({ mounts: [{ type: "bind", source: "/run/docker.sock", target: "/engine" }] }),
        container({ volumes: [{ volumeName: "engine", containerPath: "/var/run/docker.sock" }] }),
        container({ volumes: [{ volumeName: "data", containerPath: "/data" }] }),
      ]),
      [
        "the container box is given the engine's socket /var/run/docker.sock: take the mount out",
        "the container box is given the engine's socket /run/docker.sock: take the mount out",
        "the container box is given the engine's socket /var/run/docker.sock: take the mount out",
      ],
    ));

  it("is content with gateways that are shown what containers use, of either version of control groups", async () => {
    for (const controlGroups of [1, 2] as const) {
      const scenario = { ...smallScenario(), metrics: { kind: "prometheus" } };
      const { inputs } = await deployedResources(scenario, controlGroups);
      deepStrictEqual(await judge(policy, inputs), []);
    }
  });

  it("refuses anything else of the host's, and that gateways change it, or others see it", async () => {
    const shown = (service: string, source: string, readOnly?: boolean) =>
      container({
        labels: label(service),
        mounts: [{ type: "bind", source, target: "/host", ...(readOnly === undefined ? {} : { readOnly }) }],
      });
    deepStrictEqual(
      await judge(policy, [
        shown("core/gateway", "/etc", true),
        shown("core/gateway", "/sys/fs/cgroup/memory"),
        shown("core/gateway", "/sys/fs/cgroup/memory", true),
        shown("core/agents", "/sys/fs/cgroup/memory", true),
        container({ volumes: [{ hostPath: "/srv/data", containerPath: "/data" }] }),
      ]),
      [
        "the container box is given the host's /etc: a gateway has /sys/fs/cgroup, /sys/fs/cgroup/cpuacct, /sys/fs/cgroup/memory alone; take the mount out",
        "the container box may change the host's /sys/fs/cgroup/memory: make the mount readOnly",
        "the container box is given the host's /sys/fs/cgroup/memory: nobody but gateways has anything of the host's; take the mount out",
        "the container box is given the host's /srv/data: nobody but gateways has anything of the host's; take the mount out",
      ],
    );
  });

  it("refuses devices and a lifted confinement", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({
          devices: [{ hostPath: "/dev/kvm" }],
          securityOpts: ["seccomp=unconfined", "no-new-privileges", "label=disable"],
        }),
      ]),
      [
        "the container box is given the device /dev/kvm: take it out",
        "the container box is not confined (seccomp=unconfined): take the option out",
        "the container box is not confined (label=disable): take the option out",
      ],
    ));

  it("has nothing to say of a container that asks for nothing, or of what a preview does not know", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({}),
        container({ capabilities: undefined, volumes: unknownValue, devices: [] }),
      ]),
      [],
    ));

  it("speaks of each of several containers", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({ privileged: true }, "a"),
        container({}, "b"),
        container({ privileged: true }, "c"),
      ]),
      ["a", "c"].map((name) => `the container ${name} is privileged: take privileged out`),
    ));
});
