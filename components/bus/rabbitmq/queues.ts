import type { Settings } from "../bus";
import type { Rabbitmq } from "./schema";

/** The kinds of queues of a bus, with nothing left open. */
export interface QueueKinds {
  readonly topics: "classic" | "quorum";
  readonly replies: "classic" | "quorum";
  readonly fanout: "classic" | "quorum" | "stream";
}

export function queueKinds(definition: Pick<Rabbitmq, "queues" | "transient" | "fanout">): QueueKinds {
  return {
    topics: definition.queues,
    replies: definition.transient,
    fanout: definition.fanout ?? definition.transient,
  };
}

/** Messages a consumer is sent ahead. A stream's consumers must say a number; oslo.messaging has one for all queues. */
const streamPrefetch = 100;

/** Reply and fanout queues of agents that were killed would stay for half an hour by the library's default, seconds. */
const transientSeconds = 60;

/** The oslo.messaging options for the kinds of queues; what is the library's default is not said. */
export function queueSettings({ topics, replies, fanout }: QueueKinds): Settings {
  return {
    oslo_messaging_rabbit: {
      rabbit_transient_queues_ttl: transientSeconds,
      ...(topics === "quorum" ? { rabbit_quorum_queue: true } : {}),
      ...(replies === "quorum" ? { rabbit_transient_quorum_queue: true } : {}),
      ...(fanout === "stream"
        ? { rabbit_stream_fanout: true, rabbit_qos_prefetch_count: streamPrefetch }
        : {}),
    },
  };
}
