import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memory } from "../../../stacks/scenario/quantities";
import { failover } from "../failover";
import { imageName } from "../imageName";

const image = "quay.io/skupper/skupper-router:3.5.1";

/** A mesh of AMQP 1.0 routers as the bus of a scenario. */
export const routersSchema = z
  .strictObject({
    kind: z.literal("routers"),
    topology: z
      .enum(["links", "line", "ring", "star", "tree", "complete"])
      .default("links")
      .describe(
        "Which interior routers know each other: those whose sites have a link (links, the default); each the next in the order of `interior` (line), the last the first again (ring); all the first (star); each two more (tree); or all each other (complete).",
      ),
    interior: z
      .array(siteName)
      .min(1)
      .optional()
      .describe(
        "Sites and groups with an interior router, which knows ways to all others; default: every site that is not in `edge`.",
      ),
    edge: z
      .array(siteName)
      .min(1)
      .optional()
      .describe(
        "Sites and groups with an edge router, which knows only the nearest interior one; default: none. Agents of a site without a router use the nearest.",
      ),
    distribution: z
      .enum(["balanced", "closest"])
      .default("balanced")
      .describe(
        "Which of a topic's servers gets a message: the one with the least under way, the way's cost counted in (balanced), or the nearest (closest).",
      ),
    failover: failover("router"),
    image: imageName(image)
      .default(image)
      .describe(
        "The image of the routers, of skupper-router or built like it, on this machine or at a registry that it reaches.",
      ),
    memory: memory
      .prefault("128MiB")
      .describe("Memory limit of a router's container, such as 128MiB (the default)."),
  })
  .describe("AMQP 1.0: a mesh of routers, through which messages find their way; nothing is stored.");
export type Routers = z.infer<typeof routersSchema>;
