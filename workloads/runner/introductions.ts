import { inWords, linksSeconds, pathsSeconds, workloadSeconds } from "./estimate";
import type { MeasurementInput } from "./input";

/** What comes first, and how long everything will take. */
export function introduceLinks(input: MeasurementInput): string {
  const left = timeLeft(input, 0, linksSeconds + pathsSeconds(input));
  return `measuring ${input.links.length} links; ${left}`;
}

/** Which paths are measured. */
export function introducePaths({ paths: { pairs, sample }, seed }: MeasurementInput): string {
  if (sample.length === 0)
    return `measuring none of the ${pairs} paths over several links, as the scenario says`;
  const which =
    sample.length === pairs
      ? `the ${pairs} paths over several links`
      : `${sample.length} of the ${pairs} paths over several links, drawn by seed ${seed}`;
  return `measuring ${which}`;
}

/** The workload at a place of the list, and how long it and those after it will take. */
export function introduceWorkload(at: number, input: MeasurementInput): string {
  const { workloads } = input;
  const workload = workloads[at];
  if (workload === undefined) throw new Error(`there are ${workloads.length} workloads, and none at ${at}`);
  const beginning = `workload ${at + 1} of ${workloads.length}, ${workload.name}`;
  if (workload.kind === "shaker") {
    const { pairs, tests, mode } = workload;
    const where = pairs.length === 1 ? pairs[0]?.between.join(" and ") : `${pairs.length} pairs of sites`;
    return `${beginning}: Shaker (${mode}), ${tests.join(", ")} between ${where}; ${timeLeft(input, at)}`;
  }
  if (workload.kind === "rally") {
    const { task, times, concurrency, site } = workload;
    const what =
      "scenario" in task ? `${task.scenario}, ${times} times, ${concurrency} at a time` : task.file;
    return `${beginning}: Rally at ${site}, ${what}; ${timeLeft(input, at)}`;
  }
  if (workload.kind === "servers") {
    const { ratePerSecond, authenticationsPerSecond, durationSeconds, site } = workload;
    const rates = `${rateInWords(ratePerSecond)} servers and ${rateInWords(authenticationsPerSecond)} tokens`;
    return `${beginning}: ${rates} asked for at ${site} for ${durationSeconds} s; ${timeLeft(input, at)}`;
  }
  if (workload.kind === "trace") {
    const { site, times, hosts } = workload;
    const where = hosts.length === 1 ? hosts[0]?.name : `${Math.min(hosts.length, times)} hosts`;
    return `${beginning}: ${times} servers on ${where}, asked for at ${site} and traced, as many untraced; ${timeLeft(input, at)}`;
  }
  const load =
    workload.ratePerSecond === undefined
      ? `${workload.callsPerClient ?? 1} each, one at a time`
      : `${workload.ratePerSecond}/s for ${workload.durationSeconds ?? 0} s`;
  return (
    `${beginning}: ${workload.pattern}, ` +
    `clients ${places(workload.clients)}, servers ${places(workload.servers)}, ${load}; ${timeLeft(input, at)}`
  );
}

/** `2/s`, or of less than one a second `12/min`. */
function rateInWords(perSecond: number): string {
  return perSecond < 1 ? `${Number((60 * perSecond).toPrecision(3))}/min` : `${perSecond}/s`;
}

/** So many sites are named in a line of progress; of more, their number says more. */
const mostNamed = 6;

function places(counts: Record<string, number>): string {
  const all = Object.entries(counts);
  if (all.length > mostNamed)
    return `${all.reduce((sum, [, count]) => sum + count, 0)} at ${all.length} sites`;
  return all.map(([site, count]) => `${count} at ${site}`).join(", ");
}

function timeLeft(input: MeasurementInput, from: number, more = 0): string {
  const seconds = input.workloads
    .slice(from)
    .reduce((sum, workload) => sum + workloadSeconds(workload, input), linksSeconds + more);
  return `about ${inWords(seconds)} left`;
}
