import { deepStrictEqual } from "assert";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { readScenarioFiles } from "../../stacks/scenario/files";
import { parseScenario } from "../../stacks/scenario/parse";
import { controlPlaneScenario, smallScenario } from "../support/scenarios";
import { assertRefused, correct } from "./refusal";

const shaker = (change: object = {}) => ({
  ...smallScenario(),
  workloads: [{ name: "plane", kind: "shaker", ...change }],
});
const rally = (change: object = {}) => ({
  ...smallScenario(),
  workloads: [{ name: "dummy", kind: "rally", site: "core", scenario: "Dummy.dummy", ...change }],
});

describe("a workload of Shaker", () => {
  it("needs no more than a name, and measures between the ends of links for some seconds", () => {
    const [workload] = parseScenario(shaker()).workloads;
    deepStrictEqual(workload, {
      name: "plane",
      kind: "shaker",
      mode: "static-agents",
      tests: ["ping", "tcp", "udp"],
      duration: 5,
      omit: 2,
      udp: {},
      memory: 256 * 2 ** 20,
    });
  });

  for (const { claim, change, path, message } of [
    {
      claim: "between a site and one that there is not",
      change: { pairs: [["core", "moon"]] },
      path: "workloads[0].pairs[0][1]",
      message: 'there is no site "moon"; the sites are core, edge',
    },
    {
      claim: "between a site and itself",
      change: {
        pairs: [
          ["core", "edge"],
          ["core", "core"],
        ],
      },
      path: "workloads[0].pairs[1]",
      message: "[core, core] is one site: name two, as it measures between sites",
    },
    {
      claim: "for a part of a second, which Shaker does not take",
      change: { duration: "500ms" },
      path: "workloads[0].duration",
      message: "Shaker takes whole seconds up to an hour: use such as 5s",
    },
    {
      claim: "of no test",
      change: { tests: [] },
      path: "workloads[0].tests",
      message: "expected at least 1 entries, got []",
    },
    {
      claim: "with clients, which are a probe's",
      change: { clients: { core: 1 } },
      path: "workloads[0].clients",
      message: `there is no setting "clients" here: ${correct}`,
    },
  ])
    it(`is refused ${claim}`, () => assertRefused(shaker(change), [path, message]));

  it("is refused on a single site, which has no links to measure", () => {
    assertRefused({ ...shaker(), sites: { core: {} }, links: [] }, [
      "workloads[0].pairs",
      "there are no links to measure: add one, or name pairs of sites, such as [[core, edge]]",
    ]);
  });
});

