import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memoryFrom, silence } from "../../../stacks/scenario/quantities";
import { nodesAtSites } from "../nodeCounts";

/** Beside what a MariaDB of its own uses, a node holds what others have still to apply. */
const leastMemory = "384MiB";

/** A MariaDB Galera cluster as the database of a control plane. */
export const galeraSchema = z
  .strictObject({
    kind: z.literal("galera"),
    nodes: nodesAtSites
      .optional()
      .describe(
        "Nodes at each site, by site or group: `{ core: 3 }`, `{ core: 1, edge: 1 }`; default: three at the site of the control plane's services.",
      ),
    arbitrator: siteName
      .optional()
      .describe(
        "The site of an arbitrator (garbd): it has a vote and receives everything, but keeps nothing; default: there is none.",
      ),
    access: z
      .enum(["proxy", "hosts"])
      .default("proxy")
      .describe(
        "How services find a node: by an HAProxy at their own site, which knows which nodes serve (proxy, the default), or by one name that stands for all nodes' addresses, tried in order whenever a connection is made (hosts).",
      ),
    writers: z
      .enum(["one", "nearest"])
      .default("one")
      .describe(
        "Which node services of a site use first: all sites the same, the nearest to the control plane's own site (one, the default), or each its nearest, so that several nodes take writes (nearest).",
      ),
    causalReads: z
      .boolean()
      .optional()
      .describe(
        "Whether each statement waits until its node has all that was written anywhere before it (wsrep_sync_wait = 7); default: with `writers: nearest`.",
      ),
    stateTransfer: z
      .enum(["mariabackup", "rsync"])
      .default("mariabackup")
      .describe(
        "How a node gets everything that missed too much: the one that gives it goes on serving (mariabackup, the default), or stands still meanwhile (rsync).",
      ),
    silence: silence
      .prefault("10s")
      .describe(
        "A node that is silent for this long is taken for away (evs.suspect_timeout); no write is acknowledged meanwhile. Default 10s; Galera's own is 5s, for one LAN.",
      ),
    memory: memoryFrom(leastMemory)
      .prefault("768MiB")
      .describe(
        `Memory limit of a node's container, such as 768MiB (the default), at least ${leastMemory}; a quarter of it is InnoDB's buffer pool.`,
      ),
  })
  .describe("MariaDB Galera: nodes that each have everything, in one site or stretched over several.");
export type Galera = z.infer<typeof galeraSchema>;
