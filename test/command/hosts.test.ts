import assert from "assert/strict";
import type Docker from "dockerode";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { compareWithDocker, removeLeftovers, removeUnusedImages } from "../../bin/engine/docker";
import { doubtsOf, withDoubted, withDoubts } from "../../bin/engine/doubts";
import { leaveHosts } from "../../bin/commands/up";
import { StackEngines } from "../../bin/engine/hosts";
import { withoutHost } from "../../bin/engine/lost";
import {
  containersToGo,
  hasOpenstack,
  instancesOf,
  sentImages,
  type StackState,
  type StateResource,
} from "../../bin/engine/state";
import { Outcome } from "../../bin/report/outcome";
import type { Screen } from "../../bin/report/screen";
import { expectedResources, expectedUnits } from "../../bin/report/phases";
import { deployExperiment } from "../../components/experiment";
import { planScenario } from "../../components/plan/plan";
import {
  exchangedHosts,
  forgetHosts,
  madeHosts,
  notedHosts,
  noteHosts,
  noteMadeHost,
} from "../../components/target/hosts/note";
import type { HostsPlan } from "../../components/target/hostsPlan";
import { sentMark } from "../../components/target/names";
import { mockedImages } from "../support/experiments";
import { machinesFacts, machinesScenario } from "../support/machines";
import { record, type Registration } from "../support/mocks";
import { openstackScenario } from "../support/openstack";
import { parsed } from "../support/scenarios";

const plan = () => planScenario(parsed(machinesScenario()), machinesFacts);
const urnOf = ({ type, name }: Pick<Registration, "type" | "name">) =>
  `urn:pulumi:test::buswide::${type}::${name}`;

/** The state of the small scenario once it is deployed on hosts, as the engine has it. */
async function deployedState(planned = plan()): Promise<StackState> {
  const { registrations } = await record(() => deployExperiment(planned, { images: mockedImages }));
  const byName = new Map(registrations.map((one) => [one.name, one]));
  const urn = (name: string | undefined) => {
    const found = name === undefined ? undefined : byName.get(name);
    return found ? urnOf(found) : undefined;
  };
  const resources = registrations.map((one) => {
    const { name: named } = one.inputs;
    const provider = one.provider === undefined ? undefined : urn(one.provider);
    return {
      urn: urnOf(one),
      type: one.type,
      ...(one.type.startsWith("buswide:")
        ? {}
        : { id: `id of ${typeof named === "string" ? named : one.name}` }),
      inputs: one.inputs,
      ...(provider === undefined ? {} : { provider: `${provider}::0a1b` }),
      dependencies: one.dependencies.flatMap((name) => urn(name) ?? []),
      propertyDependencies: { image: one.dependencies.flatMap((name) => urn(name) ?? []), none: null },
      ...(one.deletedWith === undefined ? {} : { deletedWith: urn(one.deletedWith) ?? "" }),
    };
  });
  return { version: 3, deployment: { resources } };
}

const names = ({ deployment }: StackState) =>
  (deployment.resources ?? []).map(({ urn }) => urn.split("::").at(-1) ?? "");

