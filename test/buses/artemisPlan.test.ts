import { deepStrictEqual, ok, strictEqual } from "assert";
import { hashPassword, renderUsers } from "../../components/bus/artemis/accounts";
import { brokerEnvironment, renderConfiguration } from "../../components/bus/artemis/configuration";
import type { ArtemisBroker, ArtemisPlan } from "../../components/bus/artemis/plan";
import { transportUrl } from "../../components/bus/amqp/driver";
import { assertRefused } from "../scenario/refusal";
import { plannedBus } from "../support/plans";
import { smallScenarioWith } from "../support/scenarios";

const scenario = (settings: object) => smallScenarioWith(["bus"], { kind: "artemis", ...settings });
const bus = (settings: object): ArtemisPlan => plannedBus(scenario(settings), "artemis");

function only({ brokers }: ArtemisPlan): ArtemisBroker {
  const [broker] = brokers;
  ok(broker);
  return broker;
}

/** The settings of the addresses that a pattern matches, or the rights of accounts on them. */
function section(xml: string, of: "address-setting" | "security-setting", match: string): string {
  const start = xml.indexOf(`<${of} match="${match}">`);
  ok(start >= 0, `there is no ${of} of ${match} in ${xml}`);
  return xml.slice(start, xml.indexOf(`</${of}>`, start));
}
const rights = (xml: string, match: string) =>
  [...section(xml, "security-setting", match).matchAll(/type="(\w+)" roles="(\w+)"/g)].map(
    ([, right, role]) => `${role} ${right}`,
  );

describe("the plan of an Artemis broker", () => {
  it("has one at the first site unless it says where, and all agents use it", () => {
    for (const [settings, name] of [
      [{}, "core-artemis"],
      [{ site: "edge-2" }, "edge-2-artemis"],
    ] as const) {
      const plan = bus(settings);
      const { address } = only(plan);
      deepStrictEqual(
        plan.brokers.map((broker) => broker.name),
        [name],
      );
      for (const endpoints of Object.values(plan.endpoints))
        deepStrictEqual(endpoints, [{ host: address, addresses: [address] }]);
    }
  });

  it("has agents with the driver's libraries, which wait for acknowledgements of all but replies", () => {
    const { agentImage, settings } = bus({});
    strictEqual(agentImage, "agent-amqp");
    deepStrictEqual(settings, {
      oslo_messaging_amqp: {
        addressing_mode: "legacy",
        pre_settled: ["rpc-reply"],
        sasl_mechanisms: "PLAIN",
      },
    });
  });

  it("leaves Java half of the container's memory for objects, and a quarter and more for itself", () => {
    const { HEAP_MIB, DIRECT_MIB } = brokerEnvironment(bus({}), only(bus({ memory: "1GiB" })));
    deepStrictEqual([HEAP_MIB, DIRECT_MIB], ["512", "128"]);
  });
});

describe("broker.xml of an Artemis broker", () => {
  const xml = renderConfiguration(bus({}), only(bus({})));

  it("copies to all servers what is broadcast, and gives anything else to one", () => {
    const routing = (match: string) =>
      [...section(xml, "address-setting", match).matchAll(/routing-type>(\w+)</g)].map(([, type]) => type);
    deepStrictEqual(routing("#"), ["ANYCAST", "ANYCAST"]);
    deepStrictEqual(routing("broadcast.openstack.#"), ["MULTICAST", "MULTICAST"]);
  });

  it("throws nothing away: not for its age in the driver's clock, nor for coming back, nor for want of memory", () => {
    const everywhere = section(xml, "address-setting", "#");
    for (const setting of [
      "<min-expiry-delay>300000</min-expiry-delay>",
      "<max-delivery-attempts>-1</max-delivery-attempts>",
      "<address-full-policy>PAGE</address-full-policy>",
    ])
      ok(everywhere.includes(setting), setting);
  });

  it("keeps a topic's queue without servers, and no other", () => {
    ok(section(xml, "address-setting", "unicast.openstack.#").includes("<auto-delete-queues>false<"));
    ok(section(xml, "address-setting", "#").includes("<auto-delete-queues>true<"));
  });

  it("lets agents neither manage nor browse, and make lasting queues of topics only", () => {
    const topic = rights(xml, "unicast.openstack.#");
    ok(topic.includes("agents createDurableQueue"));
    ok(!rights(xml, "#").includes("agents createDurableQueue"));
    for (const right of ["manage", "browse", "view", "edit", "deleteDurableQueue"])
      ok(!xml.includes(`type="${right}"`), right);
  });

  it("opens nothing that is the broker's or another exchange's to agents, alone and in a cluster", () => {
    const plan = bus({ topology: "cluster" });
    for (const text of [xml, ...plan.brokers.map((broker) => renderConfiguration(plan, broker, "sesame"))]) {
      // What `HierarchicalObjectRepository` finds (2.40): of the patterns that match, the longest, alone.
      const patterns = [...text.matchAll(/<security-setting match="(.*)#">/g)].map(([, start = ""]) => start);
      const found = (address: string) =>
        patterns
          .filter((start) => address.startsWith(start))
          .sort((one, other) => other.length - one.length)
          .map((start) => rights(text, `${start}#`))[0];
      for (const address of [
        "activemq.notifications",
        "activemq.management",
        "$.artemis.internal.sf.buswide.0123",
        "unicast.nova.conductor",
        "exclusive.nova.conductor.host",
        "broadcast.neutron.q-plugin.all",
      ])
        deepStrictEqual(found(address), [], address);
      for (const address of [
        "unicast.openstack.buswide.call.0",
        "exclusive.openstack.buswide.call.0.server",
        "broadcast.openstack.buswide.call.0.all",
        "0b6d3c5e-2f0a-4a83-9a43-2f9f8b1c7d10",
      ])
        for (const right of ["agents send", "agents consume"])
          ok(found(address)?.includes(right), `${right} ${address}`);
    }
  });

  it("listens for AMQP, where a password is asked for, and for nothing else", () =>
    deepStrictEqual(
      [...xml.matchAll(/<acceptor name="\w+">([^<]*)</g)].map(([, url]) => url),
      ["tcp://0.0.0.0:5672?protocols=AMQP;amqpDuplicateDetection=false;saslMechanisms=PLAIN"],
    ));
});

