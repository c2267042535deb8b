import { deepStrictEqual } from "assert";
import { assertRefused } from "../scenario/refusal";
import { controlPlaneScenario, parsed, smallScenario } from "../support/scenarios";

const trace = { name: "boot", kind: "trace", site: "core" };
const traced = (change: object = {}, controlPlane: object = {}) => ({
  ...controlPlaneScenario({ profiler: true, ...controlPlane }),
  workloads: [{ ...trace, ...change }],
});
const rally = { name: "boot", kind: "rally", site: "core", scenario: "NovaServers.boot_server", trace: true };
const tracedRally = (change: object = {}, controlPlane: object = {}) => ({
  ...traced({}, controlPlane),
  workloads: [{ ...rally, ...change }],
});

describe("a workload that traces requests, in a scenario", () => {
  it("needs a name and a site, and traces five", () =>
    deepStrictEqual(parsed(traced()).workloads, [
      { ...trace, times: 5, timeout: 120, background: 60, memory: 256 * 2 ** 20 },
    ]));

  for (const [claim, scenario, path, message] of [
    [
      "without a control plane",
      { ...smallScenario(), workloads: [trace] },
      "workloads[0].kind",
      '"trace" follows a request through OpenStack, and the scenario has none: add controlPlane: { profiler: true, computes: { core: 1 } }',
    ],
    [
      "through services that tell nothing",
      traced({}, { profiler: false }),
      "workloads[0].kind",
      '"trace" needs services that tell what they do for a request: set controlPlane.profiler: true',
    ],
    [
      "where there is nowhere to boot",
      traced({}, { computes: {} }),
      "workloads[0].kind",
      '"trace" boots servers, and there are no nova-computes: add some, such as controlPlane.computes: { core: 1 }',
    ],
    [
      "from a group",
      traced({ site: "edge" }),
      "workloads[0].site",
      '"edge" is a group of sites: name one of it, such as "edge-1"',
    ],
    [
      "to a site that there is not",
      traced({ computes: "fog" }),
      "workloads[0].computes",
      'there is no site "fog"; the sites are core, edge',
    ],
    [
      "to a site without computes",
      traced({ computes: "core" }),
      "workloads[0].computes",
      'there are no nova-computes at "core": name one of edge-1, edge-2',
    ],
    [
      "of Rally through services that tell nothing",
      tracedRally({}, { profiler: false }),
      "workloads[0].trace",
      "true needs services that tell what they do for a request: set controlPlane.profiler: true",
    ],
    [
      "of Rally that asks no OpenStack",
      { ...tracedRally({ scenario: "Dummy.dummy" }) },
      "workloads[0].trace",
      "true follows requests through OpenStack, and there are none here: take it out",
    ],
    [
      "of Rally more often than can be kept",
      tracedRally({ times: 201 }),
      "workloads[0].times",
      "201 iterations are more than can be traced in one run: use at most 200, or trace: false",
    ],
    [
      "that is not there, while services are ready for it",
      { ...controlPlaneScenario({ profiler: true }) },
      "controlPlane.profiler",
      "true takes every service some time, and no workload traces a request: add one, such as { name: boot, kind: trace, site: core } or trace: true for one of Rally, or take it out",
    ],
  ] as const)
    it(`is refused ${claim}`, () => assertRefused(scenario, [path, message]));

  it("may be Rally's", () => deepStrictEqual(parsed(tracedRally()).workloads[0]?.kind, "rally"));
});
