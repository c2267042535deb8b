import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memory } from "../../../stacks/scenario/quantities";

/** Kafka as the bus of a scenario. */
export const kafkaSchema = z
  .strictObject({
    kind: z.literal("kafka"),
    site: siteName.optional().describe("The site of the broker; default: the first site of the scenario."),
    memory: memory
      .prefault("768MiB")
      .describe("Memory limit of the broker's container, such as 768MiB (the default); half of it is heap."),
  })
  .describe("Kafka: one broker, for notifications alone.");
export type Kafka = z.infer<typeof kafkaSchema>;
