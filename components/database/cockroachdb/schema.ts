import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memoryFrom } from "../../../stacks/scenario/quantities";
import { imageName } from "../../bus/imageName";
import { nodesAtSites } from "../nodeCounts";

/** What its maker's guide takes for the least of a node that nobody relies on. */
const leastMemory = "512MiB";

/** CockroachDB as a database of Keystone. */
export const cockroachdbSchema = z
  .strictObject({
    kind: z.literal("cockroachdb"),
    image: imageName("cockroachdb/cockroach:v23.1.14").describe(
      "An image of CockroachDB 22.2 or later, on this machine or at a registry that it reaches, such as cockroachdb/cockroach:v23.1.14; there is no package that one could be made of. What is used here is free of charge in releases from before 18 November 2024; later ones, also of 23.1 to 24.2, are slowed down a week after a cluster without a licence key began.",
    ),
    nodes: nodesAtSites
      .optional()
      .describe(
        "Nodes at each site, by site or group: `{ core: 3 }`, `{ core: 1, edge: 1 }`; each knows its site as its region. Default: three at Keystone's site.",
      ),
    replicas: z
      .int()
      .min(3)
      .max(9)
      .default(3)
      .describe(
        "Copies of Keystone's database, each at a site of its own where there are as many; an odd number, default 3. A write waits for the larger part of them.",
      ),
    leaseholders: siteName
      .optional()
      .describe(
        "The site whose nodes read and order writes (lease_preferences), where one of the copies is then; default: where the cluster puts that, for each part of the data by itself.",
      ),
    memory: memoryFrom(leastMemory)
      .prefault("1GiB")
      .describe(
        `Memory limit of a node's container, such as 1GiB (the default), at least ${leastMemory}; a quarter of it is its cache, and a quarter for statements.`,
      ),
  })
  .describe("CockroachDB: nodes over sites, each taking reads and writes of Keystone's database.");
export type Cockroachdb = z.infer<typeof cockroachdbSchema>;
