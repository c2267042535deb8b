import { AddressingError } from "./addressing";
import { address, type Cidr } from "./cidr";

/**
 * Where in a site's network things lie. Each kind of service has a fixed place, so that adding one never
 * moves another. Offset 1 is Docker's bridge; the last address is the default gateway's. After the broker's is room for its
 * variants, and after that are the control plane's.
 */
const offsets = {
  gateway: 2,
  agents: 3,
  broker: 4,
  database: 10,
  keystone: 11,
  placement: 12,
  glance: 13,
  "nova-api": 14,
  "nova-conductor": 15,
  "nova-scheduler": 16,
  neutron: 17,
  computes: 18,
  shaker: 20,
  rally: 21,
  prometheus: 23,
  galera: 24,
  "galera-arbitrator": 25,
  "database-proxy": 26,
  cockroachdb: 9,
  "api-proxy": 27,
  "cell-conductor": 19,
  "local-broker": 28,
  "local-database": 31,
  client: 22,
  // The last of the row of further brokers, of which a site has seven at most.
  memcached: 39,
} as const;
export type SiteRole = keyof typeof offsets;

/**
 * Where a service lies in a network that does not reach to its usual place: among local brokers, of which such a network has none, as
 * the database that goes with each lies beyond its end. So nothing that a change takes away is there still.
 */
const smallOffsets: { readonly [R in SiteRole]?: number } = { memcached: 29 };
/** Where the second and further services of a role lie, above all places of single ones. */
const furtherOffsets: { readonly [R in SiteRole]?: number } = { broker: 32, galera: 48 };
/** The same from the last one down, in a row that another role fills from its first one up. */
const fallingOffsets: { readonly [R in SiteRole]?: number } = { cockroachdb: 55 };
/** How many second and further nodes a site has places for, of Galera and CockroachDB together: theirs is one row. */
export const furtherDatabases = 8;

/** Services that may have several servers for one control plane. Their order must stay as it is: it says where these lie. */
const replicated: readonly SiteRole[] = [
  ...(["keystone", "placement", "glance", "nova-api"] as const),
  ...(["nova-conductor", "nova-scheduler", "neutron"] as const),
];
/** Where their second and third servers lie, between the others' places; further ones need a network that has more. */
const replicaOffsets: readonly number[] = [40, 41, 42, 43, 44, 45, 46, 47, 56, 57, 58, 59, 60, 61];
const furtherReplicas = 64;

/** A site of the plan: its network, and who has which address in it. */
export class Site {
  constructor(
    readonly name: string,
    readonly prefix: Cidr,
    /** The address of the site's gateway on the WAN. */
    readonly wanAddress: string,
  ) {}

  /** The address of the bridge that Docker itself takes. */
  get bridgeAddress(): string {
    return address(this.prefix, 1);
  }

  /** The address on which the site's containers find their gateway. */
  get defaultGateway(): string {
    return address(this.prefix, -2);
  }

  get gatewayAddress(): string {
    return this.#at(offsets.gateway);
  }

  /**
   * The address of the `index`th service of kind `role` at this site, from 0. Services that take each other's place have a
   * `variant` each, from 0: the engine makes the new before it removes the old, and two can't have one address.
   * Errors: {@link AddressingError}: the site's network is too small.
   */
  reserve(role: SiteRole, index = 0, variant = 0): string {
    if (index === 0) {
      const [usual, small] = [offsets[role] + variant, smallOffsets[role]];
      return this.#at(small !== undefined && !this.#has(usual) ? small : usual);
    }
    if (replicated.includes(role)) return this.#at(replicaOffset(role, index));
    const falling = fallingOffsets[role];
    if (falling !== undefined) return this.#at(falling - (index - 1));
    const further = furtherOffsets[role];
    if (further === undefined) throw new Error(`a site has one ${role}, not ${index + 1}`);
    return this.#at(further + index - 1);
  }

  /** Whether a place is for services: network and broadcast address, the bridge, and the default gateway are not. */
  #has(offset: number): boolean {
    return offset < this.prefix.size - 2;
  }

  #at(offset: number): string {
    if (!this.#has(offset))
      throw new AddressingError(
        "target.addresses.sitePrefix",
        `${this.prefix.length} leaves a site ${this.prefix.size - 4} addresses, too few for the services of "${this.name}": use ${this.prefix.length - 1} or less`,
      );
    return address(this.prefix, offset);
  }
}

/** Where the `index`th server of a service lies, from 1: the second servers of all services first, then the third ones. */
function replicaOffset(role: SiteRole, index: number): number {
  const place = (index - 1) * replicated.length + replicated.indexOf(role);
  return replicaOffsets[place] ?? furtherReplicas + place - replicaOffsets.length;
}