describe("accounts of an Artemis broker", () => {
  it("have passwords as its own tools store them", () =>
    // What `artemis create --password p` of 2.40 wrote.
    strictEqual(
      hashPassword(
        "p",
        Buffer.from("B577FAE7A84E3FAB7DAB211ED070FB9A72D4E6F4CC233084A1018BE60D221AB1", "hex"),
      ),
      "1024:B577FAE7A84E3FAB7DAB211ED070FB9A72D4E6F4CC233084A1018BE60D221AB1:375F4EE587E1D63A834FD436034B4EF6FB4DACECC7B29C5979DB2931CC56B552DA386AC87EB15777F463D405C45104D9020DBFB9231F159A1947EAB1BA3CA11D",
    ));

  it("are never written with the password itself", () => {
    ok(!renderUsers({ agents: hashPassword("sesame") }).includes("sesame"));
    strictEqual(hashPassword("sesame"), hashPassword("sesame"));
    ok(hashPassword("sesame") !== hashPassword("Sesame"));
  });

  it("are in the transport URL, whatever the password has in it", () =>
    strictEqual(
      transportUrl("agents", "a/b@c", [{ host: "10.0.0.4", addresses: ["10.0.0.4"] }]),
      "amqp://agents:a%2Fb%40c@10.0.0.4:5672/",
    ));
});

describe("a cluster of Artemis brokers", () => {
  const plan = bus({ topology: "cluster" });
  const configurations = plan.brokers.map((broker) => renderConfiguration(plan, broker, "sesame"));

  it("has one at every site, which its agents use", () => {
    deepStrictEqual(
      plan.brokers.map(({ name }) => name),
      ["core-artemis", "edge-1-artemis", "edge-2-artemis"],
    );
    for (const { site, address } of plan.brokers)
      deepStrictEqual(
        plan.endpoints[site]?.map(({ host }) => host),
        [address],
      );
  });

  it("has each connect to every other and to nobody else", () => {
    for (const [index, xml] of configurations.entries()) {
      const connectors = new Map(
        [...xml.matchAll(/<connector name="([^"]+)">tcp:\/\/([\d.]+):61616</g)].map(([, name, address]) => [
          name,
          address,
        ]),
      );
      const [, ...others] = [...xml.matchAll(/<connector-ref>([^<]+)</g)].map(([, name]) => name);
      deepStrictEqual(
        others.map((name) => connectors.get(name)),
        plan.brokers.filter((_, at) => at !== index).map(({ address }) => address),
      );
      strictEqual(connectors.get("own"), plan.brokers[index]?.address);
    }
  });

  it("passes messages on to brokers with a server only, one step, and known by their number if they come again", () => {
    for (const xml of configurations) {
      ok(section(xml, "address-setting", "#").includes("<redistribution-delay>0<"));
      ok(xml.includes("<message-load-balancing>ON_DEMAND<"));
      ok(xml.includes("<max-hops>1<"));
      ok(xml.includes("<use-duplicate-detection>true<"));
    }
  });

  it("lets brokers know each other by a password, and listens for them only where there are several", () => {
    for (const xml of configurations) ok(xml.includes("<cluster-password>sesame<"));
    ok(!renderConfiguration(bus({}), only(bus({}))).includes("61616"));
  });

  it("gives up a broker that is away no later than agents do that go on to the next, and as Artemis does without failover", () => {
    const periods = (settings: object) => {
      const of = bus({ topology: "cluster", ...settings });
      const text = renderConfiguration(of, only(of), "sesame");
      return ["check-period", "connection-ttl"].map((name) => new RegExp(`<${name}>(\\d+)<`).exec(text)?.[1]);
    };
    deepStrictEqual(periods({ failover: true }), ["10000", "30000"]);
    deepStrictEqual(periods({}), [undefined, undefined]);
  });

  it("is refused of one broker, or at a site that is not there", () => {
    assertRefused(scenario({ topology: "cluster", sites: ["core"] }), [
      "bus.sites",
      "a cluster of one broker has nobody to pass on to: use two sites or more, or topology: single",
    ]);
    assertRefused(scenario({ topology: "cluster", sites: ["core", "moon"] }), [
      "bus.sites[1]",
      'there is no site "moon"; the sites are core, edge',
    ]);
  });
});

describe("an Artemis bus is refused", () => {
  it("at a site that is not there, or at several", () => {
    assertRefused(scenario({ site: "moon" }), [
      "bus.site",
      'there is no site "moon"; the sites are core, edge',
    ]);
    assertRefused(scenario({ site: "edge" }), [
      "bus.site",
      '"edge" is a group of sites: name one of it, such as "edge-1"',
    ]);
  });
});

describe("a federation of Artemis brokers", () => {
  it("is refused with what is there instead", () =>
    assertRefused(smallScenarioWith(["bus"], { kind: "artemis", topology: "federation" }), [
      "bus.topology",
      '"federation" is not offered for Artemis, as nobody has shown that it loses and doubles no calls, casts and fanouts there: use topology: cluster, which was shown to',
    ]));
});
