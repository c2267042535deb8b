import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { bridgeOptions, networkName, stackLabel } from "../names";
import type { NetworkSpec } from "../target";

/** Makes a network of a stack on an engine: a site's own, or the WAN of one engine's gateways. */
export function makeNetwork(
  name: string,
  spec: NetworkSpec,
  {
    stack,
    options = {},
    labels = {},
  }: {
    readonly stack: string;
    readonly options?: Readonly<Record<string, string>>;
    /** Labels besides those of every network. */
    readonly labels?: Readonly<Record<string, string>>;
  },
  opts: pulumi.CustomResourceOptions,
): docker.Network {
  return new docker.Network(
    name,
    {
      name: networkName(stack, name),
      driver: "bridge",
      options: { ...bridgeOptions, ...options },
      ipamConfigs: [
        {
          subnet: spec.prefix,
          gateway: spec.bridgeAddress,
          // Docker gives containers this default route instead of its own bridge, and the address to no one.
          ...(spec.defaultGateway === undefined
            ? {}
            : { auxAddress: { DefaultGatewayIPv4: spec.defaultGateway } }),
        },
      ],
      labels: Object.entries({ [stackLabel]: stack, ...labels }).map(([label, value]) => ({ label, value })),
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
