import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { join } from "shlex";
import {
  engineUrl,
  sshLine,
  sshOptions,
  sshWords,
  type SshDestination,
} from "../../../workloads/hosts/destination";
import { address, mustCidr } from "../../plan/cidr";
import { gatewayContainer, gatewayPrivileges } from "../docker/container";
import { Images } from "../docker/images";
import { makeNetwork } from "../docker/network";
import { DockerTarget, type DockerTargetArgs, type EnginePlace, type PlacedImage } from "../docker/target";
import type { HostsPlan, PlannedHost, PlannedPlace } from "../hostsPlan";
import { engineLabel, packedImages, sentMark, stackLabel, underlayNetworkName, wanLabel } from "../names";
import { tunnelOverhead, tunnelPort } from "./tunnel";
import type { GatewaySpec, Image, MadeContainer, MadeNetwork, NetworkSpec } from "../target";

export interface HostsTargetArgs extends DockerTargetArgs {
  /** Which hosts there are, and which sites are on which. */
  plan: HostsPlan;
  /** How each host that the stack itself makes is reached, by name; default: hosts are there, and reached as planned. */
  reach?: ReadonlyMap<string, HostReach>;
}

/** How a host is reached that the stack makes. */
export interface HostReach {
  readonly ssh: pulumi.Input<SshDestination>;
  /** Where other hosts reach it. */
  readonly address: pulumi.Input<string>;
  /** What must be done before it can be used. */
  readonly dependsOn: readonly pulumi.Resource[];
  /** What it is: whatever is on the host goes with it, and is made anew with it. */
  readonly machine: pulumi.Resource;
}

const networkMtu = "com.docker.network.driver.mtu";

/** What a host has of a stack before any of its sites. */
interface MadeHost {
  readonly provider: docker.Provider;
  readonly underlay: docker.Network;
}

/** What a host is, whoever made it. */
type Reach = Pick<HostReach, "ssh"> & Partial<Omit<HostReach, "ssh">>;

/**
 * Docker Engines of hosts, reached by SSH. A site is on one host. Gateways are joined by tunnels between hosts, which take the place
 * of the network that they share on one machine, so that addresses, routes and links are those of any target.
 */
export class HostsTarget extends DockerTarget {
  readonly clockShared: boolean;
  readonly hosts: pulumi.Input<Readonly<Record<string, SshDestination>>>;
  readonly #name: string;
  readonly #plan: HostsPlan;
  readonly #reach: HostsTargetArgs["reach"];
  readonly #made = new Map<string, MadeHost>();
  readonly #images = new Map<string, pulumi.Resource>();
  #wan: NetworkSpec | undefined;

