import type { Json } from "../schema";
import type { Faults } from "./schema";

type LinkFault = Faults["links"][number];
type SiteFault = Faults["sites"][number];

/** What there is to be broken at a point. */
export interface Breakable {
  /** `<site>/<service>` of all that the bus is made of. */
  readonly bus: readonly string[];
  /** The same of the control plane. */
  readonly controlPlane: readonly string[];
  readonly links: readonly (readonly [string, string])[];
  readonly sites: readonly string[];
}

/**
 * The timelines of a campaign's faults, one entry each: each fault for each thing that can have it. Whether its figures
 * and times are right, and its names those of sites, the scenario's schema says.
 */
export function timelinesOfFaults(faults: Faults, there: Breakable): Json[] {
  const { at } = faults;
  const { links, sites } = there;
  return [
    ...faults.services.flatMap(({ of, what, ...details }) =>
      (typeof of === "string" ? there[of] : of).map((service): Json => [{ at, [what]: service, ...details }]),
    ),
    ...faults.links.flatMap((fault) => links.map((link): Json => [{ at, ...ofLink(fault, link) }])),
    ...faults.sites.flatMap((fault) => ofSites(fault, sites).map((entry): Json => [{ at, ...entry }])),
  ];
}

type Entry = Readonly<Record<string, Json>>;

function ofLink(fault: LinkFault, between: readonly [string, string]): Entry {
  const link: Json = [...between];
  if (fault.what === "ramp") {
    const { what: _, over, for: lasts, ...ranges } = fault;
    return given({ ramp: given({ link, ...ranges }), over, for: lasts });
  }
  const { what, ...details } = fault;
  return given({ [what]: link, ...details });
}

/** Of a split one, of all else one a site. */
function ofSites(fault: SiteFault, sites: readonly string[]): Entry[] {
  if (fault.what === "split") return [given({ split: fault.together, for: fault.for })];
  const { what, ...details } = fault;
  return sites.map((site) => given({ [what]: site, ...details }));
}

/** Without what was left out. */
function given(entry: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(entry).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
