import { z } from "zod";
import { siteName } from "../../stacks/scenario/names";
import { memoryFrom } from "../../stacks/scenario/quantities";
import { mariadbSchema } from "../database/mariadb/schema";
import { databaseSchema, keystoneDatabaseSchema } from "../database/schema";
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

const serverCount = z
  .int({
    error: ({ code }) =>
      code === "invalid_type"
        ? "expected how many servers each service has, such as 3, or some of them, such as { nova-api: 3 }"
        : undefined,
  })
  .min(1)
  .max(9);

/** How many servers each service has: one number for all, or one by service. */
const replicas = z
  .union([
    serverCount,
    z.strictObject(
      Object.fromEntries(
        placedServices.map((service) => [
          service,
          serverCount.optional().describe(`Servers of ${service}; default 1.`),
        ]),
      ) as Record<PlacedService, z.ZodOptional<typeof serverCount>>,
    ),
  ])
  .default(1)
  .describe(
    "Servers of each service, at its site: a number for all, such as 3, or by service, such as { keystone: 2, nova-conductor: 3 }; default 1. Requests to an API with several go to an HAProxy at their site, which passes them on to those that answer.",
  );

/** Sites that are parts of a control plane, with what each has of its own. */
function parts(what: "cell" | "region", database: string) {
  const part = z
    .strictObject(
      { database: mariadbSchema.pick({ memory: true }).prefault({}).describe(database) },
      {
        error: ({ code }) =>
          code === "invalid_type"
            ? `expected what a ${what} has of its own, such as {} for the usual`
            : undefined,
      },
    )
    .describe(what === "cell" ? "A cell of Nova's." : "A region of OpenStack's.");
  return z
    .record(siteName, part, {
      error: ({ code }) =>
        code === "invalid_type" ? `expected sites that are ${what}s, such as { edge: {} }` : undefined,
    })
    .default({});
}

const cells = parts("cell", "The cell's own database, a MariaDB at its site.").describe(
  "Sites, or groups of sites, each of which is a cell of Nova's (v2): with a bus of the scenario's kind, a database and a conductor of its own, in which its nova-computes are, below the one API at the control plane's site. Default: none, all computes are on the scenario's bus.",
);

const regions = parts(
  "region",
  "The database of the region's services but Keystone, a MariaDB at its site.",
).describe(
  "Sites, or groups of sites, each of which is a region of OpenStack's, called as the site: a whole control plane with a bus of the scenario's kind and a database of its own, to which its nova-computes belong, and a Keystone on `controlPlane.keystoneDatabase`, or else `controlPlane.database`, which all regions share. Default: none beside `controlPlane.region`.",
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
    replicas,
    cells,
    regions,
    database: databaseSchema.prefault({ kind: "mariadb" }),
    keystoneDatabase: keystoneDatabaseSchema.optional(),
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
