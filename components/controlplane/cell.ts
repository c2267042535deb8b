import type * as pulumi from "@pulumi/pulumi";
import type { Database } from "../database";
import type { Service } from "../topology/service";
import { withinCell } from "./cellPlan";
import { ServiceMaker, type Materials } from "./maker";
import type { Part } from "./parts";
import type { ControlPlanePlan, PlannedCell } from "./plan";

/** A cell of Nova's, as it is deployed. */
export interface DeployedCell {
  readonly site: string;
  readonly database: Database;
  readonly conductor: Service;
  /** Makes what is in the cell. */
  readonly maker: ServiceMaker;
}

/**
 * Makes a cell's conductor on the cell's own bus and database, and what its computes are made by.
 * @param materials The control plane's, but with secrets as they are known within the cell.
 */
export function makeCell(
  name: string,
  parent: pulumi.ComponentResource,
  plan: ControlPlanePlan,
  cell: PlannedCell,
  { site, bus, busEndpoints, database }: Part,
  materials: Materials,
): DeployedCell {
  const maker = new ServiceMaker(name, parent, withinCell(plan, cell), {
    ...materials,
    ...{ bus, busEndpoints, database },
  });
  return { site, database, conductor: maker.conductor(cell), maker };
}
