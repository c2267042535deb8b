import { artemis } from "./artemis";
import { kafka } from "./kafka";
import { rabbitmq } from "./rabbitmq";
import { routers } from "./routers";
import type { BrokerSampler } from "./sampler";
import { zeromq } from "./zeromq";

export type { BrokerSample, BrokerSampler, DiskLimit, QueueReading } from "./sampler";

/** How the brokers of a kind of bus are read; a kind without one has no broker figures. */
export const brokerSamplers: Readonly<Record<string, BrokerSampler>> = {
  rabbitmq,
  artemis,
  routers,
  kafka,
  zeromq,
};
