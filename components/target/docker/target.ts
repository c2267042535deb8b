import * as command from "@pulumi/command";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Impairment } from "../../../workloads/results/schema";
import type { ImageSource } from "../images";
import { containerName } from "../names";
import type {
  ContainerSpec,
  GatewaySpec,
  Image,
  MadeContainer,
  MadeNetwork,
  NetworkSpec,
  Target,
} from "../target";
import { makeContainer, type Privileges } from "./container";
import { Images } from "./images";

export interface DockerTargetArgs {
  stack: string;
  emulator: "auto" | "netem" | "nfqueue";
  /** Sources of every image, by name. */
  images: Readonly<Record<string, ImageSource>>;
}

/** Where a site's containers are made. */
export interface EnginePlace {
  /** The host; absent: this machine. */
  readonly host?: string;
  readonly opts: Pick<pulumi.CustomResourceOptions, "provider" | "deletedWith" | "replaceWith">;
  /** Labels of what is made there, besides those of everything. */
  readonly labels: Readonly<Record<string, string>>;
  /** A line for this machine's shell that has the host's run another. */
  readonly shell: (line: string) => pulumi.Input<string>;
}

/** An image as an engine has it, once something is done. */
export interface PlacedImage {
  readonly name: pulumi.Input<string>;
  readonly dependsOn: pulumi.Resource[];
}

/** Sites on Docker Engines: what is the same whether that is this machine's or those of hosts. */
export abstract class DockerTarget extends pulumi.ComponentResource implements Target {
  abstract readonly clockShared: boolean;
  readonly emulator: DockerTargetArgs["emulator"];
  protected readonly stack: string;
  protected readonly images: Images;
  /** Each container's Docker name and site: known in advance, so that nothing has to be made of outputs. */
  readonly #containers = new Map<pulumi.Resource, { readonly dockerName: string; readonly site: string }>();

  constructor(
    type: string,
    name: string,
    args: DockerTargetArgs,
    inputs: pulumi.Inputs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, inputs, opts);
    this.emulator = args.emulator;
    this.stack = args.stack;
    this.images = new Images(name, args.images, this);
  }

  abstract makeNetwork(name: string, spec: NetworkSpec, opts: pulumi.CustomResourceOptions): MadeNetwork;

  abstract runGateway(
    name: string,
    spec: GatewaySpec,
    networks: { readonly site: MadeNetwork; readonly wan: MadeNetwork },
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer;

  /** The engine that has a site. Errors: there is no such site. */
  protected abstract placeOf(site: string): EnginePlace;

  /** An image on the engine that has a site. */
  protected abstract imageAt(site: string, image: Image): PlacedImage;

  runService(
    name: string,
    spec: ContainerSpec,
    network: MadeNetwork,
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer {
    return this.runContainer(name, spec, [{ name: network.name, ipv4Address: spec.address }], {}, opts);
  }

  setRoutes(
    name: string,
    gateway: MadeContainer,
    routes: Readonly<Record<string, string>>,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    const stdin = JSON.stringify(routes);
    return this.runIn(name, gateway, { command: "gateway routes set", stdin }, opts);
  }

  nameContainers(
    name: string,
    gateway: MadeContainer,
    containers: Readonly<Record<string, MadeContainer>>,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    const names = Object.keys(containers);
    const stdin = pulumi
      .all(Object.values(containers).map(({ id }) => id))
      .apply((ids) => JSON.stringify(Object.fromEntries(ids.map((id, index) => [id, names[index]]))));
    return this.runIn(name, gateway, { command: "gateway services set", stdin }, opts);
  }

  setImpairment(
    name: string,
    gateway: MadeContainer,
    spec: {
      readonly class: string;
      readonly nextHop: string;
      readonly impairment: Impairment;
      readonly seed: number;
    },
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    return this.runIn(
      name,
      gateway,
      {
        command: `gateway class set ${spec.class}`,
        undo: `gateway class delete ${spec.class}`,
        stdin: textOf({
          nextHop: spec.nextHop,
          ...spec.impairment,
          seed: spec.seed,
          ...this.peer?.(this.#containerOf(name, gateway).site, spec.class),
        }),
      },
      opts,
    );
  }

  /** What a gateway is told of a neighbour besides what the link does to packets; absent: nothing. */
  protected peer?(site: string, neighbour: string): Readonly<Record<string, unknown>>;

  /** Again whenever what is told changes, anew when the container is. */
  runIn(
    name: string,
    container: MadeContainer,
    spec: { readonly command: string; readonly undo?: string; readonly stdin?: pulumi.Input<string> },
    opts: pulumi.CustomResourceOptions,
  ): command.local.Command {
    const { dockerName, site } = this.#containerOf(name, container);
    const { shell } = this.placeOf(site);
    const set = shell(`docker exec -i ${dockerName} ${spec.command}`);
    return new command.local.Command(
      name,
      {
        create: set,
        update: set,
        // A container that is gone took what was done in it along.
        ...(spec.undo === undefined
          ? {}
          : {
              delete: shell(
                `docker exec ${dockerName} ${spec.undo} || ! docker inspect ${dockerName} >/dev/null 2>&1`,
              ),
            }),
        stdin: spec.stdin ?? "",
        triggers: [container.id],
        logging: command.local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      // A gateway that goes need not be told to forget its links first, one after the other.
      {
        ...opts,
        deleteBeforeReplace: true,
        ...(spec.undo === undefined ? {} : { deletedWith: container.resource }),
      },
    );
  }

  /** Runs a container on the engine that has its site. */
  protected runContainer(
    name: string,
    spec: ContainerSpec,
    networks: docker.types.input.ContainerNetworksAdvanced[],
    privileges: Privileges,
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer {
    const { host, opts: placed, labels } = this.placeOf(spec.site);
    const image = this.imageAt(spec.site, spec.image);
    const container = makeContainer(
      name,
      spec,
      { stack: this.stack, image: image.name, networks, privileges, labels },
      { ...opts, ...placed, ...(image.dependsOn.length === 0 ? {} : { dependsOn: image.dependsOn }) },
    );
    const dockerName = containerName(this.stack, spec.site, spec.service);
    this.#containers.set(container, { dockerName, site: spec.site });
    return {
      id: container.id,
      name: container.name,
      image: pulumi.output(image.name),
      resource: container,
      ...(host === undefined ? {} : { host }),
    };
  }

  #containerOf(
    name: string,
    container: MadeContainer,
  ): { readonly dockerName: string; readonly site: string } {
    const found = this.#containers.get(container.resource);
    if (found === undefined)
      throw new Error(`${name} is to be run in a container that this target has not made`);
    return found;
  }
}

/** Values as JSON, once all of them are known. */
function textOf(values: Readonly<Record<string, unknown>>): pulumi.Output<string> {
  return pulumi.output(values).apply((known) => JSON.stringify(known));
}
