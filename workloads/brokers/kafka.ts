import { z } from "zod";
import { answered, answeredIfThere, readBeans } from "./jolokia";
import type { BrokerSampler } from "./sampler";

/**
 * Kafka with Jolokia's agent in its Java (https://kafka.apache.org/documentation/#monitoring). Its connections are those of
 * agents; its queues are partitions of their topics. How far listeners are behind is not among its beans: it knows only what
 * they confirmed, every five seconds.
 */
export const kafka: BrokerSampler = {
  async sample(containers, container) {
    const [connections, topics] = await readBeans(containers, container, figures, figuresAnswer);
    return {
      time: Date.now() / 1000,
      connections: sum(connections.value, (one) => one["connection-count"]),
      queues: "value" in topics ? Object.keys(topics.value).filter(isOfAgents).length : 0,
      publishedTotal: "value" in topics ? publishedOf(topics.value) : 0,
    };
  },
  async versions(containers, container) {
    const [info, java] = await readBeans(containers, container, versions, versionsAnswer);
    const [broker] = Object.values(info.value);
    if (broker === undefined) throw new Error(`${container}: its management knows no broker`);
    return { kafka: broker.version, java: java.value.VmVersion };
  },
};

const figures = [
  {
    type: "read",
    mbean: "kafka.server:type=socket-server-metrics,listener=AGENTS,networkProcessor=*",
    attribute: ["connection-count"],
  },
  // The end of a partition is the number of messages that were ever put into it, as none is compacted.
  { type: "read", mbean: "kafka.log:type=Log,name=LogEndOffset,topic=*,partition=*", attribute: ["Value"] },
];

const versions = [
  { type: "read", mbean: "kafka.server:type=app-info,*", attribute: ["version"] },
  { type: "read", mbean: "java.lang:type=Runtime", attribute: ["VmVersion"] },
];

const count = z.number().nonnegative();

const figuresAnswer = z.tuple([
  answered(z.record(z.string(), z.object({ "connection-count": count }))),
  answeredIfThere(z.record(z.string(), z.object({ Value: count }))),
]);

const versionsAnswer = z.tuple([
  answered(z.record(z.string(), z.object({ version: z.string() }))),
  answered(z.object({ VmVersion: z.string() })),
]);

/** Where the broker keeps what listeners confirmed, and its own log, are not the agents'. */
function isOfAgents(bean: string): boolean {
  return !/[:,]topic=_/.test(bean);
}

function publishedOf(partitions: Readonly<Record<string, { readonly Value: number }>>): number {
  const own = Object.entries(partitions).filter(([bean]) => isOfAgents(bean));
  return own.reduce((total, [, { Value }]) => total + Value, 0);
}

function sum<T>(beans: Readonly<Record<string, T>>, of: (bean: T) => number): number {
  return Object.values(beans).reduce((total, bean) => total + of(bean), 0);
}
