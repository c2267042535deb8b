import type { Containers } from "../containers";
import { tellOneTime } from "../hosts/clocks";
import type { Impairment, LinkMeasurement } from "../results/schema";
import type { MeasurementInput } from "../runner/input";
import { longestMs } from "./composed";
import { measureRate } from "./lineRate";
import { inParallel, probesAtATime } from "./parallel";
import { confirmDelays, probe, withServers, type End, type Probed } from "./probe";
import { asPath, ratesChecked } from "./probePlan";

export interface MeasureOptions {
  /** Links whose delay and loss are probed at one time; default: see {@link probesAtATime}. */
  parallelProbes?: number;
}

/** A step done; `done` counts links probed and rates measured, up to `total`. */
export interface LinkProgress {
  link: string;
  measured: "delay and loss" | "rate";
  done: number;
  total: number;
}

type LinksInput = Pick<MeasurementInput, "links" | "clockShared" | "clocksAgree"> & {
  readonly sites: readonly {
    readonly name: string;
    readonly gateway: { readonly container: string; readonly wanAddress: string };
  }[];
};
type Link = LinksInput["links"][number];

/** A link between its gateways; `there` is from the first to the second. */
interface LinkEnds extends Probed {
  readonly link: Link;
}

/**
 * Measures every link between the gateways of its two sites: round trip, loss each way, one-way delays where
 * clocks allow (irtt), then the rate of each direction that has one from 500 kbit/s to 200 Mbit/s (a
 * packet train). Delays and losses of several links are probed at one time, rates one link after the other.
 *
 * Returns the measurements by link name. Errors: a link names a site that is not there; a gateway's programs
 * fail; no packet of a link comes back.
 */
export async function measureLinks(
  containers: Containers,
  input: LinksInput,
  options: MeasureOptions = {},
  progress: (step: LinkProgress) => void = () => undefined,
): Promise<Map<string, LinkMeasurement>> {
  const links = input.links.map((link) => findGateways(link, input.sites));
  const limited = links.filter(({ link }) => ratesChecked(link.there) || ratesChecked(link.back));
  const parallel = options.parallelProbes ?? probesAtATime();
  const total = links.length + limited.length;
  let done = 0;
  const step = (link: Link, measured: LinkProgress["measured"]): void =>
    progress({ link: link.name, measured, done: ++done, total });

  const measurements = await withServers(containers, links, async () => {
    const probed = await inParallel(links, parallel, async (ends) => {
      const result = await probe(containers, ends, tellOneTime(input));
      step(ends.link, "delay and loss");
      return [ends.link.name, result] as const;
    });
    const byName = new Map(probed);
    for (const ends of links) {
      const first = byName.get(ends.link.name);
      if (first) byName.set(ends.link.name, await confirmDelays(containers, ends, tellOneTime(input), first));
    }
    return byName;
  });
  for (const { link, from, to } of limited) {
    const [there, back] = await Promise.all([
      rateOf(containers, link.there, from, to),
      rateOf(containers, link.back, to, from),
    ]);
    const measurement = measurements.get(link.name);
    if (measurement && there !== undefined) measurement.there.rateBitsPerSecond = there;
    if (measurement && back !== undefined) measurement.back.rateBitsPerSecond = back;
    step(link, "rate");
  }
  return measurements;
}

function findGateways(link: Link, sites: LinksInput["sites"]): LinkEnds {
  const [from, to] = link.between.map((name): End => {
    const site = sites.find((candidate) => candidate.name === name);
    if (!site) throw new Error(`link ${link.name}: no site ${name}`);
    return { container: site.gateway.container, address: site.gateway.wanAddress };
  });
  if (!from || !to) throw new Error(`link ${link.name}: two sites are wanted`);
  return { label: `link ${link.name}`, link, from, to, asked: asPath(link) };
}

async function rateOf(
  containers: Containers,
  direction: Impairment,
  from: End,
  to: End,
): Promise<number | undefined> {
  const { rateBitsPerSecond, lossPercent } = direction;
  if (rateBitsPerSecond === undefined || !ratesChecked(direction)) return undefined;
  return measureRate(
    containers,
    { rateBitsPerSecond, lossPercent, longestMs: longestMs([direction]) },
    from,
    to,
  );
}
