import { deepStrictEqual, ok, strictEqual } from "assert";
import { resolve } from "path";
import { planScenario, type Plan } from "../../components/plan/plan";
import { placedHosts } from "../../components/target/placed";
import { planCloud } from "../../components/target/openstack/plan";
import { expandSites } from "../../stacks/scenario/expand";
import { readScenarioFiles } from "../../stacks/scenario/files";
import type { Scenario } from "../../stacks/scenario/schema";
import { facts } from "../support/plans";
import { parsed } from "../support/scenarios";
import { stackFiles } from "../support/stackFiles";

const folder = resolve(__dirname, "../../stacks");

/** Where hosts say that others reach them. */
const addressOf = (at: number) => `198.51.100.${11 + at}`;

/** Plans a scenario by what its hosts, if it has any that are there, might say. */
function plannedAsAnswered(scenario: Scenario): Plan {
  const hosts = placedHosts(scenario.target, expandSites(scenario.sites))?.hosts ?? [];
  const there = scenario.target.kind === "machines" ? hosts : [];
  return planScenario(scenario, {
    ...facts,
    busy: ["172.17.0.0/16", ...there.map((_, at) => `${addressOf(at)}/32`)],
    hostAddresses: new Map(there.map(({ name }, at) => [name, addressOf(at)])),
    hostEngines: new Map(there.map(({ name }) => [name, `engine of ${name}`])),
  });
}

describe("a scenario of the project", () => {
  for (const { file, scenario: written } of stackFiles())
    it(`is planned, with all of its sites, links and workloads: ${file}`, () => {
      const scenario = parsed(readScenarioFiles(written, folder));
      const { kind } = scenario.target;
      const plan = plannedAsAnswered(scenario);
      const sites = plan.sites.map(({ name }) => name);
      deepStrictEqual(sites, [...expandSites(scenario.sites).values()].flat());
      deepStrictEqual(
        plan.loads.map(({ name }) => name),
        scenario.workloads.map(({ name }) => name),
      );
      // Whoever is at one site can reach all others.
      for (const [site, hops] of plan.routes)
        strictEqual(new Set(hops.keys()).add(site).size, sites.length, `${site}: ${[...hops.keys()].join()}`);
      for (const { between } of plan.links) for (const end of between) ok(sites.includes(end), end);

      strictEqual(plan.hosts === undefined, kind === "local");
      if (!plan.hosts) return;
      deepStrictEqual([...plan.hosts.places.keys()].sort(), [...sites].sort());
      for (const { host } of plan.hosts.places.values()) ok(plan.hosts.hosts.has(host), host);
      if (scenario.target.kind === "machines")
        deepStrictEqual(
          [...plan.hosts.hosts.values()].map(({ address, engine }) => [address, engine]),
          [...plan.hosts.hosts.keys()].map((name, at) => [addressOf(at), `engine of ${name}`]),
        );
      if (scenario.target.kind !== "openstack") return;
      ok(plan.hosts.cloud);
      const { hosts, bastion } = planCloud(scenario.target, plan.stack, plan.hosts.cloud, plan.hosts);
      deepStrictEqual(
        hosts.map(({ name }) => name),
        [...plan.hosts.hosts.keys()],
      );
      strictEqual(bastion !== undefined, scenario.target.bastion.host === undefined);
    });

  it("is there for each target", () =>
    deepStrictEqual(
      new Set(stackFiles().map(({ scenario }) => parsed(readScenarioFiles(scenario, folder)).target.kind)),
      new Set(["local", "machines", "openstack"]),
    ));
});
