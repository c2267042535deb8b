import type { Connection } from "../bus/bus";
import type { DatabaseConnection } from "../database/database";
import type { AnyDatabasePlan } from "../database/planners";
import type { PlannedComputes, PlannedService } from "./plan";
import { placedServices, type ApiService, type PlacedService } from "./services";

/** Who asks whom over HTTP, in the words of the services: all ask Keystone, whom they check tokens by. */
const asks: { readonly [S in PlacedService]: readonly ApiService[] } = {
  keystone: [],
  placement: ["keystone"],
  glance: ["keystone"],
  "nova-api": ["keystone", "placement", "glance", "neutron"],
  "nova-conductor": ["keystone", "placement", "glance", "neutron"],
  "nova-scheduler": ["keystone", "placement"],
  neutron: ["keystone", "placement", "nova-api"],
};
const askedByComputes: readonly ApiService[] = ["keystone", "placement", "glance", "neutron"];

/**
 * Connections between sites over HTTP and SQL. Servers of a service, and what is before them, are at one site; a cell's conductor
 * asks nobody whom the cell's computes do not ask as well.
 */
export function connectionsOf(
  services: Readonly<Record<PlacedService, PlannedService>>,
  computes: readonly PlannedComputes[],
  databases: readonly AnyDatabasePlan[],
): Connection[] {
  const ofDatabases = databases.flatMap((one): readonly DatabaseConnection[] => one.connections);
  const pairs = [
    ...placedServices.flatMap((service) =>
      asks[service].map((api) => [services[service].site, services[api].site]),
    ),
    ...ofDatabases.filter(({ encrypted }) => !encrypted).map(({ from, to }) => [from, to]),
    ...computes.flatMap(({ site }) => askedByComputes.map((api) => [site, services[api].site])),
  ].filter(([from, to]) => from !== to);
  const plain = [...new Set(pairs.map((pair) => JSON.stringify(pair)))].map((text) => {
    const [from, to] = JSON.parse(text) as [string, string];
    return { from, to, encrypted: false };
  });
  const encrypted = ofDatabases
    .filter((one) => one.encrypted)
    .map(({ from, to }) => ({ from, to, encrypted: true }));
  return [...plain, ...encrypted];
}
