import { resolveSites } from "../../stacks/scenario/expand";
import type { BusSites } from "../bus/checks";
import { misfit } from "../bus/combinations";
import { notOneSite, unknownSite } from "../bus/places";
import { queueKinds } from "../bus/rabbitmq/queues";
import type { Rabbitmq } from "../bus/rabbitmq/schema";
import type { BusDefinition } from "../bus/schema";
import { databaseIssues } from "../database/checks";
import { nodeCounts } from "../database/nodeCounts";
import { furtherDatabases } from "../plan/site";
import { cellDefinitions } from "./cellPlan";
import type { ControlPlaneDefinition } from "./schema";
import { defaultSite, hostCounts, placesOf } from "./servers";
import { placedServices } from "./services";

/** oslo.messaging of the services' packages: Debian bookworm's, of OpenStack Zed. */
const library = "14.0.3";

/** What the image calls the cell of the scenario's bus (`buswide_openstack.nova_databases`). */
const usualCell = "cell1";

/** One thing wrong with a control plane; `path` is from the scenario's root. */
export interface ControlPlaneIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong with a control plane and the bus that it is on; the bus is right in itself. */
export function controlPlaneIssues(
  definition: ControlPlaneDefinition,
  bus: BusDefinition,
  sites: BusSites,
): ControlPlaneIssue[] {
  const found = [...placeIssues(definition, sites), ...busIssues(bus)];
  return found.length > 0
    ? found
    : [
        ...roomIssues(definition, sites),
        ...cellIssues(definition, sites),
        ...regionIssues(definition, sites),
      ];
}

function placeIssues(definition: ControlPlaneDefinition, sites: BusSites): ControlPlaneIssue[] {
  const found = [
    ...notOneSite(["site"], definition.site, sites),
    ...placedServices.flatMap((service) =>
      notOneSite(["services", service], definition.services[service], sites),
    ),
    ...databaseIssues(definition.database, sites).map(({ path, message }) => ({
      path: ["database", ...path],
      message,
    })),
    ...(definition.keystoneDatabase === undefined
      ? []
      : databaseIssues(definition.keystoneDatabase, sites)
    ).map(({ path, message }) => ({ path: ["keystoneDatabase", ...path], message })),
    ...(definition.keystoneDatabase !== undefined && definition.profiler
      ? [
          {
            path: ["profiler"],
            message:
              "true has spans of statements in MariaDB alone, and Keystone would have none of its CockroachDB's: take keystoneDatabase out, or profiler",
          },
        ]
      : []),
    ...(["computes", "cells", "regions"] as const).flatMap((setting) =>
      Object.keys(definition[setting]).flatMap((name) => unknownSite([setting, name], name, sites)),
    ),
  ];
  return found.map(({ path, message }) => ({ path: ["controlPlane", ...path], message }));
}

/** Nodes of two databases at one site, which share a row of addresses there. */
function roomIssues(definition: ControlPlaneDefinition, { groups }: BusSites): ControlPlaneIssue[] {
  const { database, keystoneDatabase } = definition;
  if (keystoneDatabase === undefined) return [];
  const galera: ReadonlyMap<string, number> =
    database.kind === "galera"
      ? nodeCounts(database.nodes, defaultSite(definition, groups), groups)
      : new Map<string, number>();
  const own = nodeCounts(keystoneDatabase.nodes, placesOf(definition, groups).keystone, groups);
  const full = [...own].find(
    ([site, count]) => count - 1 + Math.max(0, (galera.get(site) ?? 0) - 1) > furtherDatabases,
  );
  if (full === undefined) return [];
  const [site, count] = full;
  const others = galera.get(site) ?? 0;
  const [all, most] =
    others === 0
      ? [`${count} nodes of it`, `${furtherDatabases + 1}`]
      : [`${count} nodes of it and ${others} of Galera`, `${furtherDatabases + 2} of both`];
  return [
    {
      path: ["controlPlane", "keystoneDatabase", "nodes"],
      message: `"${site}" has no addresses for ${all}: have ${most} there at most`,
    },
  ];
}

/** What is wrong with the name of a site that has a part of the control plane for itself: what that is called is by its site. */
function takenName(site: string): string | undefined {
  return placedServices.some((service) => service === site)
    ? `"${site}" is what a service of the control plane is called: call the site otherwise`
    : undefined;
}

