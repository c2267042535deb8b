import type { PlannedWorkload } from "../runner/input";

/** A client or server: its number among all of the workload's, its topic and its name on the bus. */
export interface Member {
  id: number;
  topic: string;
  name: string;
}

/** The members that one agent process holds; all are of one site and one role. */
export interface Hand {
  site: string;
  role: "client" | "server";
  members: Member[];
}

/** A workload that can't be run as it is asked for. */
export class RefusedWorkload extends Error {
  constructor(workload: string, reason: string) {
    super(`workload ${workload}: ${reason}`);
    this.name = "RefusedWorkload";
  }
}

/**
 * Members that a process holds if there are processes enough. The interpreter lock makes one process slower with
 * each thread: 326 calls a second at 50 servers, 88 at 500.
 */
export const membersPerProcess = 50;

/**
 * Processes of one site and role that are worth having. Each costs some 33 MiB and most of a second of a core before
 * its first member, which of forty of them is more than what two thousand members take.
 */
export const processesPerSite = 8;

/** Members that a process holds at most, whatever it costs: beyond, its threads are busy with each other. */
export const mostMembersPerProcess = 500;

/** How many processes hold the members of one site and role. */
export function processesFor(members: number): number {
  return Math.max(
    Math.min(Math.ceil(members / membersPerProcess), processesPerSite),
    Math.ceil(members / mostMembersPerProcess),
  );
}

/** The bus topic of a workload's topic `index`, the same in every run, so that queues can be made in advance. */
export function topicName(workload: string, index: number): string {
  return `buswide.${workload}.${index}`;
}

/**
 * Deals clients and servers over topics, round robin in the order of their sites, and then over agent
 * processes, as many as {@link processesFor} says; those of a site have about equally many.
 * Errors: `RefusedWorkload` if a topic would have no server or a client no topic.
 */
export function deal(workload: PlannedWorkload): Hand[] {
  const servers = total(workload.servers);
  if (total(workload.clients) === 0) throw new RefusedWorkload(workload.name, "it has no clients");
  if (servers < workload.topics) {
    const counts = `${workload.topics} topics but ${servers} servers`;
    throw new RefusedWorkload(workload.name, `${counts}: every topic needs a server`);
  }
  // With fewer clients than topics some topics are just idle, which is allowed.
  return [
    ...hands("server", expand(workload.servers), workload),
    ...hands("client", expand(workload.clients), workload),
  ];
}

/** Receivers of each client's topic: those entitled to a fanout of that client. */
export function receiversOf(allHands: readonly Hand[]): Map<number, number[]> {
  const members = (role: Hand["role"]) =>
    allHands.filter((hand) => hand.role === role).flatMap((hand) => hand.members);
  const servers = members("server");
  return new Map(
    members("client").map((client) => [
      client.id,
      servers.filter((server) => server.topic === client.topic).map((server) => server.id),
    ]),
  );
}

/** Whether a client and a server, by their numbers, are in one site. */
export function sameSiteOf(hands: readonly Hand[]): (client: number, server: number) => boolean {
  const clients = sitesOf(hands, "client");
  const servers = sitesOf(hands, "server");
  return (client, server) => clients.get(client) === servers.get(server);
}

/** The site of each member of a role, by its number. */
export function sitesOf(hands: readonly Hand[], role: Hand["role"]): Map<number, string> {
  return new Map(
    hands
      .filter((hand) => hand.role === role)
      .flatMap(({ site, members }) => members.map(({ id }) => [id, site] as const)),
  );
}

/** All members of a role, `workload.clients` or `workload.servers` summed. */
export function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Members of one site that follow each other: their numbers are `from` to `from + count - 1`. */
interface Place {
  site: string;
  from: number;
  count: number;
}

function expand(counts: Record<string, number>): Place[] {
  let from = 0;
  return Object.entries(counts).map(([site, count]) => {
    const place = { site, from, count };
    from += count;
    return place;
  });
}

function hands(role: Hand["role"], places: Place[], workload: PlannedWorkload): Hand[] {
  return places.flatMap(({ site, from, count }) => {
    const processes = processesFor(count);
    return Array.from({ length: processes }, (_, process): Hand => {
      const first = from + Math.floor((count * process) / processes);
      const end = from + Math.floor((count * (process + 1)) / processes);
      const members = Array.from({ length: end - first }, (_, at) => {
        const id = first + at;
        const name = `${site}.${workload.name}.${role}-${id}`;
        return { id, topic: topicName(workload.name, id % workload.topics), name };
      });
      return { site, role, members };
    });
  });
}
