import { z } from "zod";
import { wantsSettings } from "../../stacks/scenario/messages";
import { cockroachdbSchema } from "./cockroachdb/schema";
import { galeraSchema } from "./galera/schema";
import { mariadbSchema } from "./mariadb/schema";

/**
 * The databases a control plane can have. A new one is an entry here or below, one in `checks.ts`, `planners.ts` and `index.ts`, and a
 * folder beside it.
 */
export const databaseSchema = z
  .discriminatedUnion("kind", [mariadbSchema, galeraSchema], { error: wantsSettings("{ kind: mariadb }") })
  .describe("The database of the control plane's services, and where it is.");
export type DatabaseDefinition = z.infer<typeof databaseSchema>;

/** Those that Keystone alone can have, as no other service's migrations are made for them. */
export const keystoneDatabaseSchema = z
  .discriminatedUnion("kind", [cockroachdbSchema], {
    error: wantsSettings("{ kind: cockroachdb, image: cockroachdb/cockroach:v23.1.14 }"),
  })
  .describe(
    "Another database for Keystone alone, and for the Keystones of all regions; default: that of the other services.",
  );
export type KeystoneDatabaseDefinition = z.infer<typeof keystoneDatabaseSchema>;
export type AnyDatabaseDefinition = DatabaseDefinition | KeystoneDatabaseDefinition;
