import { z } from "zod";
import { siteName } from "../../stacks/scenario/names";
import { memoryFrom } from "../../stacks/scenario/quantities";
import { databaseSchema } from "../database/schema";
import { placedServices, type PlacedService } from "./services";

/** The largest service uses 271 MiB once it is up. */
const leastMemory = "384MiB";

const hosts = z
  .record(siteName, z.int().min(1).max(1000), {
    error: (issue) =>
      issue.code === "invalid_type" ? "expected sites with how many at each, such as { edge: 7 }" : undefined,
  })
  .default({})
  .describe(
    "How many nova-computes at each site, by site or group: `edge: 7` is seven at every site of the group edge. Each is a host of its own, with Nova's fake driver.",
  );

/** An OpenStack control plane on the scenario's bus and sites. */
export const controlPlaneSchema = z
  .strictObject({
    site: siteName
      .optional()
      .describe("The site of every service that is not placed elsewhere; default: the scenario's first."),
    services: z
      .strictObject(
        Object.fromEntries(
          placedServices.map((service) => [
            service,
            siteName.optional().describe(`The site of ${service}; default: \`controlPlane.site\`.`),
          ]),
        ) as Record<PlacedService, z.ZodOptional<typeof siteName>>,
      )
      .default({})
      .describe("Services that are at another site than the rest, such as { keystone: edge-1 }."),
    database: databaseSchema.prefault({ kind: "mariadb" }),
    computes: hosts,
    region: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
        error: "expected up to 64 letters, digits, hyphens and underscores, a letter first",
      })
      .default("RegionOne")
      .describe("What the region is called; default RegionOne."),
    apiProcesses: z
      .int()
      .min(1)
      .max(32)
      .default(2)
      .describe(
        "Processes of each API; default 2. One of Nova's or Glance's answers one request at a time, one of the others eight.",
      ),
    profiler: z
      .boolean()
      .default(false)
      .describe(
        "Whether requests can be traced through all services (OSProfiler), as workloads of kind trace do; default false. It takes every service some time, traced or not.",
      ),
    memory: memoryFrom(leastMemory)
      .prefault("768MiB")
      .describe(
        `Memory limit of each service's container, such as 768MiB (the default), at least ${leastMemory}; a site's computes have one by their number.`,
      ),
  })
  .describe(
    "OpenStack's control plane (Zed): Keystone, Placement, Glance, Nova and Neutron, each service a container.",
  );
export type ControlPlaneDefinition = z.infer<typeof controlPlaneSchema>;
