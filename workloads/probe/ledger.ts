import type { WorkloadRecord } from "../results/schema";
import type { ClientCounts, Ranges, ReceiverCounts } from "./protocol";

/** What the ledger adds up to; the fields are those of a `WorkloadRecord`. */
export type Tally = Pick<
  WorkloadRecord,
  "sent" | "expected" | "received" | "succeeded" | "lost" | "duplicated" | "reordered" | "errors"
> & {
  /** Calls that were answered although no receiver reported them: their receiver's report is missing. */
  unreported: number;
  /** Messages that were sent, by client. */
  sentBy: Map<number, number>;
  /** Calls that were answered and whose execution was reported; of the other patterns, distinct deliveries. */
  placed: number;
  /**
   * Of these, those in the sender's own site: calls executed there and nowhere else (of two executions it is not known
   * which was answered), deliveries of the other patterns whose first receiver is there.
   */
  local: number;
};

/** How an operation ended for its sender; 0 as long as that is not known. */
const outcomes = {
  succeeded: 1,
  /** Handed to the bus, but no answer came in time. */
  timedOut: 2,
  /** The sender was told that it was not sent. */
  notSent: 3,
} as const;

/** The kind of a call that was sent and not answered; every other failure is one of sending or at the server. */
const timeoutKind = "MessagingTimeout";

/** Bytes addressed by a number that grows. */
class Bytes {
  private data = new Uint8Array(256);
  length = 0;

  get(at: number): number {
    return at < this.length ? (this.data[at] ?? 0) : 0;
  }

  set(at: number, value: number): void {
    if (at >= this.data.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.data.length * 2));
      grown.set(this.data);
      this.data = grown;
    }
    this.data[at] = value;
    this.length = Math.max(this.length, at + 1);
  }
}

/**
 * Holds every message of a round by sender and sequence number, and so tells what was lost and what came
 * twice by comparing, never by guessing.
 *
 * - A message was *sent* if its sender was not told otherwise, or if it arrived all the same.
 * - It is *expected* at one receiver of its topic; a fanout at each. A message whose sender was told that it
 *   failed is expected only where it arrived.
 * - It is *lost* where it was expected and never arrived. A call that timed out at its client but was executed
 *   is an error, not lost. An answered call was executed, whether or not a receiver reported it.
 * - It is *duplicated* by each delivery beyond the one expected: at a second receiver too, except a fanout.
 */
export class Ledger {
  /** Deliveries at each receiver, those to others before included. */
  readonly receivedBy = new Map<number, number>();
  /** Client to outcomes by sequence number. */
  private readonly senders = new Map<number, Bytes>();
  /** Client to deliveries by sequence number; for a fanout, one such map a receiver. */
  private readonly deliveries = new Map<number, Map<number, Bytes>>();
  /** Client to the messages that a receiver in another site got. */
  private readonly elsewhere = new Map<number, Bytes>();
  private readonly errors: Record<string, number> = {};
  private localDeliveries = 0;
  private repeated = 0;
  private reordered = 0;
  private succeeded = 0;
  private failed = 0;
  private distinct = 0;

  /**
   * @param receivers client to the receivers of its topic
   * @param pattern how its messages are delivered
   * @param sameSite whether a client and a receiver are in one site
   */
  constructor(
    private readonly receivers: ReadonlyMap<number, readonly number[]>,
    private readonly pattern: WorkloadRecord["pattern"],
    private readonly sameSite: (client: number, receiver: number) => boolean,
  ) {}

  /** Operations that have ended, well or not. */
  get ended(): number {
    return this.succeeded + this.failed;
  }

  /** Operations that ended well for their sender. */
  get ok(): number {
    return this.succeeded;
  }

  /** Distinct deliveries so far. */
  get received(): number {
    return this.distinct;
  }

