import type { Containers } from "../containers";

/** One reading of what a broker counts about itself. */
export interface BrokerSample {
  /** Unix time, seconds. */
  time: number;
  connections: number;
  /** What follows is absent where a broker has no such thing, or does not count it. */
  channels?: number;
  queues?: number;
  messagesReady?: number;
  messagesUnacknowledged?: number;
  /** Since the broker started. */
  publishedTotal?: number;
  deliveredTotal?: number;
  /** What a router passed on to another router, since it started. */
  transitTotal?: number;
  /** Why the broker takes no more messages for now, in words; absent: it does. */
  blocked?: string;
}

/** Reads a kind of broker. */
export interface BrokerSampler {
  /** Errors: the broker can't be reached or answers in no known form; the container is gone. */
  sample(containers: Containers, container: string): Promise<BrokerSample>;
  /** The broker's versions by name, its own first, e.g. `{ rabbitmq: "3.10.8", erlang: "25.2.3" }`. Errors: as for `sample`. */
  versions(containers: Containers, container: string): Promise<Record<string, string>>;
}
