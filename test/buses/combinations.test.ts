import { deepStrictEqual, ok, strictEqual } from "assert";
import { readFileSync } from "fs";
import {
  agentsLibrary,
  amqpBuses,
  brokerReleases,
  libraries,
  misfit,
} from "../../components/bus/combinations";
import { publishedCombinations, renderCombinations } from "../../components/bus/combinationsPage";
import { rabbitmqSchema } from "../../components/bus/rabbitmq/schema";
import { assertRefused } from "../scenario/refusal";
import { plannedBus } from "../support/plans";
import { parsed, smallScenarioWith } from "../support/scenarios";

const bus = (settings: object) => smallScenarioWith(["bus"], { kind: "rabbitmq", ...settings });

describe("the page on what goes together", () => {
  it("is what its generator writes: run `node -r ts-node/register components/bus/combinationsPage.ts`", () =>
    strictEqual(readFileSync(publishedCombinations, "utf8"), renderCombinations()));

  it("says of some combination that it works, and gives each other one a reason", () => {
    const page = renderCombinations();
    ok(/14.7.3 +\| quorum +\| quorum +\| stream +\| works +\| works +\|/.test(page));
    for (const [, number] of page.matchAll(/no \((\d+)\)/g)) ok(page.includes(`\n${number}. `), number);
  });
});

describe("kinds of queues that do not go together are refused with what does:", () => {
  it("streams for fanouts with classic reply queues", () =>
    assertRefused(bus({ fanout: "stream" }), [
      "bus.fanout",
      "queues: classic, transient: classic, fanout: stream do not go together on RabbitMQ 3.10: the library refuses rabbit_stream_fanout without rabbit_transient_quorum_queue; use transient: quorum with fanout: stream, or fanout: classic",
    ]));

  it("fanout queues of another kind than reply queues", () =>
    assertRefused(bus({ queues: "quorum", transient: "quorum", fanout: "classic" }), [
      "bus.fanout",
      "queues: quorum, transient: quorum, fanout: classic do not go together on RabbitMQ 3.10: one option of the library, rabbit_transient_quorum_queue, decides for reply and fanout queues together; use fanout of the same kind as transient, or a stream",
    ]));

  it("nothing else, of what a scenario can say", () => {
    const refused: string[] = [];
    for (const version of ["3.10", "4.0"])
      for (const queues of ["classic", "quorum"])
        for (const transient of ["classic", "quorum"])
          for (const fanout of [undefined, "classic", "quorum", "stream"])
            try {
              parsed(bus({ version, queues, transient, ...(fanout ? { fanout } : {}) }));
            } catch {
              refused.push(`${transient} ${fanout}`);
            }
    deepStrictEqual([...new Set(refused)].sort(), ["classic quorum", "classic stream", "quorum classic"]);
  });
});

describe("the table of combinations", () => {
  it("knows how agents address each bus of AMQP 1.0 that a scenario can ask for, and why not any other", () => {
    for (const { name, kind, addressing, reason } of amqpBuses) {
      if (kind === undefined) {
        ok(addressing === undefined && reason, name);
        continue;
      }
      const { settings } = plannedBus(smallScenarioWith(["bus"], { kind }), kind);
      strictEqual(settings["oslo_messaging_amqp"]?.["addressing_mode"], addressing, name);
    }
    ok(libraries.find(({ version }) => version === agentsLibrary)?.drivers.includes("amqp"));
  });

  const classic = { topics: "classic", replies: "classic", fanout: "classic" } as const;
  const quorum = { topics: "quorum", replies: "quorum", fanout: "quorum" } as const;

  it("knows the library of the agents, as their image pins it", () => {
    const pinned = readFileSync("workloads/agent/requirements.in", "utf8");
    ok(pinned.includes(`oslo.messaging==${agentsLibrary}\n`));
    ok(libraries.some(({ version }) => version === agentsLibrary));
  });

  it("knows each version of the broker that a scenario can ask for", () => {
    for (const option of rabbitmqSchema.options)
      for (const version of option.in.shape.version.unwrap().options)
        ok(
          brokerReleases.some((release) => release.version === version),
          version,
        );
  });

  it("has a version of no package refused without an image's name, and with one where its queues do not go", () => {
    assertRefused(bus({ version: "4.1" }), [
      "bus.version",
      "RabbitMQ 4.1: no package that buswide could make an image of has this release; use version 3.10 or 4.0, or name an image of it, such as image: rabbitmq:4.1",
    ]);
    parsed(bus({ version: "4.1", image: "rabbitmq:4.1" }));
    assertRefused(bus({ version: "4.3", image: "rabbitmq:4.3" }), [
      "bus.queues",
      "queues: classic, transient: classic, fanout: classic do not go together on RabbitMQ 4.3: the broker refuses queues that are neither durable nor of one connection, as classic ones of the library are; use queues: quorum with transient: quorum",
    ]);
    parsed(bus({ version: "4.3", image: "rabbitmq:4.3", queues: "quorum", transient: "quorum" }));
  });

  it("has releases without transient queues refuse classic ones, and quorum queues before the library had them", () => {
    strictEqual(misfit({ library: "14.7.3", broker: "4.3", ...classic })?.part, "topics");
    strictEqual(misfit({ library: "14.0.3", broker: "3.10", ...quorum })?.part, "replies");
    strictEqual(misfit({ library: "8.1.4", broker: "3.10", ...quorum })?.part, "topics");
    strictEqual(misfit({ library: "14.7.3", broker: "4.0", ...quorum }), undefined);
  });
});

describe("places of brokers are refused:", () => {
  it("a cluster of one", () =>
    assertRefused(bus({ topology: "cluster", nodes: { core: 1 } }), [
      "bus.nodes",
      "a cluster of 1 has nobody to share with: use three nodes, or topology: single",
    ]));

  it("more nodes than a cluster bears", () =>
    assertRefused(bus({ topology: "cluster", nodes: { core: 2, edge: 3 } }), [
      "bus.nodes",
      "8 nodes are too many, as each declaration waits for all of them: use at most 7, or topology: federation",
    ]));

  it("a site that is not there", () => {
    assertRefused(bus({ topology: "cluster", nodes: { moon: 3 } }), [
      "bus.nodes.moon",
      'there is no site "moon"; the sites are core, edge',
    ]);
    assertRefused(bus({ topology: "federation", sites: ["core", "moon"] }), [
      "bus.sites[1]",
      'there is no site "moon"; the sites are core, edge',
    ]);
  });

  it("a federation of one", () =>
    assertRefused(bus({ topology: "federation", sites: ["core"] }), [
      "bus.sites",
      "a federation of one broker has nobody to fetch from: use two sites or more, or topology: single",
    ]));
});