  /** Takes in what a client reported. */
  client(id: number, counts: ClientCounts): void {
    const ofClient = entry(this.senders, id, () => new Bytes());
    for (const sequence of numbers(counts.ok)) {
      ofClient.set(sequence, outcomes.succeeded);
      this.succeeded++;
    }
    for (const [kind, ranges] of Object.entries(counts.failed)) {
      for (const sequence of numbers(ranges)) {
        ofClient.set(sequence, kind === timeoutKind ? outcomes.timedOut : outcomes.notSent);
        this.errors[kind] = (this.errors[kind] ?? 0) + 1;
        this.failed++;
      }
    }
  }

  /** Takes in what a receiver reported. */
  receiver(id: number, counts: ReceiverCounts): void {
    const place = this.pattern === "fanout" ? id : 0;
    const byClient = entry(this.deliveries, place, () => new Map<number, Bytes>());
    for (const [client, ranges] of Object.entries(counts.new)) {
      const arrived = entry(byClient, Number(client), () => new Bytes());
      const local = this.sameSite(Number(client), id);
      const elsewhere = local ? undefined : entry(this.elsewhere, Number(client), () => new Bytes());
      for (const sequence of numbers(ranges)) {
        elsewhere?.set(sequence, 1);
        this.receivedBy.set(id, (this.receivedBy.get(id) ?? 0) + 1);
        if (arrived.get(sequence) === 0) {
          arrived.set(sequence, 1);
          this.distinct++;
          if (local) this.localDeliveries++;
        } else {
          this.repeated++;
        }
      }
    }
    for (const again of Object.values(counts.again)) this.repeated += again.length;
    this.reordered += counts.reordered;
  }

  /** Whether `receiver` got anything of `client`, fanout only. */
  reached(receiver: number, client: number): boolean {
    return (this.deliveries.get(receiver)?.get(client)?.length ?? 0) > 0;
  }

  /** Deliveries that must still come for everything that was sent to have arrived. */
  get missing(): number {
    return this.tally().lost;
  }

  /** Adds everything up. */
  tally(): Tally {
    const tally: Tally = {
      sent: 0,
      expected: 0,
      received: 0,
      succeeded: this.succeeded,
      lost: 0,
      duplicated: this.repeated,
      reordered: this.reordered,
      errors: { ...this.errors },
      unreported: 0,
      sentBy: new Map(),
      placed: this.pattern === "call" ? 0 : this.distinct,
      local: this.pattern === "call" ? 0 : this.localDeliveries,
    };
    for (const [client, receivers] of this.receivers) {
      const places = this.pattern === "fanout" ? receivers : [0];
      const arrived = places.map((place) => this.deliveries.get(place)?.get(client));
      const ofClient = this.senders.get(client);
      const end = Math.max(ofClient?.length ?? 0, ...arrived.map((bytes) => bytes?.length ?? 0));
      for (let sequence = 0; sequence < end; sequence++) {
        const outcome = ofClient?.get(sequence) ?? 0;
        let came = 0;
        for (const bytes of arrived) came += bytes?.get(sequence) ?? 0;
        if (came === 0 && this.pattern === "call" && outcome === outcomes.succeeded) {
          tally.unreported++;
          came = 1;
        } else if (this.pattern === "call" && outcome === outcomes.succeeded) {
          tally.placed++;
          if (this.elsewhere.get(client)?.get(sequence) !== 1) tally.local++;
        }
        const surelySent = outcome === outcomes.succeeded || outcome === outcomes.timedOut;
        if (!surelySent && came === 0) continue;
        tally.sent++;
        tally.sentBy.set(client, (tally.sentBy.get(client) ?? 0) + 1);
        tally.received += came;
        tally.expected += surelySent ? places.length : came;
        if (surelySent) tally.lost += places.length - came;
      }
    }
    return tally;
  }
}

function* numbers(ranges: Ranges): Generator<number> {
  for (const [first, last] of ranges) for (let number = first; number <= last; number++) yield number;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
