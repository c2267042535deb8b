import { z } from "zod";
import { addresses, emulator } from "../settings";

/** This machine's Docker Engine. */
export const localTargetSchema = z
  .strictObject({ kind: z.literal("local"), emulator, addresses })
  .describe("This machine's Docker Engine: a network and a gateway container a site.");
export type LocalTarget = z.infer<typeof localTargetSchema>;
