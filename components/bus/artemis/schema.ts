import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memoryFrom } from "../../../stacks/scenario/quantities";
import { failover, refusesFailover } from "../failover";

/** A broker at rest uses 180 MiB, and half of its memory is heap. */
const leastMemory = "384MiB";

const common = {
  kind: z.literal("artemis"),
  tls: z
    .boolean()
    .default(false)
    .describe(
      "Whether every connection, of agents to brokers and between brokers, is encrypted by TLS and checked by the broker's name; default false. The stack has a certificate authority of its own.",
    ),
  memory: memoryFrom(leastMemory)
    .prefault("768MiB")
    .describe(
      `Memory limit of a broker's container, such as 768MiB (the default), at least ${leastMemory}; half of it is Java's heap.`,
    ),
};

const single = z
  .strictObject(
    {
      ...common,
      topology: z.literal("single").optional().default("single").describe("One broker that all sites use."),
      site: siteName.optional().describe("The site of the broker; default: the first site of the scenario."),
    },
    refusesFailover(
      "there is one broker, and no other to go to; take failover out, or use topology: cluster",
    ),
  )
  .describe("ActiveMQ Artemis: one broker that all sites use.");

const cluster = z
  .strictObject({
    ...common,
    topology: z
      .literal("cluster")
      .describe("A broker a site, each passing on to the others what their agents wait for."),
    sites: z
      .array(siteName)
      .min(1)
      .optional()
      .describe("Sites and groups with a broker; default: every site. Agents elsewhere use the nearest."),
    failover: failover("broker"),
  })
  .describe("ActiveMQ Artemis: a cluster of brokers over sites, each with its own queues.");

/** ActiveMQ Artemis as the bus of a scenario. */
export const artemisSchema = z
  .discriminatedUnion("topology", [single, cluster], {
    error: ({ input }) =>
      (input as { topology?: unknown } | undefined)?.topology === "federation"
        ? '"federation" is not offered for Artemis, as nobody has shown that it loses and doubles no calls, casts and fanouts there: use topology: cluster, which was shown to'
        : undefined,
  })
  .describe("ActiveMQ Artemis, over AMQP 1.0.");
export type Artemis = z.infer<typeof artemisSchema>;
