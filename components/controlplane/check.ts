import type { BusSites } from "../bus/checks";
import { misfit } from "../bus/combinations";
import { notOneSite, unknownSite } from "../bus/places";
import { queueKinds } from "../bus/rabbitmq/queues";
import type { Rabbitmq } from "../bus/rabbitmq/schema";
import type { BusDefinition } from "../bus/schema";
import { databaseIssues } from "../database/checks";
import type { ControlPlaneDefinition } from "./schema";
import { placedServices } from "./services";

/** oslo.messaging of the services' packages: Debian bookworm's, of OpenStack Zed. */
const library = "14.0.3";

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
  return [...placeIssues(definition, sites), ...busIssues(bus)];
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
    ...Object.keys(definition.computes).flatMap((name) => unknownSite(["computes", name], name, sites)),
  ];
  return found.map(({ path, message }) => ({ path: ["controlPlane", ...path], message }));
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
