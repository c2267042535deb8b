import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memoryFrom, seconds } from "../../../stacks/scenario/quantities";
import { brokerRelease } from "../combinations";
import { refusesFailover } from "../failover";
import { imageName } from "../imageName";

const tls = z
  .boolean()
  .default(false)
  .describe(
    "Whether every connection, of agents to brokers and between brokers, is encrypted by TLS and checked by the broker's name; default false. The stack has a certificate authority of its own. Nodes of a cluster still ask each other in plain text which port a node listens on (epmd): its name and the port, no message and no password.",
  );

/** A broker at rest uses 135 MiB. */
const leastMemory = "192MiB";

const versions = ["3.10", "3.13", "4.0", "4.1", "4.2", "4.3"] as const;

const common = {
  kind: z.literal("rabbitmq"),
  tls,
  version: z
    .enum(versions)
    .optional()
    .describe(
      "RabbitMQ's version: 3.10 is Debian bookworm's package (the default), 4.0 Debian trixie's; any is that of `image`, which must come with one.",
    ),
  image: imageName("rabbitmq:4.1")
    .optional()
    .describe(
      "An image that has RabbitMQ of `version`, on this machine or at a registry that it reaches, such as rabbitmq:4.1; default: one made from Debian's packages.",
    ),
  memory: memoryFrom(leastMemory)
    .prefault("512MiB")
    .describe(`Memory limit of a broker's container, such as 512MiB (the default); at least ${leastMemory}.`),
  queues: z
    .enum(["classic", "quorum"])
    .default("classic")
    .describe(
      "Queues of topics and notifications: on one node, or replicated by Raft over a cluster's nodes.",
    ),
  transient: z
    .enum(["classic", "quorum"])
    .default("classic")
    .describe(
      "Queues of one agent: those of its replies, and of its fanouts unless `fanout` says otherwise.",
    ),
  fanout: z
    .enum(["classic", "quorum", "stream"])
    .optional()
    .describe(
      "How a fanout reaches each server: by a queue of its own, of the kind that `transient` says (the default), or by one stream of the topic that all of them read.",
    ),
};

const failover = z
  .boolean()
  .default(false)
  .describe(
    "Whether agents go to the next nearest broker when their nearest does not answer, and back when they connect anew.",
  );

const single = z
  .strictObject(
    {
      ...common,
      topology: z.literal("single").optional().default("single").describe("One broker that all sites use."),
      site: siteName.optional().describe("The site of the broker; default: the first site of the scenario."),
    },
    refusesFailover(
      "there is one broker, and no other to go to; take failover out, or use topology: cluster or federation",
    ),
  )
  .transform(versioned)
  .describe("RabbitMQ: one broker that all sites use.");

const partitionHandlings = ["autoheal", "pause_minority", "ignore"] as const;

const cluster = z
  .strictObject({
    ...common,
    topology: z
      .literal("cluster")
      .describe("Nodes that are one broker: each knows all queues and exchanges."),
    nodes: z
      .record(siteName, z.int().min(1).max(9))
      .optional()
      .describe(
        "Nodes at each site, by site or group: `{ core: 3 }`, `{ core: 1, edge: 1 }`; default: three at the first site.",
      ),
    partitions: z
      .enum(partitionHandlings)
      .optional()
      .describe(
        "What nodes do that lost each other: the smaller part restarts once they meet again (autoheal, the default), pauses meanwhile (pause_minority), or both go on and never agree again (ignore). From version 4.2 on there is nothing to choose, as they agree by Raft.",
      ),
    netTick: seconds
      .prefault("60s")
      .describe(
        "Erlang's net_ticktime: a node that is silent for this long, give or take a quarter, is taken for dead; default 60s.",
      ),
    failover,
  })
  .transform((definition, refusals) => partitioned(versioned(definition, refusals), refusals))
  .describe("RabbitMQ: a cluster, in one site or stretched over several.");

const federation = z
  .strictObject({
    ...common,
    topology: z
      .literal("federation")
      .describe("A broker a site, each fetching from the others what its own agents wait for."),
    sites: z
      .array(siteName)
      .min(1)
      .optional()
      .describe("Sites and groups with a broker; default: every site. Agents elsewhere use the nearest."),
    upstreams: z
      .enum(["complete", "links"])
      .default("complete")
      .describe(
        "Whom a broker fetches from: every other (complete), or those its site has a link to (links).",
      ),
    mode: z
      .enum(["auto", "exchanges", "queues"])
      .default("auto")
      .describe(
        "What is federated for calls, casts and notifications: exchanges, which copy to each site with a server; queues, which move a message to one server, nearest first; auto: whichever is right for where the servers are.",
      ),
    failover,
  })
  .transform(versioned)
  .describe("RabbitMQ: a federation of brokers, each with its own queues.");

type Version = (typeof versions)[number];
type Partitions = (typeof partitionHandlings)[number];

/** What a transformation of zod is given to refuse by. */
type Refusals = Pick<z.RefinementCtx, "addIssue">;

/** Fills in the version, unless it is that of an image: what goes together would be judged by another release. */
function versioned<D extends { readonly version?: Version | undefined; readonly image?: string | undefined }>(
  definition: D,
  refusals: Refusals,
): Omit<D, "version"> & { readonly version: Version } {
  const { version, image } = definition;
  if (version === undefined && image !== undefined) {
    const tagged = /:v?(\d+\.\d+)(?!\d)/.exec(image)?.[1];
    const likely = versions.find((one) => one === tagged);
    const which =
      likely === undefined ? `one of ${versions.join(", ")}` : `such as version: ${JSON.stringify(likely)}`;
    refusals.addIssue({
      code: "custom",
      path: ["version"],
      message: `missing: say which release of RabbitMQ the image ${JSON.stringify(image)} has, ${which}`,
    });
  }
  return { ...definition, version: version ?? "3.10" };
}

/** Fills in what nodes do that lost each other, and refuses to be told it where a release has nothing to choose. */
function partitioned<D extends { readonly version: Version; readonly partitions?: Partitions | undefined }>(
  definition: D,
  refusals: Refusals,
): Omit<D, "partitions"> & { readonly partitions?: Partitions } {
  const { partitions, ...others } = definition;
  if (brokerRelease(definition.version).partitionHandling)
    return { ...others, partitions: partitions ?? "autoheal" };
  if (partitions !== undefined)
    refusals.addIssue({
      code: "custom",
      path: ["partitions"],
      message: `"${partitions}" does nothing on RabbitMQ ${definition.version}, whose nodes agree by Raft (Khepri) and have no way of their own to act when they lose each other: take it out, or use version 4.1 or before`,
    });
  return others;
}

/** RabbitMQ as the bus of a scenario. */
export const rabbitmqSchema = z
  .discriminatedUnion("topology", [single, cluster, federation])
  .describe("RabbitMQ, from the distribution's packages.");
export type Rabbitmq = z.infer<typeof rabbitmqSchema>;
export type RabbitmqCluster = z.infer<typeof cluster>;
export type RabbitmqFederation = z.infer<typeof federation>;
