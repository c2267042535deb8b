import { deepStrictEqual, ok, rejects, strictEqual } from "assert";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import Docker from "dockerode";
import { stringify } from "yaml";
import type { StateResource } from "../../bin/engine/state";
import { planLoaded } from "../../bin/planning";
import { planScenario, type PlanFacts } from "../../components/plan/plan";
import { findTarget } from "../../components/target/facts";
import { forgetHosts, noteHosts, noteMadeHost } from "../../components/target/hosts/note";
import { parseHostFacts } from "../../components/target/hosts/facts";
import { planFactsInCloud } from "../../components/target/openstack/facts";
import { placedHosts } from "../../components/target/placed";
import { ScenarioError } from "../../stacks/scenario/parse";
import { FakeCloud, roomyCloud } from "../support/fakeCloud";
import { openstackScenario, openstackTarget } from "../support/openstack";
import { parsed } from "../support/scenarios";

describe("a target in a cloud, before anything is made,", () => {
  let cloud: FakeCloud;
  let folder: string;
  const { OS_CLIENT_CONFIG_FILE: before_ } = process.env;
  before(async () => {
    cloud = await FakeCloud.start();
    folder = mkdtempSync(join(tmpdir(), "buswide-clouds-"));
    const file = join(folder, "clouds.yaml");
    const auth = { auth_url: `${cloud.url}/identity`, username: "me", password: "x", project_name: "p" };
    writeFileSync(file, stringify({ clouds: { lab: { auth, region_name: "one" } } }));
    process.env.OS_CLIENT_CONFIG_FILE = file;
  });
  after(async () => {
    if (before_ === undefined) delete process.env.OS_CLIENT_CONFIG_FILE;
    else process.env.OS_CLIENT_CONFIG_FILE = before_;
    rmSync(folder, { recursive: true });
    await cloud.stop();
  });
  beforeEach(() => (cloud.answers = roomyCloud()));

  // Nothing is asked of an engine: no host is there, and no image is somebody else's.
  const find = (target: object) =>
    findTarget(parsed(openstackScenario(target)), "test", {
      root: folder,
      docker: new Docker({ socketPath: "/nowhere" }),
    });

  it("is asked for, and planned without any host", async () => {
    const target = await find({});
    deepStrictEqual(target.warnings, []);
    deepStrictEqual(target.facts.busy, []);
    const plan = planScenario(parsed(openstackScenario()), target.facts);
    strictEqual(plan.hosts?.hosts.get("core")?.address, "10.64.253.13");
    deepStrictEqual(await target.check(plan), { issues: [], warnings: [] });
  });

  it("is refused while the stack has something on a machine that is called as one of its hosts", async () => {
    noteHosts(folder, "test", [{ name: "core", ssh: { host: "192.0.2.1", user: "me" }, engine: "A" }]);
    noteMadeHost(folder, "test", "edge-1", { host: "10.64.0.9" });
    try {
      const target = await find({});
      const plan = planScenario(parsed(openstackScenario()), target.facts);
      const message = "core was another machine, me@192.0.2.1: use another name, or --lost core";
      deepStrictEqual(await target.check(plan), { issues: [{ path: "target", message }], warnings: [] });
    } finally {
      forgetHosts(folder, "test");
    }
  });

  it("is planned as before once its hosts are there and say what they are", () => {
    const said = ["docker\truns 24.0.7", "engine\tE", "hardware\t02:00:00:00:00:01", "default\t10.64.0.19"];
    const answered = new Map([["core", parseHostFacts(said.join("\n"), 0)]]);
    const jump = [{ host: "203.0.113.5" }];
    const facts = planFactsInCloud("test", { networks: [], deployed: new Map() }, answered, [
      { name: "core", ssh: { host: "10.64.253.13", jump } },
    ]);
    deepStrictEqual(facts.busy, ["10.64.253.13/32", "203.0.113.5/32"]);
    const planned = (given: PlanFacts) => planScenario(parsed(openstackScenario()), given).hosts;
    deepStrictEqual(planned(facts), planned({ stack: "test", busy: [] }));
    strictEqual(planned(facts)?.hosts.get("core")?.engine, undefined);
  });

  it("keeps off the network that exists for its hosts, and off their name servers, before any host is there", async () => {
    const [network, subnet] = ["?name=sharednet1", "?network_id=n2"];
    cloud.answers = {
      ...cloud.answers,
      [`network /networks${network}`]: { networks: [{ id: "n2", name: "sharednet1", mtu: 1500 }] },
      [`network /subnets${subnet}`]: {
        subnets: [
          { cidr: "10.128.0.0/10", ip_version: 4 },
          { cidr: "2001:db8::/64", ip_version: 6 },
        ],
      },
    };
    const target = { network: "sharednet1", dns: ["10.192.0.53"] };
    const { facts } = await find(target);
    deepStrictEqual(facts.busy, ["10.128.0.0/10"]);
    const { sites } = planScenario(parsed(openstackScenario(target)), facts);
    for (const { prefix } of sites) ok(/^10\.(19[2-9]|2\d\d)\./.test(prefix.text), prefix.text);
    const placed = placedHosts(openstackTarget(openstackScenario(target)), new Map([["core", ["core"]]]));
    deepStrictEqual(placed?.busy, ["10.192.0.53/32"]);
  });

  it("is planned with its hosts where they are deployed", async () => {
    const subnet = (name: string, cidr: string) => ({ name, cidr, ip_version: 4 });
    cloud.answers = {
      ...cloud.answers,
      "network /subnets?tags=buswide-stack%3Dtest": {
        subnets: [
          subnet("buswide-test--wan", "10.64.240.0/20"),
          subnet("buswide-test--bastion", "10.64.0.0/28"),
          subnet("buswide-test-core", "10.64.1.16/28"),
        ],
      },
    };
    const { facts } = await find({});
    deepStrictEqual([...(facts.deployedInCloud ?? [])], [["core", "10.64.1.16/28"]]);
    const { hosts } = planScenario(parsed(openstackScenario()), facts);
    strictEqual(hosts?.hosts.get("core")?.address, "10.64.240.33");
    strictEqual(hosts.cloud?.hosts[0]?.prefix?.text, "10.64.1.16/28");
    strictEqual(hosts.hosts.get("edge-1")?.address, "10.64.245.32");
  });

  it("is refused by path and message where quotas leave too little", async () => {
    const { limits } = cloud.answers["compute /limits"] as { limits: { absolute: Record<string, number> } };
    limits.absolute["maxTotalCores"] = 7;
    await rejects(find({}), (error: unknown) => {
      ok(error instanceof ScenarioError);
      deepStrictEqual(error.issues, [
        {
          path: "target",
          message:
            "4 more cores are needed, and the project's quota of 7 leaves 3: ask for 1 more, or use smaller flavors, or fewer hosts (target.sites.<group>.hosts)",
        },
      ]);
      return true;
    });
  });

  it("is refused where its stack is deployed in another region, as its state says", async () => {
    const group = (region: string) => ({
      urn: "urn:g",
      type: "openstack:networking/secGroup:SecGroup",
      outputs: { tenantId: "p1", region },
    });
    const planIn = (...resources: StateResource[]) =>
      planLoaded(
        { stack: "test", scenario: parsed(openstackScenario()), file: "", shown: "it", configuration: {} },
        {
          root: folder,
          docker: new Docker({ socketPath: "/nowhere" }),
          engine: { exportState: () => Promise.resolve({ version: 3, deployment: { resources } }) },
        },
      );
    await planIn();
    await planIn(group("one"));
    await rejects(planIn(group("two")), (error: unknown) => {
      ok(error instanceof Error);
      ok(/target\.region: this stack is deployed in the region "two"/.test(error.message), error.message);
      return true;
    });
  });

  it("is refused where there are no credentials for it", () =>
    rejects(find({ cloud: "nowhere" }), (error: unknown) => {
      ok(error instanceof ScenarioError);
      deepStrictEqual(
        error.issues.map(({ path }) => path),
        ["target.cloud"],
      );
      ok(/has no cloud "nowhere": it has lab$/.test(error.message), error.message);
      return true;
    }));

  it("has hosts that are there and do not answer told of, and does not end at them", async function () {
    this.timeout(60_000);
    const server = {
      id: "s1",
      name: "buswide-test-core",
      status: "ACTIVE",
      flavor: { original_name: "m1.small" },
      addresses: {},
    };
    const tag = "?tags=buswide-stack%3Dtest";
    cloud.answers = {
      ...cloud.answers,
      [`compute /servers/detail${tag}`]: { servers: [server] },
      [`compute /servers/detail${tag}&marker=s1`]: { servers: [] },
      // A name that nobody has (RFC 6761): SSH ends at once.
      [`network /floatingips${tag}`]: { floatingips: [{ floating_ip_address: "bastion.invalid" }] },
    };
    const { warnings } = await find({});
    deepStrictEqual(warnings, ["core: its instance is there, and does not answer yet by SSH"]);
    deepStrictEqual((await find({ deploy: "hosts" })).warnings, []);
  });
});
