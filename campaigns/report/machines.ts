import { areHostsTakenTogether, busiestMachine } from "../../workloads/results/machineLoad";
import type { Results } from "../../workloads/results/schema";
import { hostsInWords } from "../table/environment";

type Where = Pick<Results, "provenance">;
type Used = Where & Pick<Results, "workloads">;

/** Share of a machine's cores, percent, above which figures are the machine's as much as the bus's. */
const busyPercent = 80;

/** Where the sites of some runs were, and what that has their figures compared with: of `points`, or of `rows`. */
export function whereSitesWere(runs: readonly Where[], figures: "points" | "rows"): string {
  const kinds = [...new Set(runs.map(placeOf))].sort((a, b) => a.length - b.length);
  const [kind = "", ...others] = kinds;
  if (others.length > 0)
    return `Sites were not on the same machines in all runs, but ${kinds.map((one) => one || "all on one machine").join(", or ")}: absolutes of different machines say nothing about each other.`;
  return kind === ""
    ? `All sites shared one machine: compare the ${figures} with each other, not their absolutes with another machine's.`
    : `Sites were ${kind}: compare the ${figures} with each other, not their absolutes with other machines'.`;
}

/** `on 2 hosts (2 × Some CPU, 4 cores)`; empty: all on one machine. */
function placeOf({ provenance: { hosts = {} } }: Where): string {
  const all = Object.values(hosts);
  return all.length === 0
    ? ""
    : `on ${all.length} ${all.length === 1 ? "host" : "hosts"} (${hostsInWords(all)})`;
}

/** The hosts of runs, as {@link hostsInWords} has them; undefined of a run on one machine. */
export function hostsOfRuns(runs: readonly Where[]): (string | undefined)[] {
  return runs.map(({ provenance: { hosts } }) => hosts && hostsInWords(Object.values(hosts)));
}

/** In how many workloads services used most of a machine, and of which kind it was, a sentence each. */
export function busyInWords(runs: readonly Used[]): string[] {
  const busy = runs.flatMap(({ workloads, provenance }) =>
    workloads.flatMap(({ services }) => {
      const load = busiestMachine(services, provenance);
      return load && load.percent > busyPercent ? [load] : [];
    }),
  );
  const [machine, host, hosts] = (["machine", "host", "hosts"] as const).map((kind) =>
    busy.filter((load) => load.of === kind),
  );
  const begin = (count: number) => `In ${count} workloads the services`;
  const names = [...new Set(host?.map((load) => load.host))].sort();
  const open = runs.filter(({ provenance }) => areHostsTakenTogether(provenance)).length;
  return [
    ...(machine?.length
      ? [
          `${begin(machine.length)} used more than ${busyPercent} % of the machine: those figures are the machine's as much as the bus's.`,
        ]
      : []),
    ...(host?.length
      ? [
          `${begin(host.length)} on one host (${names.join(", ")}) used more than ${busyPercent} % of its cores: those figures are the host's as much as the bus's.`,
        ]
      : []),
    ...(hosts?.length
      ? [
          `${begin(hosts.length)} used more than ${busyPercent} % of the cores of all hosts together: those figures are the hosts' as much as the bus's.`,
        ]
      : []),
    ...(open > 0
      ? [
          `The results of ${open} runs do not say which host a service was on, so that only the cores of all hosts together were looked at: one host may have been busy without a word here.`,
        ]
      : []),
  ];
}
