import { deafServersOf, messagesToTell } from "../faults/deafServers";
import type { Leftovers } from "../results/leftovers";
import type { PlannedWorkload } from "../runner/input";
import { TimedOut } from "./bounded";
import type { Hand, Member } from "./deal";
import type { Fleet } from "./fleet";
import type { Interval, Ranges } from "./protocol";
import { Unreported, type Rounds } from "./rounds";

/** Seconds within which a client begins the operations of the roll call. */
const beginSeconds = 10;

/** Without a new arrival for this long, what is missing of the roll call does not come; and the most that is waited, seconds. */
const [quietSeconds, drainSeconds] = [2, 15];

/**
 * Finds out, once all faults of a workload are over, which of its servers get nothing any more and which of its clients
 * are not served: every client sends so often that each server of its topic would have got something.
 */
export class RollCall {
  private readonly before = new Map<number, number>();
  private readonly after = new Map<number, number>();
  private readonly succeeded = new Map<number, number>();
  private readonly failed = new Map<number, number>();
  private round = Infinity;

  constructor(
    private readonly workload: PlannedWorkload,
    private readonly hands: readonly Hand[],
  ) {}

  /**
   * Takes in an agent's report.
   * @param measured number of the measured round; negative: it has not begun
   */
  take(interval: Interval, measured: number): void {
    const { round, second, clients, receivers } = interval;
    const undisturbed = measured < 0 || round < measured || (round === measured && second < this.firstFault);
    if (!undisturbed && round !== this.round) return;
    for (const [server, { new: arrived }] of Object.entries(receivers))
      add(
        undisturbed ? this.before : this.after,
        Number(server),
        Object.values(arrived).map(size).reduce(sum, 0),
      );
    if (undisturbed) return;
    for (const [client, { ok, failed }] of Object.entries(clients)) {
      add(this.succeeded, Number(client), size(ok));
      add(this.failed, Number(client), Object.values(failed).map(size).reduce(sum, 0));
    }
  }

  /**
   * Calls the roll, each time anew. A client that does not end in time is one that is not served.
   * Errors: what breaks the fleet; `Unreported`, as a server that is not heard of need not be deaf.
   */
  async call(fleet: Fleet, rounds: Rounds): Promise<Leftovers> {
    const operations = Math.max(
      ...this.topics().map(([topic, clients]) => this.operationsOf(topic, clients)),
    );
    for (const counts of [this.after, this.succeeded, this.failed]) counts.clear();
    const { round } = rounds.begin({ operations, seconds: beginSeconds });
    this.round = round;
    const limit = beginSeconds + this.workload.timeoutSeconds + 15;
    try {
      await fleet.race(rounds.allFinished(round, limit * 1000));
    } catch (error) {
      if (!(error instanceof TimedOut)) throw error;
    }
    const { silent } = await rounds.drain(round, quietSeconds, drainSeconds);
    if (silent.length > 0) throw new Unreported(silent);
    const { sentBy } = rounds.ledger(round).tally();
    const counts = {
      before: this.before,
      after: this.after,
      askedOf: new Map(
        this.topics().map(([topic, clients]) => [
          topic,
          clients.map(({ id }) => sentBy.get(id) ?? 0).reduce(sum, 0),
        ]),
      ),
    };
    const clients = this.members("client");
    const triedBy = ({ id }: Member) =>
      Math.max(1, (this.succeeded.get(id) ?? 0) + (this.failed.get(id) ?? 0));
    return {
      asked: clients.map(triedBy).reduce(sum, 0),
      answered: [...this.succeeded.values()].reduce(sum, 0),
      deafServers: deafServersOf(this.hands, counts, this.workload.pattern === "fanout"),
      unservedClients: clients
        .filter(({ id }) => (this.succeeded.get(id) ?? 0) === 0)
        .map((client) => ({ client: client.name, site: client.site, tried: triedBy(client) })),
    };
  }

  /** Seconds from the window's start to its first fault. */
  private get firstFault(): number {
    return Math.min(...(this.workload.timeline ?? []).map(({ atSeconds }) => atSeconds));
  }

  private operationsOf(topic: string, clients: readonly Member[]): number {
    const servers = this.members("server");
    const ofTopic = servers.filter((server) => server.topic === topic).length;
    const messages = messagesToTell(this.workload.pattern === "fanout" ? 1 : ofTopic, servers.length);
    return Math.ceil(messages / clients.length);
  }

  /** The topics that have clients, with these. */
  private topics(): [string, Member[]][] {
    const clients = this.members("client");
    return [...new Set(clients.map(({ topic }) => topic))].map((topic) => [
      topic,
      clients.filter((client) => client.topic === topic),
    ]);
  }

  private members(role: Hand["role"]): (Member & { readonly site: string })[] {
    return this.hands
      .filter((hand) => hand.role === role)
      .flatMap(({ site, members }) => members.map((member) => ({ site, ...member })));
  }
}

function add(counts: Map<number, number>, key: number, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function size(ranges: Ranges): number {
  return ranges.reduce((total, [first, last]) => total + last - first + 1, 0);
}

function sum(one: number, other: number): number {
  return one + other;
}
