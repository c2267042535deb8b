/** A host as an inventory tells of it. What is absent, the inventory does not say. */
export interface InventoryHost {
  readonly name: string;
  /** What SSH connects to; absent: the name. */
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
  /** `user@host:port` each, the first one first. */
  readonly jump?: readonly string[];
  /** Settings of ssh_config(5), `Name=value`. */
  readonly options?: readonly string[];
  /** The IPv4 address at which other hosts reach it. */
  readonly address?: string;
  /** Names of groups that it is in, the narrowest first. */
  readonly groups: readonly string[];
}

/** What an inventory says, or in words for its reader what is wrong with it. */
export interface Inventory {
  readonly hosts: readonly InventoryHost[];
  readonly problems: readonly string[];
}

/** An inventory that is wrong in one way. */
export function wrong(problem: string): Inventory {
  return { hosts: [], problems: [problem] };
}

/** The group of hosts that are told apart by numbers: `edge` of `edge-1` and `edge2`; none of what has no number. */
export function groupsByName(name: string): string[] {
  const group = /^(.*[^\d._-])[._-]?\d+$/.exec(name)?.[1];
  return group === undefined ? [] : [group];
}

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Whether a text is an IPv4 address as it is written, its numbers in range. */
export function isIpv4(text: string): boolean {
  return ipv4.test(text) && text.split(".").every((part) => Number(part) <= 255);
}
