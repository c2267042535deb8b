import { z } from "zod";
import type { ExportedResource } from "./stack";

/*
 * What a stack has in Docker, by the inputs of its resources. The shapes are strict: a property that this
 * benchmark does not know would be one that the plain commands leave out.
 */

const labels = z.array(z.strictObject({ label: z.string(), value: z.string() }));

const network = z.strictObject({
  name: z.string(),
  driver: z.string(),
  options: z.record(z.string(), z.string()),
  ipamConfigs: z.array(
    z.strictObject({
      subnet: z.string(),
      gateway: z.string(),
      auxAddress: z.record(z.string(), z.string()).optional(),
    }),
  ),
  labels,
});
export type Network = z.infer<typeof network>;

const upload = z.strictObject({ file: z.string(), content: z.string(), permissions: z.literal("0644") });
export type Upload = z.infer<typeof upload>;

const container = z.strictObject({
  name: z.string(),
  hostname: z.string(),
  image: z.string(),
  init: z.boolean(),
  memory: z.number().int().describe("MiB."),
  memorySwap: z.number().int().describe("MiB."),
  restart: z.string(),
  logDriver: z.string(),
  logOpts: z.record(z.string(), z.string()),
  networksAdvanced: z.array(z.strictObject({ name: z.string(), ipv4Address: z.string() })),
  labels,
  capabilities: z.strictObject({ adds: z.array(z.string()) }).optional(),
  sysctls: z.record(z.string(), z.string()).optional(),
  cpuShares: z.number().int().optional(),
  envs: z.array(z.string()).optional(),
  uploads: z.array(upload).optional(),
  wait: z.boolean().optional(),
  waitTimeout: z.number().optional().describe("Seconds."),
});
export type Container = z.infer<typeof container>;

const gatewayCommand = z.object({ create: z.string(), stdin: z.string() });
/** What a gateway is told: a command for the shell, and its standard input. */
export type GatewayCommand = z.infer<typeof gatewayCommand>;

/** Everything a stack has in Docker. */
export interface Deployment {
  readonly networks: readonly Network[];
  readonly containers: readonly Container[];
  readonly classes: readonly GatewayCommand[];
  readonly routes: readonly GatewayCommand[];
}

/** Reads a deployment from a stack's exported resources. Errors: a resource of a shape that is not known. */
export function deploymentOf(resources: readonly ExportedResource[]): Deployment {
  const inputsOf = (type: string, within = "") =>
    resources
      .filter((resource) => resource.type === type && resource.urn.includes(within))
      .map(({ urn, inputs }) => ({ urn, inputs: withoutDefaults(inputs) }));
  const read = <T>(shape: z.ZodType<T>, found: ReturnType<typeof inputsOf>): T[] =>
    found.map(({ urn, inputs }) => {
      const parsed = shape.safeParse(inputs);
      // Values are left out: some are secrets.
      if (!parsed.success) throw new Error(`${urn} is of no known shape:\n${z.prettifyError(parsed.error)}`);
      return parsed.data;
    });
  const commands = "command:local:Command";
  return {
    networks: read(network, inputsOf("docker:index/network:Network")),
    containers: read(container, inputsOf("docker:index/container:Container")),
    classes: read(gatewayCommand, inputsOf(commands, "buswide:topology:Link$")),
    routes: read(gatewayCommand, inputsOf(commands, "buswide:topology:Routes$")),
  };
}

/** Inputs as the program gave them: those that the provider filled in by itself are listed in them by name. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const { __defaults: filledIn = [], ...given } = value as { readonly __defaults?: readonly string[] };
  return Object.fromEntries(
    Object.entries(given)
      .filter(([key]) => !filledIn.includes(key))
      .map(([key, inner]) => [key, withoutDefaults(inner)]),
  );
}
