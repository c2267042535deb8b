import type { DatabaseAccount } from "../database/database";
import { planDatabase } from "../database/planners";
import { localBus } from "../bus/local";
import { planBus } from "../bus/planners";
import { ownSite } from "./ownSite";
import type { ControlPlaneContext, ControlPlanePlan, PlannedCell } from "./plan";
import type { ControlPlaneDefinition } from "./schema";
import { definitionsBySite, type PlannedServers } from "./servers";
import type { PlacedService } from "./services";

/** A cell's conductor has its cell's database, and those of the core who look into every cell. */
const accounts: readonly DatabaseAccount[] = [{ name: "nova", databases: ["nova"] }];

/** Services of the core that look into cells' databases; those that call into cells are among them. */
const lookingIn: readonly PlacedService[] = ["nova-api", "nova-conductor", "nova-scheduler"];

/** What each cell is to be like, by its site, in the scenario's order. */
export function cellDefinitions(
  { cells }: Pick<ControlPlaneDefinition, "cells">,
  groups: ReadonlyMap<string, readonly string[]>,
): Map<string, ControlPlaneDefinition["cells"][string]> {
  return definitionsBySite(cells, groups);
}

/** Plans the cells of Nova's that sites are for themselves, in the scenario's order. */
export function planCells(
  definition: ControlPlaneDefinition,
  services: PlannedServers["services"],
  context: ControlPlaneContext,
): PlannedCell[] {
  const { groups, links, busDefinition } = context;
  const lookers = [...new Set(lookingIn.map((service) => services[service].site))];
  return [...cellDefinitions(definition, groups)].map(([name, { database }]): PlannedCell => {
    const { site, within } = ownSite(name, "cell", context);
    return {
      site: name,
      bus: planBus(localBus(busDefinition), {
        ...within,
        ...{ links, workloads: [], agentSites: [] },
        serviceSites: [...new Set([name, callerOf(services)])],
      }),
      database: planDatabase(
        { kind: "mariadb", memory: database.memory },
        { ...within, site: name, clients: [...new Set([name, ...lookers])], accounts },
      ),
      conductor: {
        site: name,
        service: "cell-conductor",
        address: site.reserve("cell-conductor"),
        memoryBytes: definition.memory,
      },
    };
  });
}

/**
 * The site by whose account the core is on cells' buses. Nova's services find a cell's bus in the database, all by the same URL,
 * wherever they are.
 */
export function callerOf(services: PlannedServers["services"]): string {
  return services["nova-conductor"].site;
}

/** The plan as a cell's conductor and computes see it: with the cell's bus and database. */
export function withinCell(plan: ControlPlanePlan, { bus, database }: PlannedCell): ControlPlanePlan {
  return { ...plan, busSettings: bus.serviceSettings ?? bus.settings, database };
}

/** What stands for the cells of a plan to those who must begin anew when they are others. Nothing of it is secret. */
export function cellsInShort({ cells }: Pick<ControlPlanePlan, "cells">): string {
  return cells
    .map(({ site, bus, database }) =>
      [site, bus.kind, ...[...bus.brokers, ...database.servers].map(({ address }) => address)].join(" "),
    )
    .join(",");
}
