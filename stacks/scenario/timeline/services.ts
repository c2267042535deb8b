import { resolveSites } from "../expand";
import { knownSites, type Report } from "../links/names";
import { isServiceEntry, type ServiceEntry, type TimelineEntry } from "./schema";
import { endOf, round } from "./times";

/** One thing that happens to one service, times in seconds from the start of the window. */
export interface ServiceEpisode {
  readonly entry: number;
  readonly what: "kill" | "stop" | "restart" | "pause" | "starve" | "fill";
  /** `<site>/<service>` */
  readonly service: string;
  readonly atSeconds: number;
  /** From here on it is as before; of a restart, when it is being started at the latest. */
  readonly untilSeconds: number;
  /** How long it may take to end before it is killed; only of what is asked to end. */
  readonly graceSeconds?: number;
  /** What it is left of one core, percent. */
  readonly cpuPercent?: number;
  /** What it may take beyond what it uses, bytes. */
  readonly memoryBytes?: number;
}

/** The services of a deployment by what may be done to them. */
export interface Services {
  /** `<site>/<service>` of all that the bus is made of. */
  readonly bus: readonly string[];
  /** `<site>/<service>` of OpenStack's services, their database and the computes; empty: there is no control plane. */
  readonly controlPlane: readonly string[];
  /** `<site>/<service>` of the others, each with why it takes no fault. */
  readonly others: ReadonlyMap<string, string>;
  /** Where they run, which decides why no clock can be set apart. */
  readonly target: keyof typeof noClockApart;
  /** Why no disk of the bus can be made to look full; absent: each can. */
  readonly noFullDisk?: string;
}

/** So many services are named to one who names one that there is not. */
const mostNamed = 8;

/** Time that a service has to end where a timeline does not say, seconds: as engines give it. */
const usualGraceSeconds = 10;

/**
 * What a timeline does to services, one by one, in its order; what it does to links is left out. What it gets wrong is
 * reported: services that there are not or that take no fault, times that do not fit, two things at one time on one.
 */
export function expandServiceFaults(
  timeline: readonly TimelineEntry[],
  durationSeconds: number,
  services: Services,
  expanded: ReadonlyMap<string, readonly string[]>,
  report: Report,
): ServiceEpisode[] {
  const episodes: ServiceEpisode[] = [];
  timeline.forEach((entry, index) => {
    if (!isServiceEntry(entry)) return;
    const at: Report = (path, message) => report([index, ...path], message);
    if ("skew" in entry) {
      at(["skew"], noClockApart[services.target]);
      return;
    }
    const [what, name] = faultOf(entry);
    const named = resolve(name, services, expanded, (message) => at([what], message));
    const times = timesOf(entry, durationSeconds, at);
    if ("starve" in entry && entry.cpu === undefined && entry.memory === undefined)
      at(["starve"], "it is starved of nothing: say cpu, such as 5%, or memory, such as 16MiB");
    if ("fill" in entry && named.length > 0) {
      const refused = named.some((one) => services.controlPlane.includes(one))
        ? noLimitOfItsOwn
        : services.noFullDisk;
      if (refused !== undefined) at(["fill"], `"${name}" ${refused}`);
    }
    if (!times) return;
    for (const service of named) {
      const other = episodes.find(
        (one) => one.service === service && one.untilSeconds > entry.at && one.atSeconds < times.untilSeconds,
      );
      if (other) {
        at(
          ["at"],
          `${entry.at}s is within what timeline[${other.entry}] does to "${service}", from ${other.atSeconds}s to ${other.untilSeconds}s: a service has one fault at a time; start at ${other.untilSeconds}s, or shorten one of them`,
        );
        return;
      }
      episodes.push({
        ...{ entry: index, what, service, atSeconds: entry.at, ...times },
        ...("starve" in entry && entry.cpu !== undefined ? { cpuPercent: entry.cpu } : {}),
        ...("starve" in entry && entry.memory !== undefined ? { memoryBytes: entry.memory } : {}),
      });
    }
  });
  return episodes;
}

const noLimitOfItsOwn =
  "cannot be filled: its disk is the machine's, and it has no limit of free space of its own that could be set above what there is; kill, stop, restart, pause or starve it";

/** Time namespaces of Linux shift the clocks that count from a boot, and not the time of day (time_namespaces(7)). */
const ofItsHost =
  "no clock is set apart: a container has its host's clock, which is everybody's there, and which the times that are measured are told by; leave it out, or set the clock of a host of your own by hand before a run, which compares them";
const noClockApart = {
  local:
    "no clock can be set apart: containers of one machine have its clock, and the kernel gives none a time of day of its own; leave it out",
  machines: ofItsHost,
  openstack: ofItsHost,
};

function faultOf(entry: Exclude<ServiceEntry, { skew: unknown }>): [ServiceEpisode["what"], string] {
  if ("kill" in entry) return ["kill", entry.kill];
  if ("stop" in entry) return ["stop", entry.stop];
  if ("restart" in entry) return ["restart", entry.restart];
  if ("pause" in entry) return ["pause", entry.pause];
  return "starve" in entry ? ["starve", entry.starve] : ["fill", entry.fill];
}

function resolve(
  name: string,
  { bus, controlPlane, others }: Services,
  expanded: ReadonlyMap<string, readonly string[]>,
  refuse: (message: string) => void,
): string[] {
  const [place = "", service = ""] = name.split("/");
  const sites = resolveSites(expanded, place);
  if (!sites) {
    refuse(`there is no site "${place}"; ${knownSites(expanded)}`);
    return [];
  }
  const named = sites.map((site) => `${site}/${service}`);
  const there = new Set([...bus, ...controlPlane]);
  const found = named.filter((one) => there.has(one));
  if (found.length > 0) return found;
  const untouched = named.flatMap((one) => others.get(one) ?? [])[0];
  const known = [
    `the bus is made of ${some(bus)}`,
    ...(controlPlane.length === 0 ? [] : [`the control plane of ${some(controlPlane)}`]),
  ].join(", ");
  refuse(
    untouched === undefined ? `there is no service "${name}"; ${known}` : `"${name}" ${untouched}; ${known}`,
  );
  return [];
}

function some(names: readonly string[]): string {
  return `${names.slice(0, mostNamed).join(", ")}${names.length > mostNamed ? ", …" : ""}`;
}

/** When an entry's fault is over, and how long a service has to end; undefined, and reported, if it does not fit. */
function timesOf(
  entry: ServiceEntry,
  durationSeconds: number,
  report: Report,
): Pick<ServiceEpisode, "untilSeconds" | "graceSeconds"> | undefined {
  const end = endOf(
    { at: entry.at, ...("restart" in entry ? {} : { for: entry.for }) },
    durationSeconds,
    report,
  );
  if (end === undefined || !("stop" in entry || "restart" in entry))
    return end === undefined ? undefined : { untilSeconds: end };
  const left = round(end - entry.at);
  const graceSeconds = entry.grace ?? Math.min(usualGraceSeconds, left);
  if (graceSeconds > left) {
    report(
      ["grace"],
      `${graceSeconds}s from ${entry.at}s on ends after ${end}s, when it is to be started again: use at most ${left}s`,
    );
    return undefined;
  }
  return { untilSeconds: "restart" in entry ? round(entry.at + graceSeconds) : end, graceSeconds };
}
