import { setTimeout as sleep } from "timers/promises";
import type { PlannedWorkload } from "../runner/input";
import { unixNow } from "./agentProcess";
import { TimedOut } from "./bounded";
import { receiversOf, sameSiteOf, total, type Hand } from "./deal";
import type { Fleet } from "./fleet";
import { Ledger } from "./ledger";
import type { Interval } from "./protocol";

/** What a round asks of each client; see `protocol.ts`, `run`. */
export interface Load {
  operations?: number;
  seconds?: number;
  rate?: number;
  pause?: number;
}

/** Nothing succeeded for so long that waiting on is useless. */
export class Stalled extends Error {
  constructor(seconds: number) {
    super(`no operation succeeded for ${Math.round(seconds)} s`);
    this.name = "Stalled";
  }
}

/** Agents did not say what they had counted, so what is missing may have arrived all the same. */
export class Unreported extends Error {
  constructor(agents: readonly string[]) {
    super(`${agents.join(", ")} did not report all that they had counted`);
    this.name = "Unreported";
  }
}

/** How waiting for what was under way ended. */
export interface Drained {
  /** Deliveries that were missing when waiting was given up before it had been quiet; 0: it came to its end. */
  stillArriving: number;
  /** Agents that had last not said what they had counted, by name. */
  silent: string[];
}

/** From sending the start to the start: the slowest channel must be done by then, seconds. */
const leadSeconds = 0.5;
const pollMs = 250;
/** How long every server gets to be reached, seconds: a base, and more for each client and server to connect. */
const helloSeconds = (members: number): number => 90 + 0.3 * members;
/** Hello rounds after which servers that share a queue need not all have been given a message. */
const helloRoundsShared = 40;
/** Without a new arrival for this long, what is missing is lost, seconds. */
export const quietSeconds = 5;
/**
 * The same where packets are lost on the way, seconds. TCP sends a segment again after its timeout, which is at least 200 ms beyond the
 * round-trip time (RFC 6298, with the least of Linux, TCP_RTO_MIN), and then after twice the last time for as long as nothing is
 * acknowledged: the sixth time 63 timeouts after the first. That is 14 s at 20 ms of round-trip time, 19 s at 100 ms. Of packets lost
 * one in four, one in 4,000 is lost six times in succession; a connection that waits then may have many messages in it.
 */
export const lossyQuietSeconds = 20;
const drainSeconds = 120;

/** Runs rounds on a fleet and keeps a ledger of each. */
export class Rounds {
  private readonly ledgers = new Map<number, Ledger>();
  private readonly receivers: Map<number, number[]>;
  private readonly sameSite: (client: number, receiver: number) => boolean;
  private next = 0;

  constructor(
    private readonly fleet: Fleet,
    private readonly workload: PlannedWorkload,
    private readonly hands: readonly Hand[],
  ) {
    this.receivers = receiversOf(hands);
    this.sameSite = sameSiteOf(hands);
  }

  /** Takes in an agent's report; returns the ledger of its round. */
  take(interval: Interval): void {
    const ledger = this.ledger(interval.round);
    for (const [client, counts] of Object.entries(interval.clients)) ledger.client(Number(client), counts);
    for (const [receiver, counts] of Object.entries(interval.receivers)) {
      ledger.receiver(Number(receiver), counts);
    }
  }

  /** The ledger of a round. */
  ledger(round: number): Ledger {
    const found = this.ledgers.get(round);
    if (found !== undefined) return found;
    const made = new Ledger(this.receivers, this.workload.pattern, this.sameSite);
    this.ledgers.set(round, made);
    return made;
  }

