import { parseScenario } from "../../stacks/scenario/parse";
import type { Scenario } from "../../stacks/scenario/schema";

/** A scenario as it stands in a stack's file, before it is parsed: any JSON. */
export type RawScenario = Record<string, unknown>;

/**
 * A core and a group of two edge sites on a star, one workload. Small, and every kind of thing is in it.
 * Each call gives a new one.
 */
export function smallScenario(): RawScenario {
  return {
    sites: { core: {}, edge: { count: 2 } },
    links: [{ between: ["core", "edge"], delay: "25ms" }],
    bus: { kind: "rabbitmq" },
    workloads: [{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 }, calls: 5 }],
  };
}

/** The small scenario with a control plane at its core, computes at its edges, and no workload. */
export function controlPlaneScenario(settings: object = {}): RawScenario {
  return { ...smallScenario(), workloads: [], controlPlane: { computes: { edge: 2 }, ...settings } };
}

/** A place in a scenario: `["links", 0, "delay"]`. */
export type Place = readonly (string | number)[];

/** The small scenario with `value` put at a place; undefined takes away what is there. */
export function smallScenarioWith(place: Place, value: unknown): RawScenario {
  const scenario = smallScenario();
  put(scenario, place, value);
  return scenario;
}

/** Puts `value` at a place below `root`, making it an own property whatever its name. */
export function put(root: object, place: Place, value: unknown): void {
  const [key, ...rest] = place;
  if (key === undefined) throw new Error("nothing can be put at no place");
  if (rest.length > 0) {
    const inner: unknown = Object.hasOwn(root, key) ? (root as Record<string | number, unknown>)[key] : {};
    if (typeof inner !== "object" || inner === null)
      throw new Error(`${String(key)} holds nothing that anything can be put into`);
    put(inner, rest, value);
    define(root, key, inner);
  } else if (value === undefined) Reflect.deleteProperty(root, key);
  else define(root, key, value);
}

function define(root: object, key: string | number, value: unknown): void {
  Object.defineProperty(root, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Parses a scenario that is known to be right. */
export function parsed(raw: unknown): Scenario {
  return parseScenario(raw);
}