  constructor(type: string, name: string, args: HostsTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    const hosts = [...args.plan.hosts.values()];
    super(
      type,
      name,
      args,
      { emulator: args.emulator, mtu: args.plan.mtu, hosts: hosts.map((host) => host.name) },
      opts,
    );
    this.#name = name;
    this.#plan = args.plan;
    this.#reach = args.reach;
    this.clockShared = hosts.length === 1;
    const reached = hosts.map(({ name: host, ssh }) => [host, this.#reach?.get(host)?.ssh ?? ssh] as const);
    this.hosts = args.reach
      ? pulumi.output(Object.fromEntries(reached))
      : Object.fromEntries(hosts.map(({ name: host, ssh }) => [host, ssh]));
    this.registerOutputs({
      // What a person looks for who wants to see a site's containers.
      sites: Object.fromEntries([...args.plan.places].map(([site, { host }]) => [site, host])),
    });
  }

  makeNetwork(name: string, spec: NetworkSpec, opts: pulumi.CustomResourceOptions): MadeNetwork {
    if (spec.site === undefined) {
      // Nothing has to be made: each gateway has its end of it.
      this.#wan = spec;
      return { name: pulumi.output(name), id: pulumi.output(name) };
    }
    const { opts: placed, labels } = this.placeOf(spec.site);
    return makeNetwork(
      name,
      spec,
      { stack: this.stack, options: { [networkMtu]: String(this.#plan.mtu) }, labels },
      { ...opts, ...placed },
    );
  }

  runGateway(
    name: string,
    spec: GatewaySpec,
    networks: { readonly site: MadeNetwork; readonly wan: MadeNetwork },
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer {
    const { host, place } = this.#placed(spec.site);
    const { underlay } = this.#madeHost(host);
    const tunnel = {
      id: this.#plan.tunnelId,
      mtu: this.#plan.mtu,
      prefixLength: mustCidr(this.#mustWan().prefix).length,
      address: `${place.underlayAddress}/${host.underlay.length}`,
      router: address(host.underlay, 1),
    };
    return this.runContainer(
      name,
      gatewayContainer(spec, this.emulator, { WAN_TUNNEL: JSON.stringify(tunnel) }),
      [
        { name: networks.site.name, ipv4Address: spec.address },
        { name: underlay.name, ipv4Address: place.underlayAddress },
      ],
      {
        ...gatewayPrivileges,
        ports: [{ internal: tunnelPort, external: place.port, protocol: "udp", ip: this.#addressOf(host) }],
      },
      opts,
    );
  }

  protected override peer(site: string, neighbour: string): Record<string, unknown> {
    const [own, other] = [this.#placed(site), this.#placed(neighbour)];
    // On one host the host's port would be a detour, by which some engines do not lead at all.
    return own.host.name === other.host.name
      ? { peer: { address: other.place.underlayAddress, port: tunnelPort } }
      : { peer: { address: this.#addressOf(other.host), port: other.place.port } };
  }

  protected placeOf(site: string): EnginePlace {
    const { host } = this.#placed(site);
    return {
      host: host.name,
      opts: { provider: this.#madeHost(host).provider, ...fateOf(this.#reachOf(host)) },
      labels: labelsOf(host),
      shell: (line) => withDestination(this.#reachOf(host).ssh, (ssh) => sshLine(ssh, line)),
    };
  }

  /** An image is made on this machine, and given to each host that is to have it, once. */
  protected imageAt(site: string, image: Image): PlacedImage {
    const { host } = this.#placed(site);
    const made = this.images.get(image);
    const name = `${this.#name}-${host.name}-${Images.label(image)}-image`;
    const known = this.#images.get(name);
    if (known) return { name: made.name, dependsOn: [known] };
    const reference = this.images.reference(image);
    const foreign = typeof image !== "string" && "reference" in image;
    const words = [
      ...["sh", "components/target/hosts/send-image", reference],
      ...[foreign ? sentMark(reference) : "", packedImages],
    ];
    const { ssh, dependsOn = [], machine } = this.#reachOf(host);
    const send = withDestination(ssh, (destination) => join([...words, ...sshWords(destination)]));
    const sent = new command.local.Command(
      name,
      {
        create: send,
        update: send,
        // What a host no longer has is found by these.
        environment: { BUSWIDE_HOST: host.name, BUSWIDE_IMAGE: reference },
        triggers: [made.imageId],
        logging: command.local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      // Other stacks may use the same image there; what none uses is removed by `buswide destroy`.
      {
        parent: this,
        dependsOn: [made, ...dependsOn],
        ...(machine === undefined ? {} : { replaceWith: [machine] }),
      },
    );
    this.#images.set(name, sent);
    return { name: made.name, dependsOn: [sent] };
  }

  #placed(site: string): { readonly host: PlannedHost; readonly place: PlannedPlace } {
    const place = this.#plan.places.get(site);
    const host = place && this.#plan.hosts.get(place.host);
    if (!host) throw new Error(`the plan has no host for the site ${site}`);
    return { host, place };
  }

  #mustWan(): NetworkSpec {
    if (!this.#wan) throw new Error("a gateway is made before the WAN");
    return this.#wan;
  }

  #madeHost(host: PlannedHost): MadeHost {
    const known = this.#made.get(host.name);
    if (known) return known;
    const reach = this.#reachOf(host);
    const provider = new docker.Provider(
      `${this.#name}-${host.name}`,
      {
        host: withDestination(reach.ssh, engineUrl),
        sshOpts: withDestination(reach.ssh, (ssh) => sshOptions(ssh)),
        // A preview of what is not there yet asks nobody; hosts were asked before.
        disableDockerDaemonCheck: true,
      },
      { parent: this, ...(reach.dependsOn ? { dependsOn: [...reach.dependsOn] } : {}) },
    );
    const underlay = new docker.Network(
      `${this.#name}-${host.name}-underlay`,
      {
        name: underlayNetworkName(this.stack, host.name),
        driver: "bridge",
        options: { [networkMtu]: String(this.#plan.mtu + tunnelOverhead) },
        ipamConfigs: [{ subnet: host.underlay.text, gateway: address(host.underlay, 1) }],
        labels: [
          { label: stackLabel, value: this.stack },
          { label: wanLabel, value: this.#mustWan().prefix },
          ...Object.entries(labelsOf(host)).map(([label, value]) => ({ label, value })),
        ],
      },
      { parent: this, provider, deleteBeforeReplace: true, ...fateOf(reach) },
    );
    const made = { provider, underlay };
    this.#made.set(host.name, made);
    return made;
  }

  #reachOf(host: PlannedHost): Reach {
    return this.#reach?.get(host.name) ?? { ssh: host.ssh };
  }

  /** Errors: nobody has asked the host where others reach it. */
  #addressOf(host: PlannedHost): pulumi.Input<string> {
    const address = this.#reachOf(host).address ?? host.address;
    if (address === undefined)
      throw new Error(`the address of the host ${host.name} is not known: it was not asked`);
    return address;
  }
}

/** What becomes of what is on a host when the host goes, or is made anew. */
function fateOf({ machine }: Reach): Pick<pulumi.CustomResourceOptions, "deletedWith" | "replaceWith"> {
  return machine === undefined ? {} : { deletedWith: machine, replaceWith: [machine] };
}

/** What is made of the way to a host: at once where it is known, else once it is. */
function withDestination<T>(
  ssh: pulumi.Input<SshDestination>,
  make: (destination: SshDestination) => T,
): T | pulumi.Output<T> {
  return pulumi.Output.isInstance(ssh) || ssh instanceof Promise
    ? pulumi.output(ssh).apply((destination) => make(destination as SshDestination))
    : make(ssh);
}

/** What makes everything on a host anew where another engine takes its place; what the stack makes is told apart by its resource. */
function labelsOf({ engine }: PlannedHost): Record<string, string> {
  return engine === undefined ? {} : { [engineLabel]: engine };
}
