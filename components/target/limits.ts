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
};

export function siteLimit({ kind }: Pick<TargetDefinition, "kind">): SiteLimit {
  return limits[kind];
}
