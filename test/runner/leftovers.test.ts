import assert from "assert/strict";
import fc from "fast-check";
import type { BrokerSampler, QueueReading } from "../../workloads/brokers";
import { deafServersOf, messagesToTell } from "../../workloads/faults/deafServers";
import { orphanQueuesOf } from "../../workloads/faults/orphanQueues";
import type { Hand } from "../../workloads/probe/deal";
import { leftoversInWords, orphansOf } from "../../workloads/results/leftovers";
import { QueueWatch } from "../../workloads/runner/queueWatch";
import { measurement } from "./input";
import { fakeContainers } from "./world";

const topic = "buswide.w.0";
const servers = (count: number): Hand[] => [
  {
    ...{ site: "core", role: "server" },
    members: Array.from({ length: count }, (_, id) => ({ id, topic, name: `s${id}` })),
  },
];
const counts = (numbers: readonly number[]) => new Map(numbers.map((number, id) => [id, number] as const));

function deaf(
  before: readonly number[],
  after: readonly number[],
  asked: number,
  everyone = false,
): string[] {
  const given = { before: counts(before), after: counts(after), askedOf: new Map([[topic, asked]]) };
  return deafServersOf(servers(before.length), given, everyone).map(({ server }) => server);
}

describe("a server that got nothing any more after a fault", () => {
  it("is one that had its share before, and none of so many messages that chance does not explain it", () => {
    assert.deepEqual(deaf([50, 50], [20, 0], 20), ["s1"]);
    assert.deepEqual(deaf([50, 50], [5, 0], 5), [], "one of five is often passed over five times");
    assert.deepEqual(deaf([50, 50], [19, 1], 20), []);
    assert.deepEqual(deaf([100], [0], 3), ["s0"], "the only server of its topic");
    assert.deepEqual(deaf([50, 50], [0, 0], 0), [], "nothing could be sent");
  });

  it("is none that got nothing before either, nor one whose share was so small that it proves nothing", () => {
    assert.deepEqual(deaf([100, 0], [20, 0], 20), []);
    assert.deepEqual(deaf([97, 3], [20, 0], 20), []);
  });

  it("of a fanout is one that got none although each gets every message", () => {
    assert.deepEqual(deaf([100, 100, 100], [3, 0, 3], 3, true), ["s1"]);
  });

  it("comes with the figures by which it was found", () => {
    const given = { before: counts([50, 50]), after: counts([20]), askedOf: new Map([[topic, 20]]) };
    const [found] = deafServersOf(servers(2), given, false);
    // C(100, 50) / C(120, 50), by logarithms of factorials.
    const factorial = (n: number): number =>
      Array.from({ length: n }, (_, at) => Math.log(at + 1)).reduce(plus, 0);
    const choose = (n: number, k: number) => factorial(n) - factorial(k) - factorial(n - k);
    const chance = Math.exp(choose(100, 50) - choose(120, 50));
    assert.ok(found && Math.abs(found.chance / chance - 1) < 1e-9, `${found?.chance}, not ${chance}`);
    assert.deepEqual(
      [found.server, found.site, found.before, found.beforeOf, found.askedOf],
      ["s1", "core", 50, 100, 20],
    );
  });

  it("is not found among servers that all get their share by chance, but for one workload in a thousand", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 2 ** 31 }), (count, seed) => {
        const random = fc.sample(fc.integer({ min: 0, max: count - 1 }), { numRuns: 400, seed });
        const asked = messagesToTell(count, count);
        const shared = (of: readonly number[]) =>
          Array.from({ length: count }, (_, id) => of.filter((one) => one === id).length);
        const [before, after] = [shared(random.slice(0, 300)), shared(random.slice(300, 300 + asked))];
        assert.deepEqual(deaf(before, after, asked), []);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it("is always found if its share was an equal one: so many messages are sent", () => {
    for (const count of [1, 2, 3, 10, 40]) {
      const asked = messagesToTell(count, count);
      const equal = Array.from({ length: count }, () => 1000);
      const after = equal.map((_, id) => (id === 0 ? 0 : asked));
      assert.deepEqual(deaf(equal, after, asked), ["s0"], `${asked} messages to ${count} servers`);
    }
  });
});

