import { createHash } from "crypto";
import { address, cidr, contains, mustCidr, overlaps, subnet, type Cidr } from "./cidr";

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
  /** The networks of sites as deployed, by site, also of sites that are no more: nobody else's may be there. */
  readonly deployedSites?: ReadonlyMap<string, string> | undefined;
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
 * n-th address. Sites that are deployed keep their slots, also those that others were once in the way of, and nobody gets a
 * slot that is still deployed: the engine makes new networks before it removes old ones, and two can't have one prefix.
 * Errors: {@link AddressingError} when nothing is free or the sites do not fit.
 */
export function planAddresses(options: AddressingOptions): Addressing {
  const deployed = whatIsDeployed(options);
  const block = chooseBlock(options, deployed);
  const wan = wanOf(block);
  const slots = slotsIn(block.length, options.sitePrefix);
  const { kept, taken } = deployedSlots(deployed, block, options.sitePrefix);
  const sites = options.sites.map((site) => {
    const slot = kept.get(site) ?? freeSlot(site, slots, taken);
    taken.add(slot);
    return [
      site,
      { prefix: subnet(block, options.sitePrefix, slot), wanAddress: address(wan, firstWanOffset + slot) },
    ] as const;
  });
  return { block, wan, sites: new Map(sites) };
}

