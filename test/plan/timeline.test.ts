import { deepStrictEqual, ok, strictEqual } from "assert";
import { machinesScenario } from "../support/machines";
import { planned } from "../support/plans";
import { put, smallScenario, type RawScenario } from "../support/scenarios";
import { assertRefused } from "../scenario/refusal";
import { ofLinks, ofServices, type PlannedLinkEpisode } from "../../workloads/runner/input";

function withTimeline(timeline: unknown, link: object = {}): RawScenario {
  return {
    ...smallScenario(),
    links: [{ between: ["core", "edge"], delay: "25ms", ...link }],
    workloads: [
      {
        ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
        ...{ rate: "50/s", duration: "60s", timeline },
      },
    ],
  };
}

function episodes(timeline: unknown, link: object = {}): readonly PlannedLinkEpisode[] {
  return ofLinks(planned(withTimeline(timeline, link)).workloads[0]?.timeline);
}

const asked = { delayMs: 25, jitterMs: 0, lossPercent: 0 };

describe("a scenario's own timeline", () => {
  const load = { kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } };
  const cut = [{ at: "10s", cut: ["core", "edge-1"], for: "5s" }];
  const withOwn = (workloads: unknown[], timeline: unknown = cut): RawScenario => ({
    ...smallScenario(),
    workloads,
    timeline,
  });

  it("is that of each workload with a rate which has none, and of no other", () => {
    const { workloads } = planned(
      withOwn([
        { ...load, name: "open", rate: "50/s", duration: "60s" },
        { ...load, name: "closed", calls: 5 },
        { ...load, name: "own", rate: "50/s", duration: "60s", timeline: [{ at: "1s", isolate: "core" }] },
      ]),
    );
    deepStrictEqual(
      workloads.map(({ name, timeline }) => [name, timeline?.[0]?.what]),
      [
        ["open", "cut"],
        ["closed", undefined],
        ["own", "isolate"],
      ],
    );
  });

  it("must fit the shortest of their windows, and is refused once, where it stands", () => {
    const open = (name: string, duration: string) => ({ ...load, name, rate: "50/s", duration });
    assertRefused(withOwn([open("long", "60s"), open("short", "12s")]), [
      "timeline[0].for",
      "5s from 10s on ends at 15s, after the workload's duration of 12s: use at most 2s, or leave it out",
    ]);
  });

  it("is refused for services that there are not, where it stands", () => {
    assertRefused(
      withOwn([{ ...load, name: "open", rate: "50/s", duration: "60s" }], [{ at: "1s", kill: "core/redis" }]),
      ["timeline[0].kill", 'there is no service "core/redis"; the bus is made of core/rabbitmq'],
    );
  });

  it("is refused where no workload takes it", () => {
    assertRefused(withOwn([{ ...load, name: "closed", calls: 5 }]), [
      "timeline",
      "nothing happens by it: it is for workloads with a rate and a duration that have no timeline of their own, and there is none",
    ]);
  });
});

