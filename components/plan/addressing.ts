import { createHash } from "crypto";
import { address, cidr, mustCidr, overlaps, subnet, type Cidr } from "./cidr";

/** Where a stack's sites and its WAN lie. */
export interface Addressing {
  readonly block: Cidr;
  readonly wan: Cidr;
  /** Each site's network and its gateway's address on the WAN. */
  readonly sites: ReadonlyMap<string, { readonly prefix: Cidr; readonly wanAddress: string }>;
}

export interface AddressingOptions {
  /** Seeds the choice of a block; two stacks on one machine mostly choose different ones. */
  readonly stack: string;
  readonly sites: readonly string[];
  /** Prefix length of a site's network. */
  readonly sitePrefix: number;
  /** The block to use; absent: a free one of 10.128.0.0/9, a /16 or as much larger as the sites need. */
  readonly block?: string | undefined;
  /** Prefixes in use on the machine by others. */
  readonly busy: readonly string[];
  /** The stack's WAN as deployed, if it is: what is deployed stays where it is. */
  readonly deployedWan?: string | undefined;
}

/** The address plan is impossible. `path` is the place in the scenario to change. */
export class AddressingError extends Error {
  override readonly name = "AddressingError";
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

const defaultPool = mustCidr("10.128.0.0/9");
/** Of a default block; more sites than it has room for get a larger one. */
const defaultBlockLength = 16;
/** Bits of a block's length that its WAN's has more. */
const wanBits = 4;
/** Below this offset of the WAN lie its network address and Docker's own bridge address. */
const firstWanOffset = 16;
/** The longest prefix of a site in which there are hosts. */
const longestSitePrefix = 30;

/**
 * Lays out addresses by name, not by order, so that a site keeps its addresses when others come and go: a site's slot is a
 * hash of its name. Sites of a group, `<name>-<number>`, have consecutive slots: generated links join them in the
 * order of their numbers, so that one route can lead to many. On a collision a site takes the slot of a hash of its
 * whole name, or the next free one. The last sixteenth of the block is the WAN; the gateway of slot n has its
 * n-th address.
 * Errors: {@link AddressingError} when nothing is free or the sites do not fit.
 */
export function planAddresses(options: AddressingOptions): Addressing {
  const block = chooseBlock(options);
  const wan = subnet(block, block.length + wanBits, 15);
  const slots = slotsIn(block.length, options.sitePrefix);
  if (options.sites.length > slots) throw tooMany(options, block, slots);
  const taken = new Set<number>();
  const sites = options.sites.map((site) => {
    let slot = slotOfGroup(site) % slots;
    if (taken.has(slot)) slot = hash(site) % slots;
    while (taken.has(slot)) slot = (slot + 1) % slots;
    taken.add(slot);
    return [
      site,
      { prefix: subnet(block, options.sitePrefix, slot), wanAddress: address(wan, firstWanOffset + slot) },
    ] as const;
  });
  return { block, wan, sites: new Map(sites) };
}

/** How many sites fit into a block, each with its network and its gateway's address on the WAN. */
function slotsIn(blockLength: number, sitePrefix: number): number {
  const [blockSize, wanSize] = [2 ** (32 - blockLength), 2 ** (32 - blockLength - wanBits)];
  const networks = Math.floor((blockSize - wanSize) / 2 ** (32 - sitePrefix));
  return Math.max(0, Math.min(networks, wanSize - firstWanOffset - 1));
}

function slotOfGroup(site: string): number {
  const [, group, number] = /^(.+)-(\d{1,6})$/.exec(site) ?? [];
  return group === undefined ? hash(site) : hash(group) + Number(number);
}

/** What would do, exactly: both prefixes that may be changed, as far as one of them would help. */
function tooMany({ sites, sitePrefix }: AddressingOptions, block: Cidr, slots: number): AddressingError {
  const fits = (blockLength: number, siteLength: number) => slotsIn(blockLength, siteLength) >= sites.length;
  const longer = range(sitePrefix + 1, longestSitePrefix).find((length) => fits(block.length, length));
  const larger = range(0, block.length - 1).findLast((length) => fits(length, sitePrefix));
  const remedies = [
    ...(longer === undefined
      ? []
      : [
          `target.addresses.sitePrefix: ${longer} (${2 ** (32 - longer) - 4} addresses for a site's services)`,
        ]),
    ...(larger === undefined ? [] : [`a /${larger} as target.addresses.block`]),
    ...(slots === 0 ? [] : ["fewer sites"]),
  ];
  return new AddressingError(
    "sites",
    `${sites.length} sites do not fit into ${block.text}, which has room for ${slots} of /${sitePrefix}: use ${remedies.join(", or ")}`,
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function chooseBlock({ stack, sites, sitePrefix, block, busy, deployedWan }: AddressingOptions): Cidr {
  const taken = busy.flatMap((text) => cidr(text) ?? []);
  const clash = (candidate: Cidr) => taken.find((prefix) => overlaps(prefix, candidate));
  if (block !== undefined) {
    const asked = mustCidr(block);
    const other = clash(asked);
    if (other)
      throw new AddressingError(
        "target.addresses.block",
        `"${block}" overlaps ${other.text}, which this machine uses: choose a block that nothing uses, or leave it out`,
      );
    return asked;
  }
  const length =
    range(defaultPool.length, defaultBlockLength).findLast(
      (candidate) => slotsIn(candidate, sitePrefix) >= sites.length,
    ) ?? defaultPool.length;
  const count = 2 ** (length - defaultPool.length);
  const deployed = deployedWan === undefined ? undefined : cidr(deployedWan);
  const start =
    deployed && overlaps(deployed, defaultPool)
      ? Math.floor((deployed.first - defaultPool.first) / 2 ** (32 - length))
      : hash(stack) % count;
  for (let step = 0; step < count; step++) {
    const candidate = subnet(defaultPool, length, (start + step) % count);
    if (!clash(candidate)) return candidate;
  }
  const free = length < defaultBlockLength ? `no /${length} is free` : "nothing is free";
  throw new AddressingError(
    "target.addresses.block",
    `${free} in ${defaultPool.text}: name a block that this machine does not use, such as "172.20.0.0/${Math.max(length, 14)}"`,
  );
}

function hash(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}
