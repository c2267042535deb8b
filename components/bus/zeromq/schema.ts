import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memory } from "../../../stacks/scenario/quantities";
import { refusesFailover } from "../failover";

/** ZeroMQ as the bus of a scenario. */
export const zeromqSchema = z
  .strictObject(
    {
      kind: z.literal("zeromq"),
      site: siteName
        .optional()
        .describe(
          "The site of the matchmaker, a Redis in which agents find each other's addresses; default: the first site of the scenario.",
        ),
      memory: memory
        .prefault("64MiB")
        .describe("Memory limit of the matchmaker's container, such as 64MiB (the default)."),
    },
    refusesFailover(
      "agents connect to each other, and to no broker that they could leave for another; take failover out",
    ),
  )
  .describe("ZeroMQ: no broker, agents connect to each other.");
export type Zeromq = z.infer<typeof zeromqSchema>;