describe("the state of a stack on hosts", () => {
  let state: StackState;
  before(async () => (state = await deployedState()));

  it("has no container that its plan does not name", () =>
    assert.deepEqual(containersToGo(state, plan()), []));

  it("says which host was given which image", () =>
    assert.deepEqual(
      sentImages(state).map(({ urn, host, image }) => [urn.split("::").at(-1), host, image]),
      [
        "alpha-agent",
        "alpha-gateway",
        "alpha-rabbitmq",
        "beta-agent",
        "beta-gateway",
        "gamma-agent",
        "gamma-gateway",
      ].map((name) => {
        const [host = "", image = ""] = name.split("-");
        return [`target-${name}-image`, host, `buswide/${image}:0123456789ab`];
      }),
    ));

  it("is in doubt in what was set in containers of hosts, and given to hosts, after a kill", () => {
    const doubted = doubtsOf(withDoubts(state)).map((urn) => urn.split("::").at(-1) ?? "");
    for (const name of [
      "core--edge-1-there",
      "edge-2-routes-set",
      "bus-core-rabbitmq-accounts",
      "target-beta-agent-image",
    ])
      assert.ok(doubted.includes(name), name);
    for (const name of ["measurement-run", "bus-password-value"]) assert.ok(!doubted.includes(name), name);
    const [lost] = sentImages(state);
    assert.deepEqual(doubtsOf(withDoubted(state, [lost?.urn ?? ""])), [lost?.urn]);
  });

  it("has nothing more of a host that is forgotten, nor anything that speaks of what it had there", () => {
    const left = withoutHost(state, "beta");
    const gone = names(state).filter((name) => !names(left).includes(name));
    assert.deepEqual(gone.sort(), [
      "core--edge-1-back",
      "edge-1-agents-container",
      "edge-1-gateway-container",
      "edge-1-network",
      "edge-1-routes-set",
      "target-beta",
      "target-beta-agent-image",
      "target-beta-gateway-image",
      "target-beta-underlay",
    ]);
    const known = new Set((left.deployment.resources ?? []).map(({ urn }) => urn));
    for (const resource of (left.deployment.resources ?? []) as readonly (StateResource & {
      dependencies: string[];
      propertyDependencies: Record<string, string[] | null>;
      deletedWith?: string;
      provider?: string;
    })[]) {
      const urns = [
        ...resource.dependencies,
        ...Object.values(resource.propertyDependencies).flatMap((one) => one ?? []),
      ];
      for (const urn of urns) assert.ok(known.has(urn), `${resource.urn} depends on ${urn}`);
      if (resource.deletedWith) assert.ok(known.has(resource.deletedWith));
      if (resource.provider) assert.ok(known.has(resource.provider.split("::").slice(0, -1).join("::")));
    }
  });

  it("stays as it is where the host that is forgotten has nothing", () =>
    assert.deepEqual(names(withoutHost(state, "delta")), names(state)));

  it("has as many resources as are expected, near enough to know how it is to be saved", () => {
    const expected = expectedResources(plan());
    assert.ok(Math.abs(expected - names(state).length) <= 8, `${expected} of ${names(state).length}`);
    assert.equal(expectedUnits(plan()).images, 3 + 7);
  });
});

describe("the state of a stack on hosts that are made in a cloud", () => {
  let state: StackState;
  const inCloud = () => planScenario(parsed(openstackScenario()), { stack: "test", busy: [] });
  before(async () => (state = await deployedState(inCloud())));

  it("tells which instance a host is, which is asked for once the host is given up", () => {
    assert.ok(hasOpenstack(state));
    assert.deepEqual(
      instancesOf(state, ["edge-1", "edge"]).map((urn) => urn.split("::").at(-1)),
      ["cloud-host-edge-1-instance"],
    );
    assert.deepEqual(instancesOf(state, []), []);
  });

  it("keeps an instance of a host that is given up, and nothing that was on it or waited for it", () => {
    const gone = names(state).filter((name) => !names(withoutHost(state, "edge-1")).includes(name));
    assert.deepEqual(gone, [
      "access-edge-1",
      "core--edge-1-back",
      "edge-1-agents-container",
      "edge-1-gateway-container",
      "edge-1-network",
      "edge-1-routes-set",
      "target-edge-1",
      "target-edge-1-agent-image",
      "target-edge-1-gateway-image",
      "target-edge-1-underlay",
    ]);
  });

  it("has as many resources as are expected, near enough to know how far it is", () => {
    const [expected, actual] = [expectedResources(inCloud()), (state.deployment.resources ?? []).length];
    assert.ok(Math.abs(expected - actual) / actual < 0.25, `${expected} expected, ${actual} are there`);
    assert.equal(expectedUnits(inCloud()).hosts, 3);
    const alone = planScenario(parsed(openstackScenario({ deploy: "hosts" })), { stack: "test", busy: [] });
    assert.deepEqual(
      Object.entries(expectedUnits(alone)).filter(([, units]) => units > 0),
      [["hosts", 3]],
    );
  });
});

