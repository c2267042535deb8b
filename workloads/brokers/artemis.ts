import { z } from "zod";
import { answered, answeredIfThere, readBeans } from "./jolokia";
import type { BrokerSample, BrokerSampler } from "./sampler";

/**
 * ActiveMQ Artemis with Jolokia's agent in its Java. Its channels are AMQP's sessions. It counts messages once for each
 * queue, not once for each sender, so that they are no totals of what was sent.
 */
export const artemis: BrokerSampler = {
  async sample(containers, container) {
    const beans = await readBeans(containers, container, figures, figuresAnswer);
    return sampleOf(container, beans, Date.now() / 1000);
  },
  async versions(containers, container) {
    const [brokers, java] = await readBeans(containers, container, versions, versionsAnswer);
    return { artemis: theOne(container, brokers.value).Version, java: java.value.VmVersion };
  },
  async queues(containers, container) {
    const [beans] = await readBeans(containers, container, queues, queuesAnswer);
    const all = "value" in beans ? Object.values(beans.value) : [];
    return all
      .filter(({ InternalQueue }) => !InternalQueue)
      .map(({ Name, Temporary, ConsumerCount, MessageCount }) => ({
        name: Name,
        // Replies come to addresses that the broker makes up for a connection, and takes away with it.
        reply: Temporary,
        consumers: ConsumerCount,
        messages: MessageCount,
      }));
  },
};

const brokerBean = "org.apache.activemq.artemis:broker=*";
const queueBeans = "org.apache.activemq.artemis:broker=*,component=addresses,subcomponent=queues,*";

/** What is asked for in one request: the broker, and each of its queues. */
const figures = [
  {
    type: "read",
    mbean: brokerBean,
    attribute: ["ConnectionCount", "SessionCount"],
  },
  { type: "read", mbean: queueBeans, attribute: ["MessageCount", "DeliveringCount", "InternalQueue"] },
];

const versions = [
  { type: "read", mbean: brokerBean, attribute: ["Version"] },
  { type: "read", mbean: "java.lang:type=Runtime", attribute: ["VmVersion"] },
];

const queues = [
  {
    type: "read",
    mbean: queueBeans,
    attribute: ["Name", "Temporary", "ConsumerCount", "MessageCount", "InternalQueue"],
  },
];

const count = z.number().int().nonnegative();

const queuesAnswer = z.tuple([
  answeredIfThere(
    z.record(
      z.string(),
      z.object({
        Name: z.string(),
        Temporary: z.boolean(),
        ConsumerCount: count,
        MessageCount: count,
        InternalQueue: z.boolean(),
      }),
    ),
  ),
]);

const figuresAnswer = z.tuple([
  answered(z.record(z.string(), z.object({ ConnectionCount: count, SessionCount: count }))),
  // A broker without a queue has no such bean.
  answeredIfThere(
    z.record(
      z.string(),
      z.object({ MessageCount: count, DeliveringCount: count, InternalQueue: z.boolean() }),
    ),
  ),
]);

const versionsAnswer = z.tuple([
  answered(z.record(z.string(), z.object({ Version: z.string() }))),
  answered(z.object({ VmVersion: z.string() })),
]);

function theOne<T>(container: string, brokers: Readonly<Record<string, T>>): T {
  const [only] = Object.values(brokers);
  if (only === undefined) throw new Error(`${container}: its management knows no broker`);
  return only;
}

function sampleOf(
  container: string,
  [brokers, queues]: z.infer<typeof figuresAnswer>,
  time: number,
): BrokerSample {
  const broker = theOne(container, brokers.value);
  // Those that brokers of a cluster pass messages on by are the bus's too; what they tell each other is not.
  const all = "value" in queues ? Object.values(queues.value) : [];
  const sum = (of: (queue: (typeof all)[number]) => number) =>
    all.reduce((total, queue) => total + of(queue), 0);
  return {
    time,
    connections: broker.ConnectionCount,
    channels: broker.SessionCount,
    queues: all.filter(({ InternalQueue }) => !InternalQueue).length,
    messagesReady: sum(({ MessageCount, DeliveringCount }) => Math.max(0, MessageCount - DeliveringCount)),
    messagesUnacknowledged: sum(({ DeliveringCount }) => DeliveringCount),
  };
}
