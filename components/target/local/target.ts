import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Impairment } from "../../../workloads/results/schema";
import { withArguments, type ImageSource } from "../images";
import type {
  ContainerSpec,
  GatewaySpec,
  Image,
  MadeContainer,
  MadeNetwork,
  NetworkSpec,
  Target,
} from "../target";
import { bridgeOptions, containerName, networkName, stackLabel, serviceLabel } from "./names";

export interface LocalTargetArgs {
  stack: string;
  emulator: "auto" | "netem" | "nfqueue";
  /** Sources of every image, by name. */
  images: Readonly<Record<string, ImageSource>>;
}

const mebibyte = 1024 ** 2;
/** What a gateway may use: it holds every packet that is on the way, up to 300 ms of a gigabit. */
const gatewayMemoryBytes = 128 * mebibyte;
const gatewayWaitSeconds = 60;
/** Against the 1024 of every other container. */
const gatewayCpuShares = 8192;

/** This machine's Docker Engine. */
export class LocalTarget extends pulumi.ComponentResource implements Target {
  readonly clockShared = true;
  readonly emulator: LocalTargetArgs["emulator"];
  readonly #name: string;
  readonly #stack: string;
  readonly #sources: LocalTargetArgs["images"];
  readonly #images = new Map<string, docker.RemoteImage>();
  /** The Docker names of containers: known in advance, so that nothing has to be made of outputs. */
  readonly #names = new Map<pulumi.Resource, string>();

  constructor(name: string, args: LocalTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buswide:target:Local", name, { emulator: args.emulator }, opts);
    this.emulator = args.emulator;
    this.#name = name;
    this.#stack = args.stack;
    this.#sources = args.images;
    this.registerOutputs({});
  }