const queue = (name: string, consumers: number, messages = 0): QueueReading => ({
  ...{ name, consumers, messages },
  reply: name.startsWith("reply_"),
});

describe("queues that nobody reads after a fault", () => {
  const at = (...queues: QueueReading[]) => new Map([["core-rabbitmq", queues]]);

  it("are those without a consumer in both readings, that were not so before", () => {
    const before = at(queue("reply_a", 1), queue("old", 0, 7), queue("topic", 2));
    const reading = [queue("reply_a", 0, 3), queue("old", 0, 7), queue("topic", 0, 9), queue("reply_b", 1)];
    assert.deepEqual(orphanQueuesOf([before, before], [at(...reading), at(...reading)]), [
      { broker: "core-rabbitmq", replies: 1, others: 1, messages: 12, names: ["reply_a", "topic"] },
    ]);
    // A queue that is just being made has no reader yet.
    const made = at(queue("reply_a", 0), queue("old", 0, 7), queue("topic", 2));
    assert.deepEqual(orphanQueuesOf([made, before], [at(...reading), at(...reading)])[0]?.replies, 1);
    const coming = [queue("reply_a", 0), queue("topic", 1)];
    assert.deepEqual(orphanQueuesOf([before, before], [at(...reading), at(...coming)]), [
      { broker: "core-rabbitmq", replies: 1, others: 0, messages: 0, names: ["reply_a"] },
    ]);
  });

  const sampler = (answers: (QueueReading[] | Error)[]): BrokerSampler => ({
    sample: () => Promise.reject(new Error("unexpected")),
    versions: () => Promise.reject(new Error("unexpected")),
    queues: () => {
      const next = answers.shift() ?? new Error("asked once too often");
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  });

  async function watched(answers: (QueueReading[] | Error)[], by?: BrokerSampler) {
    const warnings: string[] = [];
    const sinks = { append: () => Promise.resolve(), warn: (text: string) => void warnings.push(text) };
    const watch = new QueueWatch(fakeContainers(), measurement(), by ?? sampler(answers), "w", sinks, 1);
    await watch.read("before");
    await watch.read("after");
    return { orphans: watch.orphans, warnings };
  }

  it("are told of each broker that has any; none is a figure too", async () => {
    const { orphans } = await watched([[queue("a", 1)], [queue("a", 1)], [queue("a", 0)], [queue("a", 0)]]);
    assert.deepEqual(orphans.orphanQueues, [
      { broker: "core-rabbitmq", replies: 0, others: 1, messages: 0, names: ["a"] },
    ]);
    const { orphans: none } = await watched([1, 1, 1, 1].map((one) => [queue("a", one)]));
    assert.deepEqual(none, { orphanQueues: [] });
  });

  it("are no figure where they could not be read each time, which is said", async () => {
    const { orphans, warnings } = await watched([[], [], [queue("a", 1)], new Error("no answer")]);
    assert.deepEqual([orphans, warnings], [{}, ["queues of w after its faults: no answer"]]);
    const unread = sampler([]);
    delete unread.queues;
    assert.deepEqual((await watched([], unread)).orphans, {});
  });
});

describe("leftovers in words", () => {
  it("say how many of what, and name some", () => {
    const unserved = ["a", "b", "c", "d"].map((client) => ({ client, site: "edge", tried: 2 }));
    const left = {
      ...{ asked: 20, answered: 12, unservedClients: unserved },
      deafServers: [{ server: "s", site: "core", before: 5, beforeOf: 9, askedOf: 8, chance: 1e-5 }],
      orphanQueues: [{ broker: "b", replies: 1, others: 1, messages: 1, names: ["reply_x", "y"] }],
    };
    assert.deepEqual(leftoversInWords(left), [
      "1 server got nothing any more: s",
      "4 clients served no more: a, b, c, and 1 more",
      "2 queues without a reader at b (1 for replies; 1 message in them): reply_x, y",
    ]);
    assert.deepEqual(orphansOf(left), { all: 2, replies: 1 });
    const { orphanQueues: _, ...unread } = left;
    assert.equal(orphansOf(unread), undefined);
    assert.deepEqual(leftoversInWords({ asked: 1, answered: 1, deafServers: [], unservedClients: [] }), []);
  });
});

function plus(one: number, other: number): number {
  return one + other;
}
