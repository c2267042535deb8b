import { Netmask, long2ip, ip2long } from "netmask";

/** An IPv4 prefix. */
export interface Cidr {
  /** The first address, dotted. */
  readonly base: string;
  /** The first address as a number. */
  readonly first: number;
  /** Prefix length, 0 to 32. */
  readonly length: number;
  /** Addresses in the prefix, network and broadcast address included. */
  readonly size: number;
  /** `base/length`. */
  readonly text: string;
}

/** Parses `a.b.c.d/n`; undefined if `text` is not that or has host bits set. */
export function cidr(text: string): Cidr | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(text)) return undefined;
  try {
    const parsed = new Netmask(text);
    if (`${parsed.base}/${parsed.bitmask}` !== text) return undefined;
    return {
      base: parsed.base,
      first: ip2long(parsed.base),
      length: parsed.bitmask,
      size: parsed.size,
      text,
    };
  } catch {
    // The library reports a number out of range by throwing; there is nothing more to say about it.
    return undefined;
  }
}

/** Like {@link cidr}. Errors: `text` is not a prefix. */
export function mustCidr(text: string): Cidr {
  const parsed = cidr(text);
  if (!parsed) throw new Error(`${JSON.stringify(text)} is not an IPv4 prefix such as 10.200.0.0/16`);
  return parsed;
}

/** The `index`th prefix of length `length` in `block`. Errors: the block has no such prefix. */
export function subnet(block: Cidr, length: number, index: number): Cidr {
  const size = 2 ** (32 - length);
  if (length < block.length || index < 0 || (index + 1) * size > block.size)
    throw new RangeError(`${block.text} has no prefix number ${index} of length /${length}`);
  return mustCidr(`${long2ip(block.first + index * size)}/${length}`);
}

/** The `offset`th address of `prefix`; counted from its end if negative (-1 is the broadcast address). */
export function address(prefix: Cidr, offset: number): string {
  const index = offset < 0 ? prefix.size + offset : offset;
  if (index < 0 || index >= prefix.size)
    throw new RangeError(`${prefix.text} has no address number ${offset}`);
  return long2ip(prefix.first + index);
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && inner.first + inner.size <= outer.first + outer.size;
}

/** Whether two prefixes share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** The prefix in which an address with its prefix length, `a.b.c.d/n`, lies. Errors: `text` is not that. */
export function prefixOf(text: string): string {
  const { base, bitmask } = new Netmask(text);
  return `${base}/${bitmask}`;
}
