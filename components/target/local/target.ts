import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { gatewayContainer, gatewayPrivileges } from "../docker/container";
import { makeNetwork } from "../docker/network";
import { DockerTarget, type DockerTargetArgs, type EnginePlace, type PlacedImage } from "../docker/target";
import type { GatewaySpec, Image, MadeContainer, MadeNetwork, NetworkSpec } from "../target";

export interface LocalTargetArgs extends DockerTargetArgs {
  /** The version of the engine's control groups, for gateways that tell what containers use; absent: none does. */
  controlGroups?: 1 | 2;
}

/**
 * What a gateway that tells what containers use is shown of the machine's control groups: of version 1 the two hierarchies that
 * count it, one by one, as an engine before 25 would make what is mounted below a mount writable.
 */
const controlGroupMounts: Readonly<Record<1 | 2, readonly { source: string; target: string }[]>> = {
  1: ["cpuacct", "memory"].map((controller) => ({
    source: `/sys/fs/cgroup/${controller}`,
    target: `/host/cgroup/${controller}`,
  })),
  2: [{ source: "/sys/fs/cgroup", target: "/host/cgroup" }],
};

/** This machine's Docker Engine. */
export class LocalTarget extends DockerTarget {
  readonly clockShared = true;
  readonly #controlGroups: LocalTargetArgs["controlGroups"];

  constructor(name: string, args: LocalTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buswide:target:Local", name, args, { emulator: args.emulator }, opts);
    this.#controlGroups = args.controlGroups;
    this.registerOutputs({});
  }

  makeNetwork(name: string, spec: NetworkSpec, opts: pulumi.CustomResourceOptions): MadeNetwork {
    return makeNetwork(name, spec, { stack: this.stack }, opts);
  }

  runGateway(
    name: string,
    spec: GatewaySpec,
    networks: { readonly site: MadeNetwork; readonly wan: MadeNetwork },
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer {
    return this.runContainer(
      name,
      gatewayContainer(spec, this.emulator),
      [
        { name: networks.site.name, ipv4Address: spec.address },
        { name: networks.wan.name, ipv4Address: spec.wanAddress },
      ],
      {
        ...gatewayPrivileges,
        ...(spec.figuresPort === undefined ? {} : { mounts: this.#controlGroupsShown() }),
      },
      opts,
    );
  }

  protected placeOf(): EnginePlace {
    return { opts: {}, labels: {}, shell: (line) => line };
  }

  protected imageAt(_site: string, image: Image): PlacedImage {
    return { name: this.images.get(image).name, dependsOn: [] };
  }

  #controlGroupsShown(): docker.types.input.ContainerMount[] {
    if (this.#controlGroups === undefined)
      throw new Error(
        "gateways are to tell what containers use, and the engine's control groups are not known",
      );
    return controlGroupMounts[this.#controlGroups].map((mount) => ({
      type: "bind",
      readOnly: true,
      ...mount,
    }));
  }
}