describe("a workload of Rally", () => {
  it("takes scenarios that need no cloud on any scenario", () => {
    const [workload] = parseScenario(rally({ arguments: { sleep: 0.1 }, times: 20 })).workloads;
    deepStrictEqual(workload, {
      name: "dummy",
      kind: "rally",
      site: "core",
      scenario: "Dummy.dummy",
      arguments: { sleep: 0.1 },
      times: 20,
      concurrency: 1,
      trace: false,
      timeout: 1800,
      memory: 2 ** 30,
    });
  });

  for (const { claim, change, path, message } of [
    {
      claim: "without a scenario or a file",
      change: { scenario: undefined },
      path: "workloads[0].scenario",
      message:
        "say what to execute: `scenario: NovaServers.boot_and_delete_server`, or `file:` with a task of Rally",
    },
    {
      claim: "with both of them",
      change: { file: { file: "t.yaml", text: "{}" } },
      path: "workloads[0].file",
      message: "Dummy.dummy and a file cannot both be executed: keep one of the two",
    },
    {
      claim: "by a name that is none of Rally's",
      change: { scenario: "boot" },
      path: "workloads[0].scenario",
      message: '"boot" is no name of a Rally scenario: use one such as NovaServers.boot_and_delete_server',
    },
    {
      claim: "with more at a time than there are",
      change: { times: 2, concurrency: 4 },
      path: "workloads[0].concurrency",
      message: "4 at a time are more than there are: use at most 2, or more times",
    },
    {
      claim: "from a group of sites",
      change: { site: "edge" },
      path: "workloads[0].site",
      message: '"edge" is a group of sites: name one of it, such as "edge-1"',
    },
    {
      claim: "from a site that there is not",
      change: { site: "moon" },
      path: "workloads[0].site",
      message: 'there is no site "moon"; the sites are core, edge',
    },
    {
      claim: "of OpenStack, where there is no control plane",
      change: { scenario: "NovaServers.boot_and_delete_server" },
      path: "workloads[0].scenario",
      message:
        "NovaServers.boot_and_delete_server asks OpenStack, and the scenario has no control plane: add controlPlane, or use a scenario that needs none, such as Dummy.dummy",
    },
    {
      claim: "by a file that asks OpenStack, where there is no control plane",
      change: { scenario: undefined, file: { file: "t.yaml", text: "- Authenticate.keystone: {}" } },
      path: "workloads[0].file",
      message:
        "Authenticate.keystone asks OpenStack, and the scenario has no control plane: add controlPlane, or use a scenario that needs none, such as Dummy.dummy",
    },
    {
      claim: "with criteria beside those of a file",
      change: { scenario: undefined, file: { file: "t.yaml", text: "- Dummy.dummy: {}" }, sla: {} },
      path: "workloads[0].sla",
      message: "a task file says its sla itself: write it there, or use `scenario`",
    },
  ])
    it(`is refused ${claim}`, () => assertRefused(rally(change), [path, message]));

  it("has the text of its file in the place of the name, and is refused where there is no such file", () => {
    const folder = mkdtempSync(join(tmpdir(), "buswide-rally-"));
    try {
      writeFileSync(join(folder, "t.yaml"), "- Dummy.dummy: {}\n");
      const named = (file: string) => readScenarioFiles(rally({ scenario: undefined, file }), folder);
      const [workload] = parseScenario(named("t.yaml")).workloads;
      deepStrictEqual(workload?.kind === "rally" && workload.file, {
        file: "t.yaml",
        text: "- Dummy.dummy: {}\n",
      });
      let refused = "";
      try {
        named("no.yaml");
      } catch (error) {
        refused = (error as Error).message;
      }
      deepStrictEqual(
        refused,
        'workloads[0].file: "no.yaml" cannot be read (ENOENT): give the path of a task file of Rally from the scenario\'s folder',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it("names of workloads are unique whatever their kind", () => {
  const workloads = [
    { name: "one", kind: "shaker" },
    { name: "one", kind: "rally", site: "core", scenario: "Dummy.dummy" },
  ];
  assertRefused({ ...smallScenario(), workloads }, [
    "workloads[1].name",
    'workloads[0] is called "one" too: give each its own name',
  ]);
});

describe("a workload that boots servers", () => {
  const boots = { name: "boots", kind: "servers", site: "core", rate: "12/min", duration: "2min" };
  const booting = (change: object = {}, scenario: object = controlPlaneScenario()) => ({
    ...scenario,
    workloads: [{ ...boots, ...change }],
  });

  it("needs no more than a site, a rate and a duration, and asks for a token a second besides", () => {
    const [workload] = parseScenario(booting()).workloads;
    deepStrictEqual(workload, {
      ...{ name: "boots", kind: "servers", site: "core", rate: 0.2, authentications: 1 },
      ...{ duration: 120, wait: 120, timeout: 30, memory: 512 * 2 ** 20 },
    });
  });

  for (const { claim, change, path, message } of [
    {
      claim: "from a site that there is not",
      change: { site: "moon" },
      path: "workloads[0].site",
      message: 'there is no site "moon"; the sites are core, edge',
    },
    {
      claim: "from a group of sites",
      change: { site: "edge" },
      path: "workloads[0].site",
      message: '"edge" is a group of sites: name one of it, such as "edge-1"',
    },
    {
      claim: "that are more than Nova lists at a time",
      change: { rate: "10/s", duration: "101s" },
      path: "workloads[0].rate",
      message:
        "these are 1010 servers in 101s, and Nova lists 1000 at a time: use a lower rate, such as 12/min, or a shorter duration",
    },
    {
      claim: "with more tokens a second than there are threads for",
      change: { authentications: "100/s" },
      path: "workloads[0].authentications",
      message: "100 a second are too many: use at most 10/s",
    },
    {
      claim: "so many a time as there are calls of a closed loop",
      change: { calls: 5 },
      path: "workloads[0].calls",
      message: `there is no setting "calls" here: ${correct}`,
    },
    {
      claim: "with a fault that ends after its window",
      change: { timeline: [{ at: "110s", kill: "core/rabbitmq", for: "20s" }] },
      path: "workloads[0].timeline[0].for",
      message:
        "20s from 110s on ends at 130s, after the workload's duration of 120s: use at most 10s, or leave it out",
    },
  ])
    it(`is refused ${claim}`, () => assertRefused(booting(change), [path, message]));

  it("is refused where there is no control plane, or none with computes", () => {
    assertRefused(booting({}, smallScenario()), [
      "workloads[0].kind",
      'servers are booted by Nova, and the scenario has no control plane: add controlPlane, such as { computes: { edge: 2 } }, or use kind: "rpc"',
    ]);
    assertRefused(booting({}, controlPlaneScenario({ computes: {} })), [
      "workloads[0].kind",
      "servers are put on nova-computes, and the control plane has none: add some, such as controlPlane.computes: { edge: 2 }",
    ]);
  });
});