/** The WAN of a block: its last part. */
function wanOf(block: Cidr): Cidr {
  return subnet(block, block.length + wanBits, 2 ** wanBits - 1);
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

/** The slot of a site that has none; one must be free. */
function freeSlot(site: string, slots: number, taken: ReadonlySet<number>): number {
  let slot = slotOfGroup(site) % slots;
  if (taken.has(slot)) slot = hash(site) % slots;
  while (taken.has(slot)) slot = (slot + 1) % slots;
  return slot;
}

/** What of a stack is deployed: its WAN, and each site's network. */
interface Deployed {
  readonly wan: Cidr | undefined;
  readonly sites: ReadonlyMap<string, Cidr>;
}

function whatIsDeployed({ deployedWan, deployedSites }: AddressingOptions): Deployed {
  const sites = [...(deployedSites ?? [])].flatMap(([site, text]) => {
    const prefix = cidr(text);
    return prefix ? [[site, prefix] as const] : [];
  });
  return { wan: deployedWan === undefined ? undefined : cidr(deployedWan), sites: new Map(sites) };
}

interface DeployedSlots {
  /** Of the sites whose networks are slots of the block. */
  readonly kept: ReadonlyMap<string, number>;
  /** All in which anything is deployed, and those whose addresses on the WAN are. */
  readonly taken: Set<number>;
}

/** Which slots of a block are deployed. */
function deployedSlots({ wan, sites }: Deployed, block: Cidr, sitePrefix: number): DeployedSlots {
  const slots = slotsIn(block.length, sitePrefix);
  const kept = new Map<string, number>();
  const taken = new Set<number>();
  const take = (first: number, last: number) => {
    for (let slot = Math.max(0, first); slot <= Math.min(last, slots - 1); slot++) taken.add(slot);
  };
  const slotAt = (position: number) => Math.floor((position - block.first) / 2 ** (32 - sitePrefix));
  const takeAll = ({ first, size }: Cidr) => take(slotAt(first), slotAt(first + size - 1));
  const sameWan = wan?.text === wanOf(block).text;
  if (wan && !sameWan) takeAll(wan);
  for (const [site, prefix] of sites) {
    takeAll(prefix);
    if (!contains(block, prefix)) continue;
    // Of sites with networks of another length, the slot by that one: it says which address on the WAN the gateway has.
    const own = (prefix.first - block.first) / prefix.size;
    if (sameWan) take(own, own);
    if (prefix.length === sitePrefix && own < slots) kept.set(site, own);
  }
  return { kept, taken };
}

/** Whether a block has a slot for each site, if what is deployed stays as it is until all are made. */
function hasRoom({ sites, sitePrefix }: AddressingOptions, deployed: Deployed, block: Cidr): boolean {
  const { kept, taken } = deployedSlots(deployed, block, sitePrefix);
  return sites.filter((site) => !kept.has(site)).length <= slotsIn(block.length, sitePrefix) - taken.size;
}

/** A deployed network of a site that is where the WAN of a block would be. */
function inTheWayOfWan({ sites }: Deployed, block: Cidr): Cidr | undefined {
  const wan = wanOf(block);
  return [...sites.values()].find((prefix) => overlaps(prefix, wan));
}

/** What would do, exactly: both prefixes that may be changed, as far as one of them would help. */
function tooMany({ sites, sitePrefix }: AddressingOptions, block: Cidr): AddressingError {
  const slots = slotsIn(block.length, sitePrefix);
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

/** The block that is asked for, or else the deployed one, or else a free one. */
function chooseBlock(options: AddressingOptions, deployed: Deployed): Cidr {
  const { stack, sites, sitePrefix, block } = options;
  const busy = options.busy.flatMap((text) => cidr(text) ?? []);
  const clash = (candidate: Cidr) => busy.find((prefix) => overlaps(prefix, candidate));
  if (block !== undefined) return checkedBlock(options, deployed, clash(mustCidr(block)));
  const free = (candidate: Cidr) =>
    !clash(candidate) && !inTheWayOfWan(deployed, candidate) && hasRoom(options, deployed, candidate);
  const present = deployedBlock(deployed);
  if (present && free(present)) return present;
  const length = range(defaultPool.length, defaultBlockLength).findLast(
    (candidate) => slotsIn(candidate, sitePrefix) >= sites.length,
  );
  if (length === undefined) throw tooMany(options, defaultPool);
  const count = 2 ** (length - defaultPool.length);
  const start = present
    ? Math.floor((present.first - defaultPool.first) / 2 ** (32 - length))
    : hash(stack) % count;
  for (let step = 0; step < count; step++) {
    const candidate = subnet(defaultPool, length, (start + step) % count);
    if (free(candidate)) return candidate;
  }
  const none = length < defaultBlockLength ? `no /${length} is free` : "nothing is free";
  throw new AddressingError(
    "target.addresses.block",
    `${none} in ${defaultPool.text}: name a block that this machine does not use, such as "172.20.0.0/${Math.max(length, 14)}"`,
  );
}

/** The block whose WAN is deployed, if it lies where blocks are chosen from. */
function deployedBlock({ wan }: Deployed): Cidr | undefined {
  if (!wan || wan.length - wanBits < defaultPool.length || !contains(defaultPool, wan)) return undefined;
  const length = wan.length - wanBits;
  return subnet(defaultPool, length, Math.floor((wan.first - defaultPool.first) / 2 ** (32 - length)));
}

/** The block asked for. Errors: {@link AddressingError} when others use `other`, which is in it, or it has no room. */
function checkedBlock(options: AddressingOptions, deployed: Deployed, other: Cidr | undefined): Cidr {
  const { block = "", sites, sitePrefix } = options;
  const asked = mustCidr(block);
  const refused = (why: string) => new AddressingError("target.addresses.block", `"${block}" ${why}`);
  if (other)
    throw refused(
      `overlaps ${other.text}, which this machine uses: choose a block that nothing uses, or leave it out`,
    );
  if (sites.length > slotsIn(asked.length, sitePrefix)) throw tooMany(options, asked);
  const inTheWay = inTheWayOfWan(deployed, asked);
  if (inTheWay)
    throw refused(
      `would have its WAN where ${inTheWay.text} of this stack is deployed: choose another block, or destroy the stack first`,
    );
  if (!hasRoom(options, deployed, asked))
    throw refused(
      "has no room for new sites beside those that are still deployed: deploy it without the new ones first, or destroy the stack",
    );
  return asked;
}

/** A number from 0 to 2^32 that a name always gives. */
export function hash(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}
