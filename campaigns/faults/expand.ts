import type { Json } from "../schema";
import type { Faults } from "./schema";

type Fault = Omit<Faults["services"][number], "of"> | Faults["links" | "sites"][number];

/** What there is to be broken at a point. */
export interface Breakable {
  /** `<site>/<service>` of all that the bus is made of. */
  readonly bus: readonly string[];
  /** The same of the control plane. */
  readonly controlPlane: readonly string[];
  readonly links: readonly (readonly [string, string])[];
  readonly sites: readonly string[];
}

/** The timelines of a campaign's faults, one entry each: each fault for each thing that can have it. */
export function timelinesOfFaults(faults: Faults, there: Breakable): Json[] {
  const { at } = faults;
  const { links, sites } = there;
  const entry = ({ what, ...details }: Fault, subject: Json): Json => [{ at, [what]: subject, ...details }];
  return [
    ...faults.services.flatMap(({ of, ...fault }) =>
      (typeof of === "string" ? there[of] : of).map((service) => entry(fault, service)),
    ),
    ...faults.links.flatMap((fault) => links.map((link) => entry(fault, [...link]))),
    ...faults.sites.flatMap((fault) => sites.map((site) => entry(fault, site))),
  ];
}
