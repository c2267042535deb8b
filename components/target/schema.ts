import { z } from "zod";
import { wantsSettings } from "../../stacks/scenario/messages";
import { localTargetSchema } from "./local/schema";
import { machinesTargetSchema } from "./machines/schema";
import { openstackTargetSchema } from "./openstack/schema";

/** Where a scenario's sites can be made. A new target is an entry here, one in `index.ts`, and a folder beside it. */
export const targetSchema = z
  .discriminatedUnion("kind", [localTargetSchema, machinesTargetSchema, openstackTargetSchema], {
    error: wantsSettings("{ kind: local }"),
  })
  .describe("Where the sites are made.");
export type TargetDefinition = z.infer<typeof targetSchema>;
