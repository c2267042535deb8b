import { deepEqual, equal } from "assert/strict";
import { deployed, changes } from "../support/experiments";
import { planned } from "../support/plans";
import { smallScenario } from "../support/scenarios";

const limited = {
  ...smallScenario(),
  links: [{ between: ["core", "edge"], delay: { there: "10ms", back: "15ms" }, rate: "100mbit", loss: "1%" }],
};
const withWorkloads = (...workloads: object[]) => ({ ...limited, workloads });
const call = smallScenario().workloads as object[];
const plane = { name: "plane", kind: "shaker" };
const dummy = { name: "dummy", kind: "rally", site: "core", scenario: "Dummy.dummy" };

describe("the plan of other tools than the probe", () => {
  it("measures by Shaker between the ends of each link, with what the link was asked to be", () => {
    const [shaker] = planned(withWorkloads(plane)).loads;
    deepEqual(shaker?.kind === "shaker" && shaker.pairs.map(({ between }) => between), [
      ["core", "edge-1"],
      ["core", "edge-2"],
    ]);
    deepEqual(shaker?.kind === "shaker" && shaker.pairs[0], {
      between: ["core", "edge-1"],
      there: {
        sites: ["core", "edge-1"],
        delayMs: 10,
        jitterMs: 0,
        lossPercent: 1,
        rateBitsPerSecond: 100e6,
      },
      back: { sites: ["edge-1", "core"], delayMs: 15, jitterMs: 0, lossPercent: 1, rateBitsPerSecond: 100e6 },
      // Half of what the link carries.
      udpBitsPerSecond: { there: 50e6, back: 50e6 },
    });
  });

  it("adds up the links on the way between sites that have none of their own", () => {
    const [shaker] = planned(
      withWorkloads({ ...plane, pairs: [["edge", "edge"]], udp: { rate: "2mbit" } }),
    ).loads;
    const [pair, ...others] = shaker?.kind === "shaker" ? shaker.pairs : [];
    deepEqual(
      [
        pair?.between,
        pair?.there.sites,
        pair?.there.delayMs,
        pair?.there.lossPercent,
        pair?.udpBitsPerSecond,
      ],
      [["edge-1", "edge-2"], ["edge-1", "core", "edge-2"], 25, 1.99, { there: 2e6, back: 2e6 }],
    );
    deepEqual(others, []);
  });

  it("keeps workloads in the scenario's order, whatever measures them", () => {
    const { loads } = planned(withWorkloads(plane, ...call, dummy));
    deepEqual(
      loads.map(({ name }) => name),
      ["plane", "call", "dummy"],
    );
  });

  it("has containers of a tool only at the sites that it is used at, with the most memory that was asked for", () => {
    const { tools } = planned(
      withWorkloads(
        { ...plane, pairs: [["core", "edge-2"]] },
        { ...plane, name: "more", pairs: [["core", "edge-2"]], memory: "300MiB" },
        dummy,
      ),
    );
    deepEqual(
      tools.map(({ site, tool, memoryBytes }) => [site, tool, memoryBytes / 2 ** 20]),
      [
        ["core", "shaker", 300],
        ["core", "rally", 1024],
        ["edge-2", "shaker", 300],
      ],
    );
    deepEqual(planned(withWorkloads(...call)).tools, []);
  });

  it("moves no address of what there is, and gives its own containers others", () => {
    const [before, after] = [planned(withWorkloads(...call)), planned(withWorkloads(...call, plane, dummy))];
    deepEqual([after.agents, after.bus.brokers], [before.agents, before.bus.brokers]);
    const addresses = [
      ...after.tools.map(({ address }) => address),
      ...[...after.agents.values()].map(({ address }) => address),
      ...after.bus.brokers.map(({ address }) => address),
    ];
    equal(new Set(addresses).size, addresses.length);
  });

  it("gives Rally's scenarios of OpenStack a user, and those that need no cloud nothing", () => {
    const [rally] = planned(withWorkloads({ ...dummy, times: 5 })).loads;
    deepEqual(rally?.kind === "rally" && [rally.task, rally.times, rally.needsControlPlane], [
      { scenario: "Dummy.dummy", arguments: {}, contexts: {}, sla: { failure_rate: { max: 0 } } },
      5,
      false,
    ]);
  });
});

