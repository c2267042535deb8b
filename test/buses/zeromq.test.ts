import { deepStrictEqual, ok, strictEqual } from "assert";
import { readFileSync } from "fs";
import { accountsOf, derivePasswords } from "../../components/bus/accounts";
import { libraries } from "../../components/bus/combinations";
import { hashOf, renderAgents, renderMatchmaker } from "../../components/bus/zeromq/configuration";
import { transportUrl } from "../../components/bus/zeromq/plan";
import type { MeasurementInput } from "../../workloads/runner/input";
import { secretsOf } from "../../workloads/runner/redaction";
import { assertRefused } from "../scenario/refusal";
import { deployed, find } from "../support/experiments";
import { mockedSecret } from "../support/mocks";
import { plannedBus } from "../support/plans";
import { parsed, smallScenario, type RawScenario } from "../support/scenarios";

const zeromq = (settings: object = {}, workload: object = {}): RawScenario => {
  const scenario = smallScenario();
  const [load] = scenario["workloads"] as object[];
  return { ...scenario, bus: { kind: "zeromq", ...settings }, workloads: [{ ...load, ...workload }] };
};
const plan = (settings: object = {}) => plannedBus(zeromq(settings), "zeromq");
const notify = (servers: object, topics: number): RawScenario => ({
  ...zeromq(),
  workloads: [{ name: "notify", kind: "notification", clients: { core: 1 }, servers, topics, calls: 5 }],
});

describe("the plan of a ZeroMQ bus", () => {
  it("has one server, the matchmaker, at the first site unless it says where", () => {
    deepStrictEqual(
      plan().brokers.map(({ name, site, memoryBytes }) => [name, site, memoryBytes]),
      [["core-matchmaker", "core", 64 * 1024 ** 2]],
    );
    const elsewhere = plan({ site: "edge-2", memory: "128MiB" });
    deepStrictEqual(
      elsewhere.brokers.map(({ name, memoryBytes }) => [name, memoryBytes]),
      [["edge-2-matchmaker", 128 * 1024 ** 2]],
    );
    for (const endpoints of Object.values(elsewhere.endpoints))
      deepStrictEqual(endpoints, [
        { host: elsewhere.brokers[0].address, addresses: [elsewhere.brokers[0].address] },
      ]);
  });

  it("has agents found by the address of their own site's container", async () => {
    const { listeners } = plan();
    const { registrations } = await deployed(zeromq());
    deepStrictEqual(Object.keys(listeners), ["core", "edge-1", "edge-2"]);
    for (const [site, address] of Object.entries(listeners)) {
      const { networksAdvanced } = find(registrations, `${site}-agents-container`).inputs;
      deepStrictEqual(
        (networksAdvanced as { ipv4Address: string }[]).map(({ ipv4Address }) => ipv4Address),
        [address],
      );
    }
  });

  it("uses direct connections, and the library that has the driver", () => {
    deepStrictEqual(plan().settings, {
      oslo_messaging_zmq: { use_router_proxy: false, use_pub_sub: false },
    });
    const pinned = readFileSync("workloads/agent/requirements-zeromq.in", "utf8");
    const release = libraries.find(({ drivers }) => drivers.includes("zmq"))?.version;
    ok(release !== undefined && pinned.includes(`oslo.messaging==${release}\n`), release);
  });

  it("writes a transport URL with the password encoded, which redaction finds", () => {
    const [matchmaker] = plan().brokers;
    const url = transportUrl("a/b@c", matchmaker, "10.0.0.3");
    strictEqual(url, `zmq+redis://:a%2Fb%40c@${matchmaker.address}:6379/?rpc_zmq_host=10.0.0.3`);
    deepStrictEqual(secretsOf({ transports: { core: url }, settings: {} }), ["a%2Fb%40c", "a/b@c"]);
  });
});

describe("the matchmaker's configuration", () => {
  const lines = renderMatchmaker(plan().brokers[0], {
    figures: hashOf("secret"),
    accounts: hashOf("other"),
  }).split("\n");

  it("has a user that may read figures, and one that sets passwords, each by a hash, and takes agents' from a file", () =>
    deepStrictEqual(
      lines.filter((line) => /^(user|include)/.test(line)),
      [
        // printf secret | sha256sum
        "user figures on #2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b resetchannels -@all +info",
        `user accounts on #${hashOf("other")} resetchannels -@all +acl|setuser`,
        "include /var/lib/redis/accounts.conf",
      ],
    ));

  it("has agents' user take a password of each site, and do no commands but the driver's", () =>
    strictEqual(
      renderAgents([hashOf("secret"), hashOf("other")]),
      `user default on #${hashOf("secret")} #${hashOf("other")} ~* resetchannels -@all +ping +sadd +srem +smembers +ttl +expire\n`,
    ));

  it("keeps nothing on disk, and refuses rather than forgets when its share of memory is full", () => {
    for (const line of [
      `save ""`,
      "appendonly no",
      `maxmemory ${32 * 1024 ** 2}`,
      "maxmemory-policy noeviction",
    ])
      ok(lines.includes(line), line);
  });
});