describe("what hosts have of a stack", () => {
  /** An engine with containers and networks, by their ids; what is removed is in the list. */
  function engine(
    containers: Readonly<Record<string, string>>,
    networks: readonly string[],
    removed: string[] = [],
  ): Docker {
    const remove = (id: string) => ({ remove: () => Promise.resolve(removed.push(id)) });
    return {
      listContainers: () =>
        Promise.resolve(
          Object.entries(containers).map(([Id, State]) => ({ Id, State, Names: [`/${Id}-name`] })),
        ),
      listNetworks: () => Promise.resolve(networks.map((Id) => ({ Id, Name: `${Id}-name` }))),
      getContainer: remove,
      getNetwork: remove,
    } as unknown as Docker;
  }
  const stated = (id: string, type: string): StateResource => ({ urn: `urn::${id}`, type, id });
  const state: StackState = {
    version: 3,
    deployment: {
      resources: [
        stated("here", "docker:index/container:Container"),
        stated("stopped", "docker:index/container:Container"),
        stated("lost", "docker:index/container:Container"),
        stated("net", "docker:index/network:Network"),
      ],
    },
  };

  it("is compared with the state over all of them: left over on one, missing on all", async () => {
    const [one, other]: [string[], string[]] = [[], []];
    const engines = [
      { docker: engine({ here: "running" }, []) },
      { host: "alpha", docker: engine({ stopped: "exited", more: "running" }, ["net", "extra"], one) },
      { host: "beta", docker: engine({}, ["more-net"], other) },
    ];
    const { leftovers, missing } = await compareWithDocker(engines, "s", state);
    assert.deepEqual(missing, ["urn::stopped", "urn::lost"]);
    assert.deepEqual(
      leftovers.map(({ host, containers, networks }) => [
        host,
        containers.map(({ name }) => name),
        networks.map(({ id }) => id),
      ]),
      [
        ["alpha", ["more-name"], ["extra"]],
        ["beta", [], ["more-net"]],
      ],
    );
    await removeLeftovers(leftovers);
    assert.deepEqual([one, other], [["more", "extra"], ["more-net"]]);
  });

  it("is looked for on the hosts that are noted, until they are forgotten", async () => {
    const root = mkdtempSync(join(tmpdir(), "buswide-hosts-"));
    try {
      assert.deepEqual(notedHosts(root, "s"), {});
      noteHosts(root, "s", [
        { name: "alpha", ssh: { host: "192.0.2.1", user: "root" }, engine: "A" },
        { name: "beta", ssh: { host: "192.0.2.2", user: "me" }, engine: "B" },
      ]);
      // The same machine by another way.
      noteHosts(root, "s", [{ name: "beta", ssh: { host: "127.0.0.1", port: 1 }, engine: "B" }]);
      const noted = {
        alpha: { ssh: { host: "192.0.2.1", user: "root" }, engine: "A" },
        beta: { ssh: { host: "127.0.0.1", port: 1 }, engine: "B" },
      };
      assert.deepEqual(notedHosts(root, "s"), noted);
      const exchanged = [
        { name: "alpha", ssh: { host: "192.0.2.1" }, engine: "C" },
        { name: "beta", ssh: { host: "192.0.2.2" }, engine: "B" },
        { name: "gamma", ssh: { host: "192.0.2.3" }, engine: "A" },
      ];
      const message = "alpha was another machine, root@192.0.2.1: use another name, or --lost alpha";
      assert.deepEqual(exchangedHosts(noted, exchanged), [{ path: "target.hosts.alpha", message }]);
      assert.throws(() => noteHosts(root, "s", exchanged), { message });
      assert.deepEqual(notedHosts(root, "s"), noted);
      assert.deepEqual(notedHosts(root, "other"), {});
      forgetHosts(root, "s", ["alpha"]);
      const local = engine({}, []);
      await assert.rejects(new StackEngines(root, "s", local).all(), {
        name: "Failure",
        message:
          /^s has something on a host that can't be reached:\n  beta: no connection to 127\.0\.0\.1:1: .*\n.*back, the same command goes on.*`--lost beta`/s,
      });
      forgetHosts(root, "s");
      assert.deepEqual(await new StackEngines(root, "s", local).all(), [{ docker: local }]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe("hosts that a stack itself has made", () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-hosts-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  it("are noted by the way to them, made anew or not, but never in the place of a machine", () => {
    noteMadeHost(root, "s", "core", { host: "10.64.0.1" });
    noteMadeHost(root, "s", "core", { host: "10.64.0.2" });
    noteHosts(root, "s", [{ name: "alpha", ssh: { host: "192.0.2.1" }, engine: "A" }]);
    const message = "alpha was another machine, 192.0.2.1: use another name, or --lost alpha";
    assert.throws(() => noteMadeHost(root, "s", "alpha", { host: "10.64.0.3" }), { message });
    const noted = {
      core: { ssh: { host: "10.64.0.2" } },
      alpha: { ssh: { host: "192.0.2.1" }, engine: "A" },
    };
    assert.deepEqual(notedHosts(root, "s"), noted);
    assert.deepEqual(madeHosts(noted), ["core"]);
  });

  it("are forgotten by an `up` without them, and nobody looks for images there", async () => {
    for (const name of ["core", "edge-1"]) noteMadeHost(root, "s", name, { host: "10.64.0.1" });
    const engines = { all: () => Promise.reject(new Error("a host is asked")) } as unknown as StackEngines;
    const hosts = new Map([["core", {}]]) as unknown as HostsPlan["hosts"];
    const screen = { line: () => undefined } as unknown as Screen;
    await leaveHosts({ root, stack: "s", engines, screen }, { hosts: { hosts } as HostsPlan });
    assert.deepEqual(Object.keys(notedHosts(root, "s")), ["core"]);
    noteHosts(root, "s", [{ name: "alpha", ssh: { host: "192.0.2.1" }, engine: "A" }]);
    await assert.rejects(
      leaveHosts({ root, stack: "s", engines, screen }, { hosts: { hosts } as HostsPlan }),
      /a host is asked/,
    );
  });
});

describe("what failed on hosts", () => {
  const urn = (name: string) => `urn:pulumi:t::buswide::docker:index/container:Container::${name}`;
  const provider = (host: string) =>
    `urn:pulumi:t::buswide::buswide:target:Machines$pulumi:providers:docker::target-${host}::0a1b`;
  const begun = (name: string, host?: string) =>
    ({
      ...{ sequence: 0, timestamp: 0 },
      resourcePreEvent: {
        metadata: {
          urn: urn(name),
          op: "create",
          type: "docker:index/container:Container",
          provider: host ? provider(host) : "",
        },
      },
    }) as unknown as EngineEvent;
  const failed = (name: string, message: string) =>
    ({
      sequence: 0,
      timestamp: 0,
      diagnosticEvent: { urn: urn(name), message, severity: "error", color: "never" },
    }) as EngineEvent;

  it("is told host by host where it is much, with the first reason, and by itself where it is little", () => {
    const outcome = new Outcome();
    const many = ["a", "b", "c", "d", "e", "f"];
    for (const name of many) outcome.take(begun(name, "node-1.example.org"));
    outcome.take(begun("g", "beta"));
    outcome.take(begun("h"));
    for (const name of many) outcome.take(failed(name, `${name}: connection refused`));
    outcome.take(failed("g", "no space left"));
    outcome.take(failed("h", "no such image"));
    assert.deepEqual(outcome.describe(), [
      "failed on node-1.example.org: a, b, c, d, … 2 more\n  a: connection refused",
      "failed on beta: g (docker container)\n  no space left",
      "failed: h (docker container)\n  no such image",
    ]);
  });

  it("comes with what helps where an engine holds a port for a container that is gone", () => {
    const outcome = new Outcome();
    outcome.take(begun("g", "beta"));
    outcome.take(failed("g", "Bind for 192.0.2.12:19353 failed: port is already allocated"));
    const [told = ""] = outcome.describe();
    assert.match(told, /^failed on beta: g [^]*already allocated\n[^]*start that engine anew/);
  });

  /** What the engine says when it begins with each resource of a stack, one of whose hosts is behind another; and URNs by name. */
  async function begunOnHosts(): Promise<{ urns: Map<string, string>; events: EngineEvent[] }> {
    const hosts = {
      alpha: { host: "192.0.2.11" },
      beta: { host: "192.0.2.12", groups: ["edge"], jump: "root@192.0.2.11" },
      // The same address, seen from somewhere else.
      gamma: { host: "192.0.2.12", groups: ["edge"], user: "me", port: 2222, jump: "a.example.org" },
    };
    const { deployment } = await deployedState(
      planScenario(parsed(machinesScenario({ hosts })), machinesFacts),
    );
    const resources = deployment.resources ?? [];
    const events = resources.map(({ urn: resource, type, inputs }) => ({
      ...{ sequence: 0, timestamp: 0 },
      resourcePreEvent: {
        metadata: { urn: resource, type, op: "create", provider: "", new: { inputs } },
      },
    }));
    return {
      urns: new Map(resources.map((resource) => [resource.urn.split("::").at(-1) ?? "", resource.urn])),
      events: events as unknown as EngineEvent[],
    };
  }

  it("is told of commands, too, by the host that they lead to, whoever is passed on the way", async () => {
    const { urns, events } = await begunOnHosts();
    const outcome = new Outcome();
    for (const event of events) outcome.take(event);
    const closed = "Connection closed by UNKNOWN port 65535";
    const named = ["edge-1-routes-set", "core--edge-1-there", "target-gamma-agent-image", "measurement-run"];
    for (const name of named) {
      const urn = urns.get(name) ?? assert.fail(`there is no ${name}`);
      outcome.take({
        ...{ sequence: 0, timestamp: 0 },
        diagnosticEvent: { urn, message: closed, severity: "error", color: "never" },
      });
    }
    assert.deepEqual(outcome.describe(), [
      `failed on beta: edge-1-routes-set (command)\n  ${closed}`,
      `failed on alpha: core--edge-1-there (command)\n  ${closed}`,
      `failed on gamma: target-gamma-agent-image (command)\n  ${closed}`,
      `failed: measurement-run (command)\n  ${closed}`,
    ]);
  });
});

describe("images that hosts were given", () => {
  /** An engine with images, by id, and the ids of those that containers use; what is removed is in the list. */
  function engine(
    images: Readonly<Record<string, readonly string[]>>,
    used: readonly string[],
    removed: string[],
  ): Docker {
    const all = Object.entries(images).map(([Id, RepoTags]) => ({ Id, RepoTags }));
    return {
      listImages: (options?: object) =>
        Promise.resolve(
          options
            ? all.filter(({ RepoTags }) => RepoTags.some((tag) => tag.startsWith("buswide/gateway")))
            : all,
        ),
      listContainers: () => Promise.resolve(used.map((ImageID) => ({ ImageID }))),
      getImage: (name: string) => ({ remove: () => Promise.resolve(removed.push(name)) }),
    } as unknown as Docker;
  }

  it("are removed once nothing uses them, those of others by the mark that they were given", async () => {
    const removed: string[] = [];
    const images = {
      "sha256:1": ["buswide/gateway:1"],
      "sha256:2": ["rabbitmq:4", "mine:1", sentMark("docker.io/library/rabbitmq:4")],
      "sha256:3": ["quay.io/a/b:latest", sentMark("quay.io/a/b")],
      "sha256:4": ["was:there"],
      "sha256:5": ["in:use", sentMark("in:use")],
    };
    const told = await removeUnusedImages(engine(images, ["sha256:5"], removed));
    const expected = [
      "buswide/gateway:1",
      ...["rabbitmq:4", sentMark("rabbitmq:4")],
      ...["quay.io/a/b:latest", sentMark("quay.io/a/b:latest")],
    ];
    assert.deepEqual(removed, expected);
    assert.deepEqual(told, expected);
  });

  it("are marked by what engines call them, however much of a name is written out", () => {
    assert.match(sentMark("a"), /^buswide\/sent:[0-9a-f]{16}$/);
    for (const name of ["a:latest", "docker.io/library/a", "index.docker.io/library/a:latest"])
      assert.equal(sentMark(name), sentMark("a"), name);
    assert.notEqual(sentMark("a:5000/b"), sentMark("a:5000/c"));
    assert.equal(sentMark("a:5000/b"), sentMark("a:5000/b:latest"));
  });
});
