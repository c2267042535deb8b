import type { Containers } from "../containers";
import { tellOneTime } from "../hosts/clocks";
import type { Impairment, LinkMeasurement } from "../results/schema";
import type { MeasurementInput } from "../runner/input";
import { carriedRate, longestMs, type Way } from "./composed";
import { measureRate } from "./lineRate";
import { inParallel, probesAtATime } from "./parallel";
import { confirmDelays, probe, withServers, type End, type Probed } from "./probe";
import { pathRateChecked, type AskedPath } from "./probePlan";

type PathsInput = Pick<MeasurementInput, "sites" | "links" | "paths" | "clockShared" | "clocksAgree">;
type Path = PathsInput["paths"]["sample"][number];

/** A path as measured, and what its links add up to. */
export interface MeasuredPath {
  readonly path: Path;
  readonly asked: AskedPath;
  readonly measurement: LinkMeasurement;
}

/** Paths whose rate is measured: a train takes a moment, alone, and many of them long. The longest ways first. */
const mostRates = 4;

/**
 * Measures every path of the sample end to end: between the gateways' addresses inside the two sites, so that packets
 * take the routes that services' packets take, through every emulator on the way. Round trip, loss each way, one-way
 * delays where clocks allow; of at most four paths also the rate of each direction where it is cheap to know.
 * Several are probed at one time, rates one path after the other.
 *
 * Errors: a path leads over sites or links that are not there; a gateway's programs fail; no packet comes back.
 */
export async function measurePaths(
  containers: Containers,
  input: PathsInput,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<MeasuredPath[]> {
  const hops = new Map(
    input.links.flatMap(({ between: [a, b], there, back }): [string, Impairment][] => [
      [`${a} ${b}`, there],
      [`${b} ${a}`, back],
    ]),
  );
  const paths = input.paths.sample.map((path) => probedPath(path, input, hops));
  const limited = paths
    .filter(({ asked }) => pathRateChecked(asked.there) || pathRateChecked(asked.back))
    .sort((one, other) => other.asked.there.length - one.asked.there.length)
    .slice(0, mostRates);
  const total = paths.length + limited.length;
  let done = 0;
  const measured = await withServers(containers, paths, async () => {
    const first = await inParallel(paths, probesAtATime(), async (path) => {
      const measurement = await probe(containers, path, tellOneTime(input));
      progress(++done, total);
      return { path, measurement };
    });
    const confirmed: { path: ProbedPath; measurement: LinkMeasurement }[] = [];
    for (const { path, measurement } of first)
      confirmed.push({
        path,
        measurement: await confirmDelays(containers, path, tellOneTime(input), measurement),
      });
    return confirmed;
  });
  for (const limitedPath of limited) {
    const { from, to, asked } = limitedPath;
    const there = await rateOf(containers, asked.there, from, to);
    const back = await rateOf(containers, asked.back, to, from);
    const measurement = measured.find(({ path }) => path === limitedPath)?.measurement;
    if (measurement && there !== undefined) measurement.there.rateBitsPerSecond = there;
    if (measurement && back !== undefined) measurement.back.rateBitsPerSecond = back;
    progress(++done, total);
  }
  return measured.map(({ path, measurement }) => ({ path: path.path, asked: path.asked, measurement }));
}

interface ProbedPath extends Probed {
  readonly path: Path;
}

function probedPath(
  path: Path,
  { sites, paths }: PathsInput,
  hops: ReadonlyMap<string, Impairment>,
): ProbedPath {
  const label = `path ${path.between.join(" to ")}`;
  const end = (name: string): End => {
    const site = sites.find((candidate) => candidate.name === name);
    const address = paths.ends[name];
    if (!site || address === undefined) throw new Error(`${label}: no site ${name}, or no address in it`);
    return { container: site.gateway.container, address };
  };
  const way = (names: readonly string[]): Way =>
    names.slice(1).map((to, index) => {
      const hop = hops.get(`${names[index]} ${to}`);
      if (!hop) throw new Error(`${label}: no link leads from ${names[index]} to ${to}`);
      return hop;
    });
  return {
    path,
    label,
    from: end(path.between[0]),
    to: end(path.between[1]),
    asked: { there: way(path.there.sites), back: way(path.back.sites) },
  };
}

async function rateOf(containers: Containers, way: Way, from: End, to: End): Promise<number | undefined> {
  if (!pathRateChecked(way)) return undefined;
  const arriving = way.reduce((share, { lossPercent }) => share * (1 - lossPercent / 100), 1);
  const line = {
    rateBitsPerSecond: carriedRate(way),
    lossPercent: (1 - arriving) * 100,
    longestMs: longestMs(way),
  };
  return measureRate(containers, line, from, to);
}
