import type { TargetDefinition } from "./schema";

/** How many sites a target takes at most, and why no more. */
export interface SiteLimit {
  readonly most: number;
  readonly because: string;
}

const limits: Readonly<Record<TargetDefinition["kind"], SiteLimit>> = {
  local: {
    // BR_MAX_PORTS of the kernel's net/bridge/br_private.h is 1,024, and port 0 is none.
    most: 1023,
    because: "their gateways share one Linux bridge, the WAN, which has 1023 ports",
  },
  machines: {
    // Of 65,535 ports of a host, those from `firstPort` on, in the order of addresses on the WAN.
    most: 10_000,
    because: "each gateway has a UDP port that no other gateway has",
  },
  openstack: {
    most: 10_000,
    because: "each gateway has a UDP port that no other gateway has",
  },
};

export function siteLimit({ kind }: Pick<TargetDefinition, "kind">): SiteLimit {
  return limits[kind];
}

const onHosts =
  "gateways would have to read what containers use from the control groups of their hosts, whose version only this machine's engine is asked for, and the pages would be on the 127.0.0.1 of a host";
/** Why a target's deployments can't be watched by `metrics`; absent: they can. */
const unwatched: { readonly [K in TargetDefinition["kind"]]?: string } = {
  machines: onHosts,
  openstack: onHosts,
};

export function whyUnwatched({ kind }: Pick<TargetDefinition, "kind">): string | undefined {
  return unwatched[kind];
}
