import type { Hand } from "../probe/deal";
import type { DeafServer } from "../results/leftovers";

/** The chance below which it is not put down to chance that any of a workload's servers got nothing. */
const significance = 0.001;

/**
 * How many messages of a topic it takes to tell whether one of its servers gets none: twice as many as make it as unlikely
 * as `significance` that any of all servers is passed over by chance, if each gets an equal share. Twice, as the share is
 * known from what was counted only.
 * @param ofTopic servers that share the topic's messages
 * @param all servers of the workload
 */
export function messagesToTell(ofTopic: number, all: number): number {
  // One that gets every message, as of a fanout, is tried a few times, so that one lost message decides nothing.
  const fewest = 3;
  if (ofTopic < 2) return fewest;
  return Math.max(fewest, Math.ceil((2 * Math.log(significance / all)) / Math.log(1 - 1 / ofTopic)));
}

/** What was counted of a workload's servers before its faults and after them. */
export interface ServerCounts {
  /** Messages by server. */
  readonly before: ReadonlyMap<number, number>;
  readonly after: ReadonlyMap<number, number>;
  /** By topic: messages that were surely handed to the bus after the faults, or arrived. */
  readonly askedOf: ReadonlyMap<string, number>;
}

/**
 * The servers that got none of their topic's messages after the faults, although by the share that they had before that
 * would be less likely than one in a thousand for any of them: R. A. Fisher's exact test of two shares, one-sided, with
 * the bound divided by the number of servers (Bonferroni). A server that got nothing before either is never among them.
 * @param everyone whether each server gets each message, as of a fanout
 */
export function deafServersOf(
  hands: readonly Hand[],
  { before, after, askedOf }: ServerCounts,
  everyone: boolean,
): DeafServer[] {
  const servers = hands
    .filter(({ role }) => role === "server")
    .flatMap(({ site, members }) => members.map((member) => ({ site, ...member })));
  const beforeOf = new Map<string, number>();
  for (const { id, topic } of servers) {
    const [own, others] = [before.get(id) ?? 0, beforeOf.get(topic) ?? 0];
    beforeOf.set(topic, everyone ? Math.max(own, others) : own + others);
  }
  return servers.flatMap(({ id, topic, name, site }) => {
    const [own, all, asked] = [before.get(id) ?? 0, beforeOf.get(topic) ?? 0, askedOf.get(topic) ?? 0];
    if ((after.get(id) ?? 0) > 0) return [];
    const chance = chanceOfNone(own, all, asked);
    if (chance >= significance / servers.length) return [];
    return [{ server: name, site, before: own, beforeOf: all, askedOf: asked, chance }];
  });
}

/**
 * The chance that all `own` of `all + asked` messages are among the first `all`, if it is the same for each message:
 * C(all, own) / C(all + asked, own).
 */
function chanceOfNone(own: number, all: number, asked: number): number {
  let chance = 1;
  for (let at = 0; at < own && chance > 1e-12; at += 1) chance *= (all - at) / (all + asked - at);
  return chance;
}