/** Cells that would be nothing, or be taken for the usual one or for a service. */
function cellIssues(definition: ControlPlaneDefinition, { groups }: BusSites): ControlPlaneIssue[] {
  const computes = hostCounts(definition, groups);
  return Object.keys(definition.cells).flatMap((name) => {
    const sites = resolveSites(groups, name) ?? [];
    const empty = sites.find((site) => !computes.has(site));
    const [taken] = sites.flatMap((site) => takenName(site) ?? []);
    const wrong = sites.includes(usualCell)
      ? `"${usualCell}" is what the cell of all other computes is called: call the site otherwise`
      : (taken ??
        (empty === undefined
          ? undefined
          : `"${empty}" has no nova-computes, which are what a cell is for: add some, such as controlPlane.computes: { ${name}: 2 }, or take the cell out`));
    return wrong === undefined ? [] : [{ path: ["controlPlane", "cells", name], message: wrong }];
  });
}

/** Regions that would be two things at one site, or be taken for a service; the first of each name. */
function regionIssues(definition: ControlPlaneDefinition, { groups }: BusSites): ControlPlaneIssue[] {
  const cells = cellDefinitions(definition, groups);
  const placed = placesOf(definition, groups);
  return Object.keys(definition.regions).flatMap((name) => {
    const wrong = (resolveSites(groups, name) ?? []).flatMap((site) => {
      const service = placedServices.find((one) => placed[one] === site);
      const taken = takenName(site);
      if (taken !== undefined) return [taken];
      if (site === definition.region)
        return [
          `"${site}" is what the control plane's own region is called: set controlPlane.region to another`,
        ];
      if (cells.has(site))
        return [`"${site}" is a cell as well, of the region "${definition.region}": take one of the two out`];
      return service === undefined
        ? []
        : [
            `"${site}" has ${service} of the region "${definition.region}", and would have another of its own: place that elsewhere, or leave the site out`,
          ];
    });
    return wrong.slice(0, 1).map((message) => ({ path: ["controlPlane", "regions", name], message }));
  });
}

function busIssues(bus: BusDefinition): ControlPlaneIssue[] {
  switch (bus.kind) {
    case "zeromq":
      return refused(
        bus.kind,
        `the services' library, oslo.messaging ${library}, has no ZeroMQ: its driver left with release 9.0.0`,
      );
    case "kafka":
      return refused(
        bus.kind,
        `the services call each other, and the library's driver for Kafka (oslo.messaging ${library}) has notifications only`,
      );
    case "rabbitmq":
      return rabbitmqIssues(bus);
    default:
      return [];
  }
}

function refused(kind: string, why: string): ControlPlaneIssue[] {
  return [
    {
      path: ["bus", "kind"],
      message: `"${kind}" can't carry a control plane: ${why}; use kind: rabbitmq, artemis or routers, or take controlPlane out`,
    },
  ];
}

const settings = {
  library: "version",
  broker: "version",
  topics: "queues",
  replies: "transient",
  fanout: "fanout",
} as const;

function rabbitmqIssues(bus: Rabbitmq): ControlPlaneIssue[] {
  const kinds = queueKinds(bus);
  const wrong = misfit({ library, broker: bus.version, named: bus.image !== undefined, ...kinds });
  if (wrong) {
    const setting = settings[wrong.part];
    return [
      {
        path: ["bus", setting],
        message: `"${setting === "version" ? bus.version : kinds[wrong.part as keyof typeof kinds]}" does not go with a control plane, whose services have oslo.messaging ${library}: ${wrong.reason}; use ${wrong.instead.split(", or oslo.messaging")[0] ?? wrong.instead}`,
      },
    ];
  }
  if (bus.topology !== "federation") return [];
  return [
    ...(bus.upstreams === "links"
      ? [
          {
            path: ["bus", "upstreams"],
            message: `"links" has brokers fetch over direct links only, and services call each other from any site: use upstreams: complete`,
          },
        ]
      : []),
    ...(bus.failover
      ? [
          {
            path: ["bus", "failover"],
            message: `true lets a service leave its queue at one broker and have another of that name elsewhere, and a federation would fill both: use failover: false`,
          },
        ]
      : []),
  ];
}