  makeNetwork(name: string, spec: NetworkSpec, opts: pulumi.CustomResourceOptions): MadeNetwork {
    return new docker.Network(
      name,
      {
        name: networkName(this.#stack, name),
        driver: "bridge",
        options: bridgeOptions,
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
        labels: [{ label: stackLabel, value: this.#stack }],
      },
      { ...opts, deleteBeforeReplace: true },
    );
  }

  runService(
    name: string,
    spec: ContainerSpec,
    network: MadeNetwork,
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer {
    return this.#container(name, spec, [{ name: network.name, ipv4Address: spec.address }], {}, opts);
  }

  runGateway(
    name: string,
    spec: GatewaySpec,
    networks: { readonly site: MadeNetwork; readonly wan: MadeNetwork },
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer {
    return this.#container(
      name,
      {
        site: spec.site,
        service: "gateway",
        image: "gateway",
        address: spec.address,
        memoryBytes: gatewayMemoryBytes,
        environment: {
          SITE_ADDRESS: spec.siteAddress,
          WAN_ADDRESS: spec.wanAddress,
          EMULATOR: this.emulator,
        },
        waitHealthySeconds: gatewayWaitSeconds,
      },
      [
        { name: networks.site.name, ipv4Address: spec.address },
        { name: networks.wan.name, ipv4Address: spec.wanAddress },
      ],
      {
        capabilities: { adds: ["CAP_NET_ADMIN"] },
        sysctls: { "net.ipv4.ip_forward": "1" },
        // Packets that wait for the emulator to get a core would be later than the link makes them.
        cpuShares: gatewayCpuShares,
      },
      opts,
    );
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
        stdin: JSON.stringify({ nextHop: spec.nextHop, ...spec.impairment, seed: spec.seed }),
      },
      opts,
    );
  }

  /** Again whenever what is told changes, anew when the container is. */
  runIn(
    name: string,
    container: MadeContainer,
    spec: { readonly command: string; readonly undo?: string; readonly stdin?: pulumi.Input<string> },
    opts: pulumi.CustomResourceOptions,
  ): command.local.Command {
    const target = this.#names.get(container.resource);
    if (target === undefined)
      throw new Error(`${name} is to be run in a container that this target has not made`);
    const set = `docker exec -i ${target} ${spec.command}`;
    return new command.local.Command(
      name,
      {
        create: set,
        update: set,
        // A container that is gone took what was done in it along.
        ...(spec.undo === undefined
          ? {}
          : {
              delete: `docker exec ${target} ${spec.undo} || ! docker inspect ${target} >/dev/null 2>&1`,
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

  #container(
    name: string,
    spec: ContainerSpec,
    networks: docker.types.input.ContainerNetworksAdvanced[],
    privileges: Pick<docker.ContainerArgs, "capabilities" | "sysctls" | "cpuShares">,
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer {
    const image = this.#image(spec.image);
    const dockerName = containerName(this.#stack, spec.site, spec.service);
    const memory = Math.round(spec.memoryBytes / mebibyte);
    const container = new docker.Container(
      name,
      {
        name: dockerName,
        hostname: `${spec.site}-${spec.service}`,
        image: image.name,
        init: true,
        // No swap: memory and swap together are limited to the memory.
        memory,
        memorySwap: memory,
        restart: "unless-stopped",
        logDriver: "json-file",
        logOpts: { "max-size": "16m", "max-file": "2" },
        networksAdvanced: networks,
        ...privileges,
        ...(spec.environment === undefined
          ? {}
          : {
              envs: Object.entries(spec.environment).map(([key, value]) =>
                typeof value === "string" ? `${key}=${value}` : pulumi.interpolate`${key}=${value}`,
              ),
            }),
        ...(spec.hosts === undefined || Object.keys(spec.hosts).length === 0
          ? {}
          : {
              hosts: Object.entries(spec.hosts).flatMap(([host, addresses]) =>
                addresses.map((ip) => ({ host, ip })),
              ),
            }),
        ...(spec.files === undefined || spec.files.length === 0
          ? {}
          : {
              uploads: spec.files.map(({ path, content }) => ({ file: path, content, permissions: "0644" })),
            }),
        ...(spec.health === undefined
          ? {}
          : {
              healthcheck: {
                tests: ["CMD", ...spec.health],
                interval: "1s",
                timeout: "90s",
                startPeriod: "0s",
                retries: 180,
              },
            }),
        ...(spec.waitHealthySeconds === undefined
          ? {}
          : { wait: true, waitTimeout: spec.waitHealthySeconds }),
        labels: [
          { label: stackLabel, value: this.#stack },
          { label: serviceLabel, value: `${spec.site}/${spec.service}` },
        ],
      },
      { ...opts, deleteBeforeReplace: true },
    );
    this.#names.set(container, dockerName);
    return { id: container.id, name: container.name, image: image.name, resource: container };
  }

  #image(image: Image): docker.RemoteImage {
    if (typeof image === "string") return this.#built(image, {});
    return "reference" in image ? this.#found(image.reference) : this.#built(image.sources, image.args);
  }

  /** Somebody else's image: that of this machine, else fetched, once a stack. */
  #found(reference: string): docker.RemoteImage {
    const made = this.#images.get(reference);
    if (made) return made;
    const image = new docker.RemoteImage(
      `${this.#name}-${reference.replace(/[^\w.-]+/g, "-")}-image`,
      { name: reference, keepLocally: true },
      { parent: this },
    );
    this.#images.set(reference, image);
    return image;
  }

  /** The image of a service, built once a stack, at the first service that asks for it. */
  #built(name: string, args: Readonly<Record<string, string>>): docker.RemoteImage {
    const made = this.#images.get(name);
    if (made) return made;
    const sources = this.#sources[name];
    if (!sources) throw new Error(`there are no sources of an image "${name}"`);
    const source = Object.keys(args).length === 0 ? sources : withArguments(sources, args);
    const image = new docker.RemoteImage(
      `${this.#name}-${name}-image`,
      {
        name: source.tag,
        build: {
          context: source.context,
          ...(source.dockerfile === undefined ? {} : { dockerfile: source.dockerfile }),
          buildArgs: source.buildArgs,
          networkMode: source.networkMode,
          labels: { "io.buswide.image": name },
        },
        triggers: { content: source.contentHash },
        // Other stacks may use the same image; what none uses is removed by `buswide destroy`.
        keepLocally: true,
      },
      { parent: this },
    );
    this.#images.set(name, image);
    return image;
  }
}