describe("the plan of Rally on a control plane", () => {
  const boot = { ...dummy, scenario: "NovaServers.boot_and_delete_server" };
  const planOf = (change: object) => {
    const [rally] = planned({
      ...withWorkloads({ ...boot, ...change }),
      controlPlane: { site: "core" },
    }).loads;
    if (rally?.kind !== "rally") throw new Error("no workload of Rally was planned");
    return rally;
  };

  it("boots what the control plane has for servers, as a user of its own, after a first server on each host", () => {
    const { task, bootsServers } = planOf({});
    deepEqual(task, {
      scenario: "NovaServers.boot_and_delete_server",
      arguments: { flavor: { name: "buswide" }, image: { name: "buswide" } },
      contexts: { users: { tenants: 1, users_per_tenant: 1 } },
      sla: { failure_rate: { max: 0 } },
    });
    equal(bootsServers, true);
  });

  it("takes the arguments that it is given, and adds none to what boots no servers", () => {
    const own = planOf({ arguments: { flavor: { name: "large" } } }).task;
    deepEqual(own.arguments, { flavor: { name: "large" }, image: { name: "buswide" } });
    const { task, bootsServers } = planOf({ scenario: "Authenticate.keystone" });
    deepEqual([task.arguments, bootsServers], [{}, false]);
  });
});

describe("the plan of servers at a steady rate", () => {
  const boots = { name: "boots", kind: "servers", site: "edge-1", rate: "12/min", duration: "1min" };
  const whole = { ...withWorkloads(boots), controlPlane: { computes: { edge: 1 } } };

  it("asks from the container of Rally at its site, with the most memory that a workload wants there", () => {
    const { loads, tools, workloads } = planned({
      ...whole,
      workloads: [boots, { ...dummy, site: "edge-1", memory: "700MiB" }],
    });
    deepEqual(loads[0], {
      ...{ name: "boots", kind: "servers", site: "edge-1", ratePerSecond: 0.2, authenticationsPerSecond: 1 },
      ...{ durationSeconds: 60, waitSeconds: 120, timeoutSeconds: 30 },
    });
    deepEqual(
      tools.map(({ site, tool, memoryBytes }) => [site, tool, memoryBytes / 2 ** 20]),
      [["edge-1", "rally", 700]],
    );
    // They put nothing on the bus themselves.
    deepEqual(workloads, []);
  });

  it("has the scenario's timeline where it has none of its own, of links and of services", () => {
    const timeline = [
      { at: "10s", kill: "core/mariadb", for: "5s" },
      { at: "30s", cut: ["core", "edge-1"], for: "5s" },
    ];
    const told = (scenario: object) =>
      planned(scenario).loads.map((load) =>
        load.kind === "servers"
          ? load.timeline?.map((one) => [one.what, "link" in one ? one.link : one.service, one.atSeconds])
          : undefined,
      );
    deepEqual(told({ ...whole, timeline }), [
      [
        ["cut", "core--edge-1", 30],
        ["kill", "core/mariadb", 10],
      ],
    ]);
    const own = [{ at: "5s", restart: "core/keystone" }];
    deepEqual(
      told({
        ...whole,
        timeline,
        workloads: [
          { ...boots, timeline: own },
          { ...boots, name: "b" },
        ],
      }),
      [
        [["restart", "core/keystone", 5]],
        [
          ["cut", "core--edge-1", 30],
          ["kill", "core/mariadb", 10],
        ],
      ],
    );
  });
});

describe("an experiment with Shaker", () => {
  it("makes a container at each site, and leaves everything else in place", async () => {
    const [before, after] = [
      await deployed(withWorkloads(...call)),
      await deployed(withWorkloads(...call, plane)),
    ];
    const made = changes(before.registrations, after.registrations);
    deepEqual(
      Object.entries(made)
        .filter(([, change]) => change === "made")
        .map(([name]) => name)
        .sort(),
      [
        ...["core", "edge-1", "edge-2"].flatMap((site) => [
          `${site}-shaker (buswide:topology:Service)`,
          `${site}-shaker-container (docker:index/container:Container)`,
        ]),
        "target-shaker-image (docker:index/remoteImage:RemoteImage)",
      ],
    );
    // What is measured is something else, and so it is measured again.
    deepEqual(
      Object.entries(made).filter(([, change]) => change !== "made"),
      [["measurement-run (command:local:Command)", ["stdin", "triggers"]]],
    );
  });
});
