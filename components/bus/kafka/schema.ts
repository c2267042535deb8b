import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memoryFrom } from "../../../stacks/scenario/quantities";
import { refusesFailover } from "../failover";

/** Half of it is heap, of which the log's cleaner takes 128 MiB as the broker starts (`log.cleaner.dedupe.buffer.size`). */
const leastMemory = "384MiB";

/** Kafka as the bus of a scenario. */
export const kafkaSchema = z
  .strictObject(
    {
      kind: z.literal("kafka"),
      site: siteName.optional().describe("The site of the broker; default: the first site of the scenario."),
      memory: memoryFrom(leastMemory)
        .prefault("768MiB")
        .describe(
          `Memory limit of the broker's container, such as 768MiB (the default), at least ${leastMemory}; half of it is heap.`,
        ),
    },
    refusesFailover("there is one broker, and no other to go to; take failover out, or use another bus"),
  )
  .describe("Kafka: one broker, for notifications alone.");
export type Kafka = z.infer<typeof kafkaSchema>;
