import { z } from "zod";
import { siteName } from "../../../stacks/scenario/names";
import { memoryFrom } from "../../../stacks/scenario/quantities";

/** With a control plane on it, it has used 193 MiB. */
const leastMemory = "256MiB";

/** MariaDB as the database of a control plane. */
export const mariadbSchema = z
  .strictObject({
    kind: z.literal("mariadb"),
    site: siteName
      .optional()
      .describe("The site of the server; default: that of the control plane's services."),
    memory: memoryFrom(leastMemory)
      .prefault("512MiB")
      .describe(
        `Memory limit of the server's container, such as 512MiB (the default), at least ${leastMemory}; a quarter of it is InnoDB's buffer pool.`,
      ),
  })
  .describe("MariaDB: one server, from the distribution's packages.");
export type Mariadb = z.infer<typeof mariadbSchema>;
