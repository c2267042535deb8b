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

/** One queue of a broker's own, as it stands. */
export interface QueueReading {
  readonly name: string;
  /** Whether it is for the replies to one client's calls. */
  readonly reply: boolean;
  readonly consumers: number;
  readonly messages: number;
}

/** A broker's own limit of free disk space, below which it takes no messages. */
export interface DiskLimit {
  /** What the limit is, bytes. */
  read(containers: Containers, container: string): Promise<number>;
  /** Sets it, bytes; it holds once this resolves. */
  set(containers: Containers, container: string, bytes: number): Promise<void>;
}

/** Reads a kind of broker. */
export interface BrokerSampler {
  /** Errors: the broker can't be reached or answers in no known form; the container is gone. */
  sample(containers: Containers, container: string): Promise<BrokerSample>;
  /** The broker's versions by name, its own first, e.g. `{ rabbitmq: "3.10.8", erlang: "25.2.3" }`. Errors: as for `sample`. */
  versions(containers: Containers, container: string): Promise<Record<string, string>>;
  /** Every queue that the broker holds; absent: this kind has none, or does not tell. Errors: as for `sample`. */
  queues?(containers: Containers, container: string): Promise<QueueReading[]>;
  /**
   * What a broker that answers says is wrong between it and others, in words that follow its name; absent: this kind does
   * not tell. Errors: as for `sample`.
   */
  ailments?(
    containers: Containers,
    container: string,
    bus: { readonly topology?: string | undefined; readonly brokers: readonly unknown[] },
  ): Promise<string[]>;
  /** Absent: this kind has none. Errors of its methods: as for `sample`. */
  readonly diskLimit?: DiskLimit;
}