describe("a ZeroMQ bus is refused", () => {
  it("at a site that is not there, and at a group", () => {
    assertRefused(zeromq({ site: "moon" }), [
      "bus.site",
      'there is no site "moon"; the sites are core, edge',
    ]);
    assertRefused(zeromq({ site: "edge" }), [
      "bus.site",
      '"edge" is a group of sites: name one of it, such as "edge-1"',
    ]);
  });

  it("for notifications with several listeners of a topic, each of which would get every one", () =>
    assertRefused(notify({ edge: 1 }, 1), [
      "workloads[0].topics",
      "2 servers of one topic: the driver sends a notification to every listener of its topic, not to one of them; use as many topics as servers, or another bus (here topics: 2)",
    ]));

  it("for a timeout that is no whole number of seconds", () =>
    assertRefused(zeromq({}, { timeout: "1500ms" }), [
      "workloads[0].timeout",
      "1.5s: the ZeroMQ driver counts timeouts in whole seconds; use 2s",
    ]));

  it("for nothing else: one listener a topic, and several servers of calls, casts and fanouts", () => {
    parsed(notify({ edge: 1 }, 2));
    for (const pattern of ["call", "cast", "fanout"]) parsed(zeromq({}, { pattern, servers: { edge: 3 } }));
  });
});

describe("a deployed ZeroMQ bus", () => {
  it("is these resources, each with its parent", async () => {
    const { registrations } = await deployed(zeromq());
    deepStrictEqual(
      registrations
        .filter(({ name }) => name === "bus" || name.startsWith("bus-"))
        .map(({ type, name, parent }) => [type, name, parent]),
      [
        ["buswide:bus:ZeroMq", "bus", undefined],
        ["buswide:topology:Service", "bus-core-matchmaker", "bus"],
        ["command:local:Command", "bus-core-matchmaker-accounts", "bus"],
        ["docker:index/container:Container", "bus-core-matchmaker-container", "bus-core-matchmaker"],
        ["buswide:index:RandomSecret", "bus-figures-password", "bus"],
        ["command:local:Command", "bus-figures-password-value", "bus-figures-password"],
        ["buswide:index:RandomSecret", "bus-password", "bus"],
        ["command:local:Command", "bus-password-value", "bus-password"],
      ],
    );
  });

  it("hands each site's agents a password in secret, and the matchmaker hashes alone", async () => {
    const { registrations } = await deployed(zeromq());
    const { inputs, secrets } = find(registrations, "measurement-run");
    const { bus, configuration } = JSON.parse(String(inputs["stdin"])) as MeasurementInput;
    const passwords = derivePasswords(mockedSecret, accountsOf(plan()));
    for (const [site, url] of Object.entries(bus.transports))
      ok(url.startsWith(`zmq+redis://:${passwords[`agents-${site}`]}@`), url);
    deepStrictEqual(secrets, ["stdin"]);
    const accounts = find(registrations, "bus-core-matchmaker-accounts");
    strictEqual(accounts.inputs["stdin"], renderAgents(Object.values(passwords).map(hashOf)));
    deepStrictEqual(accounts.secrets, ["stdin"]);
    const { uploads } = find(registrations, "bus-core-matchmaker-container").inputs;
    const content = Object.fromEntries(
      (uploads as { file: string; content: string }[]).map(({ file, content }) => [file, content]),
    );
    const written = content["/etc/buswide/redis.conf"] ?? "";
    ok(written.includes(hashOf(mockedSecret)) && !written.includes(mockedSecret));
    // What reads figures in the container finds its own password there, and what sets accounts its.
    deepStrictEqual(content["/etc/buswide/figures-password"], mockedSecret);
    const setting = content["/etc/buswide/accounts-password"] ?? "";
    ok(written.includes(`user accounts on #${hashOf(setting)} `));
    ok(configuration["core-matchmaker/accounts.conf"]?.startsWith("user default on #*** #*** #*** ~*"));
    for (const secret of [mockedSecret, setting, ...Object.values(passwords)])
      ok(!JSON.stringify(configuration).includes(secret));
  });

  it("runs agents in the image that has the driver", async () => {
    const { registrations } = await deployed(zeromq());
    const images = registrations.filter(({ type }) => type === "docker:index/remoteImage:RemoteImage");
    deepStrictEqual(images.map(({ name }) => name).sort(), [
      "target-agent-zeromq-image",
      "target-gateway-image",
      "target-matchmaker-image",
    ]);
  });
});
