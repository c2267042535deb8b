import { deepEqual, equal, match } from "assert/strict";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { deviationsOf } from "../../campaigns/repeat/differences";
import type { Results } from "../../workloads/results/schema";
import { overridesOf, overridesVariable } from "../../workloads/runner/overrides";
import { buswide } from "../command/shim";
import { link, someResults } from "../runner/results";
import { writeCampaign } from "./synthetic";

function changed(changes: Partial<Results["provenance"]>): Results {
  const base = someResults();
  return { ...base, provenance: { ...base.provenance, ...changes } };
}

describe("what could not be made the same in a repeated run", () => {
  it("is nothing but the time where all else is the same", () =>
    deepEqual(deviationsOf(someResults(), changed({ startedAt: "2027-01-01T00:00:00Z" })), []));

  const host = someResults().provenance.host;
  const whole: Partial<Results["provenance"]> = {
    ...{ commit: "a", dirty: false, images: { "core/rabbitmq": "sha256:1" }, versions: { docker: "27" } },
    ...{ host: { ...host, id: "d" }, target: "local", serviceHosts: { "core/gateway": "alpha" } },
  };
  const cases: readonly (readonly [string, Partial<Results["provenance"]>, string, string])[] = [
    ["the commit", { commit: "b" }, "commit", "b"],
    ["changes that were not committed", { dirty: true }, "uncommitted changes", "yes"],
    ["an image", { images: { "core/rabbitmq": "sha256:2" } }, "image of core/rabbitmq", "sha256:2"],
    ["a version", { versions: { docker: "28" } }, "version of docker", "28"],
    ["the kernel", { host: { ...host, id: "d", kernel: "7" } }, "kernel", "7"],
    ["the machine", { host: { ...host, id: "e" } }, "machine, by a hash of its id", "e"],
    ["the kind of target", { target: "machines" }, "kind of target", "machines"],
    ["the CPU", { host: { ...host, id: "d", cpu: "d" } }, "CPU", "d"],
    [
      "a host",
      { hosts: { alpha: host } },
      "the host alpha",
      `${host.os}, kernel ${host.kernel}, ${host.cpu}, ${host.cores} cores, ${host.memoryBytes} bytes of memory`,
    ],
    ["the host of a service", { serviceHosts: { "core/gateway": "beta" } }, "host of core/gateway", "beta"],
    [
      "the scenario, as a later version reads it",
      { scenarioSha256: "cd" },
      "scenario as this version reads it",
      "cd",
    ],
  ];
  for (const [claim, provenance, what, after] of cases)
    it(`has ${claim}`, () => {
      const [found, ...more] = deviationsOf(changed(whole), changed({ ...whole, ...provenance }));
      deepEqual([found?.what, found?.after, more.length], [what, after, 0]);
    });

  it("has nothing that an older run did not say", () => {
    deepEqual(deviationsOf(someResults(), changed(whole)), []);
    const older = changed({ hosts: { alpha: host } });
    deepEqual(deviationsOf(older, changed({ hosts: { alpha: { ...host, id: "e" } } })), []);
    const [found] = deviationsOf(
      changed({ hosts: { alpha: { ...host, id: "d" } } }),
      changed({ hosts: { alpha: { ...host, id: "e" } } }),
    );
    deepEqual(
      [found?.what, found?.before.slice(-4), found?.after.slice(-4)],
      ["the host alpha", "id d", "id e"],
    );
  });

  it("has the emulator", () => {
    const other = { ...someResults(), links: [link("core--edge-1", { emulator: "netem" })] };
    deepEqual(deviationsOf(someResults(), other), [
      { what: "emulator of the links", before: "nfqueue", after: "netem" },
    ]);
  });

  it("says that two checkouts with changes may be two programs", () => {
    const dirty = changed({ dirty: true });
    match(deviationsOf(dirty, dirty)[0]?.after ?? "", /may be others/);
  });
});

describe("the overrides of a run", () => {
  it("reach the runner by its environment, and are unknown without it", () => {
    deepEqual(overridesOf({ [overridesVariable]: '["links[0].delay=50ms"]' }), ["links[0].delay=50ms"]);
    equal(overridesOf({}), undefined);
  });
});

describe("`run --from`", function () {
  this.timeout(60_000);
  let root = "";
  before(() => (root = mkdtempSync(join(tmpdir(), "buswide-repeat-"))));
  after(() => rmSync(root, { recursive: true }));

  it("refuses a campaign, a run that kept no scenario as written, and what is no run", async () => {
    const campaign = writeCampaign(root, { repetitions: 1, delays: [1, 2] });
    for (const [from, said] of [
      [campaign, /it is a campaign: name one of its runs/],
      [join(root, "runs", "c-wan", "1001"), /it has no config\/scenario\.written\.yaml/],
      ["moon", /no campaign and no stack of that name/],
    ] as const) {
      const { code, stderr } = await buswide(["run", "--from", from]);
      equal(code, 2, stderr);
      match(stderr, said);
    }
  });
  it("refuses to be told a scenario or values besides, and `run` to be told nothing", async () => {
    for (const [args, said] of [
      [["run", "demo", "--from", "demo@1"], /leave the scenario and --set away/],
      [["run", "--from", "demo@1", "--set", "seed=2"], /leave the scenario and --set away/],
      [["run"], /say which scenario to measure again, or which run/],
    ] as const) {
      const { code, stderr } = await buswide(args);
      equal(code, 2, stderr);
      match(stderr, said);
    }
  });
});
