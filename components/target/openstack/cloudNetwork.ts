import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { PlannedNetwork } from "./plan";

export interface CloudNetworkArgs {
  plan: PlannedNetwork;
  /** What the cloud calls it, and its parts. */
  cloudName: string;
  tags: readonly string[];
  /** Name servers; default: the cloud's. */
  dns: readonly string[];
  /** The external network that its router leads to, by id; default: no router. */
  externalNetworkId?: pulumi.Input<string>;
}

/**
 * Of a port with an address of a subnet: another address is another port, and an instance has other ones only by being made anew. In place
 * it would keep the address that it had, and with it its subnet, which then can't go before its successor comes.
 */
export const addressedPort = { replaceOnChanges: ["fixedIps"] } satisfies pulumi.CustomResourceOptions;

/** A network in the cloud with one subnet, and a router to the outside where it has a gateway. */
export class CloudNetwork extends pulumi.ComponentResource {
  readonly networkId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  /** What must be there before its ports reach the outside. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: CloudNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buswide:openstack:Network", name, args, opts);
    const { plan, cloudName, dns } = args;
    const tags = [...args.tags];
    const network = new openstack.networking.Network(
      `${name}-network`,
      {
        name: cloudName,
        adminStateUp: true,
        // More than the cloud's networks carry is refused by Neutron; less, and tunnels' packets would get lost without a word.
        ...(plan.mtu === undefined ? {} : { mtu: plan.mtu }),
        tags,
      },
      { parent: this },
    );
    const subnet = new openstack.networking.Subnet(
      `${name}-subnet`,
      {
        name: cloudName,
        networkId: network.id,
        cidr: plan.prefix,
        ipVersion: 4,
        enableDhcp: true,
        ...(plan.gateway === undefined ? { noGateway: true } : { gatewayIp: plan.gateway }),
        allocationPools: [{ start: plan.pool.start, end: plan.pool.end }],
        ...(dns.length === 0 ? {} : { dnsNameservers: [...dns] }),
        tags,
      },
      { parent: this },
    );
    this.networkId = network.id;
    this.subnetId = subnet.id;
    this.ready = [subnet];
    if (plan.gateway !== undefined && args.externalNetworkId !== undefined) {
      const router = new openstack.networking.Router(
        `${name}-router`,
        { name: cloudName, adminStateUp: true, externalNetworkId: args.externalNetworkId, tags },
        { parent: this },
      );
      this.ready = [
        new openstack.networking.RouterInterface(
          `${name}-router-interface`,
          { routerId: router.id, subnetId: subnet.id },
          { parent: this },
        ),
      ];
    }
    this.registerOutputs({ networkId: this.networkId, subnetId: this.subnetId });
  }
}
