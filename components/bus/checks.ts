import { artemisIssues } from "./artemis/check";
import type { BusContext } from "./bus";
import { kafkaIssues, kafkaLoadIssues } from "./kafka/check";
import { rabbitmqIssues, rabbitmqLoadIssues } from "./rabbitmq/check";
import { routersIssues, routersLoadIssues } from "./routers/check";
import type { BusDefinition } from "./schema";
import { zeromqIssues, zeromqLoadIssues } from "./zeromq/check";

/** One thing wrong with a bus; `path` is relative to it, or to the workload that it can't carry. */
export interface BusIssue {
  readonly path: readonly (string | number)[];
  /** Which of the scenario's workloads, from 0; absent: it is about the bus itself. */
  readonly workload?: number;
  readonly message: string;
}

/** The sites a bus can be at. */
export interface BusSites {
  /** Each name in the scenario's `sites` to its sites. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** The names that there are, in words. */
  readonly known: string;
}

interface BusChecks<D extends BusDefinition> {
  /** What is wrong with the bus in itself and with its sites. */
  issues(definition: D, sites: BusSites): BusIssue[];
  /** What is wrong with it for the workloads; called when nothing else is wrong. */
  loadIssues(
    definition: D,
    context: Pick<BusContext, "groups" | "links" | "distance" | "workloads">,
  ): BusIssue[];
}

const checks: { readonly [K in BusDefinition["kind"]]: BusChecks<Extract<BusDefinition, { kind: K }>> } = {
  rabbitmq: { issues: rabbitmqIssues, loadIssues: rabbitmqLoadIssues },
  routers: { issues: routersIssues, loadIssues: routersLoadIssues },
  artemis: { issues: artemisIssues, loadIssues: () => [] },
  kafka: { issues: kafkaIssues, loadIssues: kafkaLoadIssues },
  zeromq: { issues: zeromqIssues, loadIssues: zeromqLoadIssues },
};

/** The checks of a bus, by the kind the scenario names. */
export function busChecks(definition: BusDefinition): BusChecks<BusDefinition> {
  return checks[definition.kind];
}

/** Buses that ombt was tried on, with the library that the agents have for them. */
const withOmbt = new Set<BusDefinition["kind"]>(["rabbitmq"]);

/** Why ombt can't be run on a bus; undefined: it can. */
export function ombtIssue(definition: BusDefinition): string | undefined {
  if (!withOmbt.has(definition.kind)) return `ombt is not run on ${definition.kind}: use tool: probe`;
  // Its exchanges and queues have names of their own, which no federation policy is made for.
  return "topology" in definition && definition.topology === "federation"
    ? "ombt names its exchanges itself, and the federation carries the probe's: use tool: probe, or another topology"
    : undefined;
}
