import { z } from "zod";
import { wantsSettings } from "../../stacks/scenario/messages";
import { galeraSchema } from "./galera/schema";
import { mariadbSchema } from "./mariadb/schema";

/**
 * The databases a control plane can have. A new one is an entry here, one in `checks.ts`, `planners.ts` and `index.ts`, and a
 * folder beside it.
 */
export const databaseSchema = z
  .discriminatedUnion("kind", [mariadbSchema, galeraSchema], { error: wantsSettings("{ kind: mariadb }") })
  .describe("The database of the control plane's services, and where it is.");
export type DatabaseDefinition = z.infer<typeof databaseSchema>;
