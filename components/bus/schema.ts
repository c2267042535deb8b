import { z } from "zod";
import { wantsSettings } from "../../stacks/scenario/messages";
import { artemisSchema } from "./artemis/schema";
import { kafkaSchema } from "./kafka/schema";
import { rabbitmqSchema } from "./rabbitmq/schema";
import { routersSchema } from "./routers/schema";
import { zeromqSchema } from "./zeromq/schema";

/** The buses a scenario can ask for. A new bus is an entry here, one in `index.ts`, and a folder beside it. */
export const busSchema = z
  .discriminatedUnion("kind", [rabbitmqSchema, artemisSchema, kafkaSchema, routersSchema, zeromqSchema], {
    error: wantsSettings("{ kind: rabbitmq }"),
  })
  .describe("The message bus, and where its parts are.");
export type BusDefinition = z.infer<typeof busSchema>;