describe("a timeline", () => {
  it("cuts a link in both directions, and brings it back", () => {
    const gone = { ...asked, lossPercent: 100 };
    deepStrictEqual(episodes([{ at: "10s", cut: ["core", "edge-2"], for: "30s" }]), [
      {
        what: "cut",
        link: "core--edge-2",
        atSeconds: 10,
        untilSeconds: 40,
        actions: [
          { atSeconds: 10, from: "core", to: "edge-2", impairment: gone },
          { atSeconds: 10, from: "edge-2", to: "core", impairment: gone },
          { atSeconds: 40, from: "core", to: "edge-2", impairment: null },
          { atSeconds: 40, from: "edge-2", to: "core", impairment: null },
        ],
      },
    ]);
  });

  it("cuts so that nothing passes: no double of a lost packet, none that overtakes, no end of a burst", () => {
    const [cut] = episodes([{ at: "10s", cut: ["core", "edge-1"], for: "5s" }], {
      ...{ loss: { bursts: { begins: "1%", ends: "25%" } }, duplicate: "5%", reorder: "5%", corrupt: "1%" },
    });
    deepStrictEqual(cut?.actions[0]?.impairment, { ...asked, lossPercent: 100, corruptPercent: 1 });
  });

  it("isolates a site from all its neighbours, without an end until the window has its own", () => {
    const isolated = episodes([{ at: "20s", isolate: "core" }]);
    deepStrictEqual(
      isolated.map(({ what, link, atSeconds, untilSeconds }) => ({ what, link, atSeconds, untilSeconds })),
      ["core--edge-1", "core--edge-2"].map((link) => ({
        ...{ what: "isolate", link, atSeconds: 20, untilSeconds: 60 },
      })),
    );
  });

  it("changes what it names, seen from its own first site, and leaves the rest", () => {
    const [change] = episodes(
      [{ at: "5s", change: ["edge-1", "core"], delay: { there: "80ms", back: "90ms" }, for: "5s" }],
      { loss: "1%" },
    );
    deepStrictEqual(change?.actions.slice(0, 2), [
      { atSeconds: 5, from: "core", to: "edge-1", impairment: { ...asked, delayMs: 90, lossPercent: 1 } },
      { atSeconds: 5, from: "edge-1", to: "core", impairment: { ...asked, delayMs: 80, lossPercent: 1 } },
    ]);
  });

  it("ramps in even steps of a quarter of a second from the one end exactly to the other", () => {
    const [ramp] = episodes([
      { at: "10s", ramp: { link: ["core", "edge-1"], delay: { from: "20ms", to: "200ms" } }, over: "30s" },
    ]);
    const there = ramp?.actions.filter(({ from, impairment }) => from === "core" && impairment) ?? [];
    strictEqual(there.length, 121);
    deepStrictEqual(
      [0, 1, 60, 120].map((index) => [there[index]?.atSeconds, there[index]?.impairment?.delayMs]),
      [
        [10, 20],
        [10.25, 21.5],
        [25, 110],
        [40, 200],
      ],
    );
    strictEqual(ramp?.untilSeconds, 60);
    deepStrictEqual(ramp.actions.at(-1), { atSeconds: 60, from: "edge-1", to: "core", impairment: null });
  });

  it("keeps the distribution of a jitter whose size it ramps, and takes few steps for a long time", () => {
    const scenario = withTimeline(
      [
        {
          at: "0s",
          ramp: { link: ["core", "edge-1"], jitter: { from: "1ms", to: "5ms" } },
          over: "1h",
        },
      ],
      { jitter: { by: "1ms", distribution: "normal" } },
    );
    put(scenario, ["workloads", 0, "duration"], "1h");
    const steps = ofLinks(planned(scenario).workloads[0]?.timeline)[0]?.actions.filter(
      ({ impairment }) => impairment,
    );
    strictEqual(steps?.length, 802);
    ok(steps.every(({ impairment }) => impairment?.jitterDistribution === "normal"));
  });

  it("may change one link again as soon as it is as before", () => {
    const two = episodes([
      { at: "10s", cut: ["core", "edge-1"], for: "10s" },
      { at: "20s", cut: ["core", "edge-1"], for: "10s" },
      { at: "15s", cut: ["core", "edge-2"], for: "10s" },
    ]);
    strictEqual(two.length, 3);
  });

  it("splits the network in two: the links between the sites named and all others are cut", () => {
    const split = episodes([{ at: "5s", split: ["core", "edge-1"], for: "5s" }]);
    deepStrictEqual(
      split.map(({ what, link, atSeconds, untilSeconds }) => [what, link, atSeconds, untilSeconds]),
      [["split", "core--edge-2", 5, 10]],
    );
    ok(split[0]?.actions.slice(0, 2).every(({ impairment }) => impairment?.lossPercent === 100));
  });

  it("flaps a link: down, up and down again, and as before in the end", () => {
    const [flap] = episodes([{ at: "1s", flap: ["core", "edge-1"], down: "500ms", up: "1s", for: "3500ms" }]);
    const there = flap?.actions.filter(({ from }) => from === "core") ?? [];
    deepStrictEqual(
      there.map(({ atSeconds, impairment }) => [atSeconds, impairment?.lossPercent]),
      [
        [1, 100],
        [1.5, 0],
        [2.5, 100],
        [3, 0],
        [4, 100],
        [4.5, undefined],
      ],
    );
  });

  it("does to services what it says, on each site of a group, behind what it does to links", () => {
    const scenario = {
      ...withTimeline([
        { at: "1s", kill: "edge/rabbitmq", for: "5s" },
        { at: "10s", stop: "core/rabbitmq", for: "4s" },
        { at: "20s", restart: "core/rabbitmq", grace: "2s" },
        { at: "25s", pause: "edge-1/rabbitmq" },
        { at: "30s", starve: "core/rabbitmq", cpu: "5%", memory: "16MiB", for: "1s" },
        { at: "40s", fill: "core/rabbitmq", for: "5s" },
        { at: "2s", cut: ["core", "edge-1"], for: "1s" },
      ]),
      bus: { kind: "rabbitmq", topology: "federation" },
    };
    const timeline = planned(scenario).workloads[0]?.timeline;
    strictEqual(timeline?.[0]?.what, "cut");
    deepStrictEqual(ofServices(timeline), [
      { what: "kill", service: "edge-1/rabbitmq", atSeconds: 1, untilSeconds: 6 },
      { what: "kill", service: "edge-2/rabbitmq", atSeconds: 1, untilSeconds: 6 },
      { what: "stop", service: "core/rabbitmq", atSeconds: 10, untilSeconds: 14, graceSeconds: 4 },
      { what: "restart", service: "core/rabbitmq", atSeconds: 20, untilSeconds: 22, graceSeconds: 2 },
      { what: "pause", service: "edge-1/rabbitmq", atSeconds: 25, untilSeconds: 60 },
      {
        ...{ what: "starve", service: "core/rabbitmq", atSeconds: 30, untilSeconds: 31 },
        ...{ cpuPercent: 5, memoryBytes: 16 * 1024 ** 2 },
      },
      { what: "fill", service: "core/rabbitmq", atSeconds: 40, untilSeconds: 45 },
    ]);
  });

  for (const [kind, service] of [
    ["artemis", "core/artemis"],
    ["zeromq", "core/matchmaker"],
    ["routers", "edge-2/router"],
  ] as const)
    it(`knows the services of ${kind} by the names they are deployed under`, () => {
      const scenario = { ...withTimeline([{ at: "1s", kill: service, for: "5s" }]), bus: { kind } };
      deepStrictEqual(
        ofServices(planned(scenario).workloads[0]?.timeline).map((fault) => fault.service),
        [service],
      );
    });

  const refusals: [string, unknown[], [string, string]][] = [
    [
      "a start beyond the workload",
      [{ at: "60s", cut: ["core", "edge-1"] }],
      ["[0].at", "60s is not within the workload's duration of 60s: use less"],
    ],
    [
      "an end beyond the workload",
      [{ at: "50s", cut: ["core", "edge-1"], for: "20s" }],
      [
        "[0].for",
        "20s from 50s on ends at 70s, after the workload's duration of 60s: use at most 10s, or leave it out",
      ],
    ],
    [
      "a ramp that is not done when all is as before",
      [
        {
          ...{ at: "10s", for: "10s", over: "20s" },
          ramp: { link: ["core", "edge-1"], delay: { from: "1ms", to: "2ms" } },
        },
      ],
      ["[0].over", "20s from 10s on ends after 20s, when all is as before: use at most 10s"],
    ],
    [
      "a site that is not there",
      [{ at: "1s", isolate: "moon" }],
      ["[0].isolate", `there is no site "moon"; the sites are core, edge`],
    ],
    [
      "a link that is not there",
      [{ at: "1s", cut: ["edge-1", "edge-2"] }],
      [
        "[0].cut",
        `no link joins "edge-1" and "edge-2": name two sites that have one of their own, such as [core, edge-1]`,
      ],
    ],
    [
      "two changes of one link at one time",
      [
        { at: "10s", cut: ["core", "edge"], for: "30s" },
        { at: "39s", isolate: "edge-1", for: "5s" },
      ],
      [
        "[1].at",
        `39s is within what timeline[0] does to "core" and "edge-1", from 10s to 40s: a link is changed by one thing at a time; start at 40s, or shorten one of them`,
      ],
    ],
    [
      "a change of nothing",
      [{ at: "1s", change: ["core", "edge-1"] }],
      ["[0].change", "it changes nothing: name what differs, such as delay: 80ms"],
    ],
    [
      "figures that do not go together",
      [{ at: "1s", change: ["core", "edge-1"], jitter: "30ms" }],
      [
        "[0]",
        `30ms is more than the delay of 25ms between "core" and "edge-1", which would have packets arrive before they leave: use at most the delay`,
      ],
    ],
    ["nothing at all", [], ["", "expected at least 1 entries, got []"]],
    [
      "a split with all sites on one side",
      [{ at: "1s", split: ["core", "edge"] }],
      ["[0].split", "all sites are on one side, and nothing is split: leave out those of the other side"],
    ],
    [
      "a flapping that goes but once",
      [{ at: "1s", flap: ["core", "edge-1"], down: "3s", up: "3s", for: "6s" }],
      [
        "[0].up",
        "3s up after 3s down is not over in the 6s of the flapping: use less, so that it goes at least twice",
      ],
    ],
    [
      "a flapping in more steps than a gateway is told",
      [{ at: "1s", flap: ["core", "edge-1"], down: "10ms", up: "10ms", for: "50s" }],
      ["[0].down", "it would go 2500 times in 50s: use longer times, at most 1000 of them"],
    ],
    [
      "a service that is written otherwise",
      [{ at: "1s", kill: "rabbitmq" }],
      ["[0].kill", `"rabbitmq" is no service: write it as <site>/<service>`],
    ],
    [
      "a service that there is not",
      [{ at: "1s", kill: "edge-1/rabbitmq" }],
      ["[0].kill", `there is no service "edge-1/rabbitmq"; the bus is made of core/rabbitmq`],
    ],
    [
      "a service of a site that there is not",
      [{ at: "1s", kill: "moon/rabbitmq" }],
      ["[0].kill", `there is no site "moon"; the sites are core, edge`],
    ],
    [
      "a fault of what makes the load",
      [{ at: "1s", pause: "edge-1/agents" }],
      [
        "[0].pause",
        `"edge-1/agents" makes the load and measures it: isolate its site, or cut a link; the bus is made of core/rabbitmq`,
      ],
    ],
    [
      "a fault of what makes the links",
      [{ at: "1s", kill: "core/gateway" }],
      [
        "[0].kill",
        `"core/gateway" is what makes the links and keeps their times: isolate its site, or cut a link; the bus is made of core/rabbitmq`,
      ],
    ],
    [
      "a service that is not back when the window ends",
      [{ at: "50s", kill: "core/rabbitmq", for: "20s" }],
      [
        "[0].for",
        "20s from 50s on ends at 70s, after the workload's duration of 60s: use at most 10s, or leave it out",
      ],
    ],
    [
      "a restart that may take longer than the window",
      [{ at: "55s", restart: "core/rabbitmq", grace: "10s" }],
      ["[0].grace", "10s from 55s on ends after 60s, when it is to be started again: use at most 5s"],
    ],
    [
      "two faults of one service at one time",
      [
        { at: "10s", kill: "core/rabbitmq", for: "30s" },
        { at: "39s", pause: "core/rabbitmq", for: "5s" },
      ],
      [
        "[1].at",
        `39s is within what timeline[0] does to "core/rabbitmq", from 10s to 40s: a service has one fault at a time; start at 40s, or shorten one of them`,
      ],
    ],
    [
      "a service that is starved of nothing",
      [{ at: "1s", starve: "core/rabbitmq" }],
      ["[0].starve", "it is starved of nothing: say cpu, such as 5%, or memory, such as 16MiB"],
    ],
    [
      "a clock that is to be set apart",
      [{ at: "1s", skew: "core/rabbitmq", by: "5s", for: "3s" }],
      [
        "[0].skew",
        "no clock can be set apart: containers of one machine have its clock, and the kernel gives none a time of day of its own; leave it out",
      ],
    ],
    [
      "less CPU than a scheduler gives out",
      [{ at: "1s", starve: "core/rabbitmq", cpu: "0.5%" }],
      ["[0].cpu", `"0.5%" is too little: use at least 1%`],
    ],
  ];
  for (const [claim, timeline, [path, message]] of refusals)
    it(`is refused for ${claim}`, () =>
      assertRefused(withTimeline(timeline), [`workloads[0].timeline${path}`, message]));

  it("is refused for a clock that is to be set apart on hosts, for a reason that holds there", () => {
    const skewed = withTimeline([{ at: "1s", skew: "core/rabbitmq", by: "5s", for: "3s" }]);
    assertRefused({ ...machinesScenario(), workloads: skewed.workloads, links: skewed.links }, [
      "workloads[0].timeline[0].skew",
      "no clock is set apart: a container has its host's clock, which is everybody's there, and which the times that are measured are told by; leave it out, or set the clock of a host of your own by hand before a run, which compares them",
    ]);
  });

  it("is refused for a disk that is to be filled, of a bus without a limit of free space", () =>
    assertRefused({ ...withTimeline([{ at: "1s", fill: "core/artemis" }]), bus: { kind: "artemis" } }, [
      "workloads[0].timeline[0].fill",
      `"core/artemis" cannot be filled: its disk is the machine's, and artemis has no limit of free space of its own that could be set above what there is`,
    ]));

  it("is refused for a workload whose length is not known", () => {
    const {
      rate: _,
      duration: __,
      ...workload
    } = (withTimeline([{ at: "1s", isolate: "core" }]).workloads as Record<string, unknown>[])[0] ?? {};
    assertRefused({ ...smallScenario(), workloads: [{ ...workload, calls: 5 }] }, [
      "workloads[0].timeline",
      "a closed loop takes as long as it takes, and no time in it is known: use rate and duration instead of calls",
    ]);
  });
});
