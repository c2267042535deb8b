import { brokerOf } from "../../workloads/results/brokerName";
import type { MeasuredRun, Source } from "../compare/sources";
import { hostsOfRuns, whereSitesWere } from "./machines";
import { markdownTable } from "./markdownTable";
import { pointName } from "./pointNames";
import { measuredRuns } from "./unmeasured";

/** Where a page's figures come from: what they share, then of each point its brokers, their image and its runs. */
export function sourcesInMarkdown(source: Source): string[] {
  const all = measuredRuns(source).map(({ results }) => results);
  const times = all.flatMap(({ provenance: { startedAt, finishedAt } }) => [startedAt, finishedAt]).sort();
  const commits = all.map(({ provenance: { commit, dirty } }) =>
    commit === undefined ? undefined : `${commit.slice(0, 12)}${dirty ? " with uncommitted changes" : ""}`,
  );
  const machines = all.map(
    ({ provenance: { host } }) => `${host.cpu}, ${host.cores} cores, ${host.os}, kernel ${host.kernel}`,
  );
  const onHosts = all.some(({ provenance: { hosts } }) => hosts !== undefined);
  const rows = [
    ["measured", `${times[0] ?? "–"} to ${times.at(-1) ?? "–"}`],
    ["commit", distinct(commits)],
    ...(onHosts
      ? [
          ["hosts of the sites", distinct(hostsOfRuns(all), "none: all on the machine that measured")],
          ["machine that measured", distinct(machines)],
        ]
      : [["machine", distinct(machines)]]),
    ["links emulated by", distinct(all.flatMap(({ links }) => links.map(({ emulator }) => emulator)))],
    ["oslo.messaging", distinct(all.map(({ provenance: { versions } }) => versions["oslo.messaging"]))],
    ["seeds", distinct(all.map(({ provenance: { seed } }) => String(seed)))],
  ];
  return [
    ...markdownTable({ head: ["what", "which"], rows }),
    "",
    ...markdownTable({
      head: ["", "brokers", "their image", "runs (scenario, SHA-256)"],
      rows: byPoint(source),
    }),
    "",
    whereSitesWere(all, "rows"),
    ...again(source),
  ];
}

function byPoint(source: Source): string[][] {
  const all = measuredRuns(source);
  const points = [...new Set(all.map(({ point }) => point))].sort((a, b) => a - b);
  return points.map((point) => {
    const runs = all.filter((run) => run.point === point);
    return [
      pointName(source, point),
      distinct(runs.map(brokersOf)),
      distinct(runs.flatMap(imagesOf)),
      runs
        .map(
          ({ results: { stack, run, provenance } }) =>
            `\`runs/${stack}/${run}\` (${provenance.scenarioSha256.slice(0, 12)})`,
        )
        .join(", "),
    ];
  });
}

/** `core-rabbitmq, edge-1-rabbitmq: 3.10.8`. */
function brokersOf({ results: { bus } }: MeasuredRun): string {
  const versions = [...new Set(bus.brokers.map(({ version }) => version))];
  return versions
    .map((version) => {
      const names = bus.brokers.filter((broker) => broker.version === version).map(({ name }) => name);
      return `${names.join(", ")}: ${version ?? "not known"}`;
    })
    .join("; ");
}

function imagesOf({ results: { bus, provenance } }: MeasuredRun): (string | undefined)[] {
  const names = new Set(bus.brokers.map(({ name }) => name));
  return Object.entries(provenance.images)
    .filter(([service]) => names.has(brokerOf(service)))
    .map(([, digest]) => digest.replace("sha256:", "").slice(0, 12));
}

function again(source: Source): string[] {
  if (source.kind !== "campaign") return [];
  const { name, number, definitionSha256 } = source.journal;
  return [
    "",
    `Again: \`npx buswide campaign run ${name}\` (this was execution ${number}, of the campaign with SHA-256 ${definitionSha256.slice(0, 12)}).`,
  ];
}

function distinct(values: readonly (string | undefined)[], none = "not known"): string {
  return [...new Set(values.map((value) => value ?? none))].join(", ");
}
