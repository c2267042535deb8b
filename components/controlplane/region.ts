import type * as pulumi from "@pulumi/pulumi";
import type { Service } from "../topology/service";
import type { DeployedCell } from "./cell";
import type { Materials, Served, ServiceMaker } from "./maker";
import type { ControlPlanePlan } from "./plan";

/** What a region's services are told over their APIs, and what they wait for that is not of the region. */
export interface RegionArgs {
  readonly plan: ControlPlanePlan;
  /** Its cells, and what stands before Nova can be told of them. */
  readonly cells: readonly DeployedCell[];
  /** What the image's `openstack-catalog` and `openstack-fill` are told. Secret. */
  readonly catalog: pulumi.Output<string>;
  readonly fill: pulumi.Output<string>;
  /** What Keystone waits for: that what all share is made by the region that does so. */
  readonly after?: readonly pulumi.Resource[];
}

/** A region's services as they are deployed. */
export interface DeployedRegion {
  /** Every container but those of databases, brokers and cells. */
  readonly services: readonly Service[];
  readonly keystone: Served;
  readonly catalog: pulumi.Resource;
  /** Done once servers can be put on every host. */
  readonly ready: pulumi.Resource;
}

/**
 * Makes a region's services. Each starts when what it needs to start answers.
 * @param name What the region's commands begin with.
 */
export function makeRegion(
  name: string,
  parent: pulumi.ComponentResource,
  maker: ServiceMaker,
  { plan, cells, catalog: entries, fill, after = [] }: RegionArgs,
  { target }: Pick<Materials, "target">,
): DeployedRegion {
  const proxies = maker.proxies();
  const caches = maker.caches();
  const keystone = maker.servers("keystone", after);
  const catalog = target.runIn(
    `${name}-catalog`,
    keystone.first.container,
    { command: "openstack-catalog", stdin: entries },
    { parent, dependsOn: [...keystone.ready, ...after] },
  );
  const placement = maker.servers("placement", []);
  const glance = maker.servers("glance", []);
  const neutron = maker.servers("neutron", []);
  // It brings Nova's databases to their version, which the others want to find them in, and knows of cells by theirs.
  const conductor = maker.servers(
    "nova-conductor",
    cells.map(({ database }) => database),
  );
  const conductors = [...conductor.ready, ...cells.map((cell) => cell.conductor)];
  const api = maker.servers("nova-api", conductors);
  // It does not start where it can't ask Placement.
  const scheduler = maker.servers("nova-scheduler", [...conductors, catalog, ...placement.ready]);
  const computes = plan.computes.map((fleet) => {
    const cell = cells.find(({ site }) => site === fleet.site);
    const own = cell ? [cell.conductor] : conductor.ready;
    return (cell?.maker ?? maker).computes(fleet, [catalog, ...placement.ready, ...own]);
  });
  const ready = target.runIn(
    `${name}-filled`,
    api.first.container,
    { command: "openstack-fill", stdin: fill },
    {
      parent,
      dependsOn: [catalog, ...[glance, neutron, scheduler, api].flatMap((one) => one.ready), ...computes],
    },
  );
  const served = [keystone, placement, glance, neutron, conductor, api, scheduler];
  return {
    services: [...served.flatMap(({ servers }) => servers), ...proxies, ...caches, ...computes],
    ...{ keystone, catalog, ready },
  };
}