  /**
   * Lets every client send until each has succeeded and every server has got something: a server of a fanout
   * from each client of its topic. Servers that share a queue get their turn from the bus, so one that has
   * got nothing after many rounds is returned instead: on a federated bus a server far from all clients can
   * rightly be idle. Errors: `Stalled` with the reason; what breaks the fleet.
   */
  async hello(): Promise<{ unreached: number[] }> {
    const limit = helloSeconds(total(this.workload.clients) + total(this.workload.servers));
    const until = unixNow() + limit;
    const reached = new Set<number>();
    for (let rounds = 1; ; rounds++) {
      const { round } = this.begin({ operations: 1 });
      await this.fleet.race(this.allFinished(round, (this.workload.timeoutSeconds + limit) * 1000));
      await this.drain(round, 1, 2);
      const ledger = this.ledger(round);
      for (const receiver of ledger.receivedBy.keys()) reached.add(receiver);
      const { errors, lost } = ledger.tally();
      const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
      const unreached = this.servers().filter((server) => !reached.has(server));
      // A fanout that reached every entitled receiver has no loss, so the last two cover its whole matrix.
      if (failed === 0 && lost === 0 && unreached.length === 0) return { unreached };
      if (failed === 0 && lost === 0 && rounds >= helloRoundsShared) return { unreached };
      if (unixNow() > until) {
        throw new TimedOut(
          `before the warm-up, ${failed} clients failed (${kinds(errors)}), ${lost} messages did not arrive, ` +
            `servers without a message: ${unreached.length}`,
          limit * 1000,
        );
      }
    }
  }

  /** Tells all agents to begin a round together; `at` is Unix time of our clock, seconds. */
  begin(load: Load): { round: number; at: number } {
    const round = this.next++;
    const at = unixNow() + leadSeconds;
    const clients = total(this.workload.clients);
    this.fleet.tell((agent) => ({ type: "run", round, at: at + agent.clockOffset, clients, ...load }));
    return { round, at };
  }

  /** Resolves when every client has done its share of a round. Errors: `TimedOut`, `AgentDied`. */
  async allFinished(round: number, timeoutMs: number): Promise<void> {
    await Promise.all(this.fleet.clients.map((agent) => agent.finished(round, timeoutMs)));
  }

  /**
   * Waits for a round's clients, looking now and then whether anything still succeeds.
   * @param patience seconds without any success after which it gives up
   * @param limit seconds after which it gives up in any case
   * Errors: `Stalled`; `TimedOut`; what breaks the fleet.
   */
  async finish(
    round: number,
    limit: number,
    patience: number,
    look: (ledger: Ledger) => void,
  ): Promise<void> {
    const ledger = this.ledger(round);
    const all = this.allFinished(round, limit * 1000).then(() => true);
    // It is raced below, and the loop may end by another error before it does.
    all.catch(() => undefined);
    let ok = -1;
    let since = unixNow();
    for (;;) {
      const finished = await this.fleet.race(Promise.race([all, sleep(pollMs, false)]));
      look(ledger);
      if (finished) return;
      if (ledger.ok !== ok) [ok, since] = [ledger.ok, unixNow()];
      else if (unixNow() - since > patience) throw new Stalled(patience);
    }
  }

  /**
   * Waits until all that was sent in a round has arrived, or nothing new came for `quiet` seconds, by what every agent
   * says, at most `limit` seconds and one unanswered question. Errors: what breaks the fleet.
   */
  async drain(round: number, quiet = quietSeconds, limit = drainSeconds): Promise<Drained> {
    const ledger = this.ledger(round);
    const start = unixNow();
    let received = -1;
    let since = start;
    for (;;) {
      const asked = unixNow();
      const silent = await this.fleet.race(this.fleet.flush());
      const answered = silent.length === 0;
      if (answered && ledger.missing === 0) return { stillArriving: 0, silent };
      // What a silent agent has got meanwhile is not known, so nothing says that it was quiet.
      if (!answered) received = -1;
      else if (ledger.received !== received) [received, since] = [ledger.received, unixNow()];
      // An answer says what had come when it was asked for, or later.
      else if (asked - since >= quiet) return { stillArriving: 0, silent };
      if (unixNow() - start >= limit) return { stillArriving: ledger.missing, silent };
      await this.fleet.race(sleep(pollMs));
    }
  }

  private servers(): number[] {
    return this.hands
      .filter((hand) => hand.role === "server")
      .flatMap((hand) => hand.members.map(({ id }) => id));
  }
}

/** `2 MessagingTimeout, 1 OSError`, or `none`. */
export function kinds(errors: Record<string, number>): string {
  const all = Object.entries(errors).map(([kind, count]) => `${count} ${kind}`);
  return all.length > 0 ? all.join(", ") : "none";
}
