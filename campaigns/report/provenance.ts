import { stringify } from "yaml";
import type { Source } from "../compare/sources";
import { escape, table } from "./html";
import { measuredRuns } from "./unmeasured";

/** Everything needed to know what was measured, and to measure it again. */
export function provenance(source: Source): string {
  const measured = measuredRuns(source);
  const all = measured.map(({ results }) => results.provenance);
  const distinct = (values: readonly (string | number | boolean | undefined)[]): string => {
    const found = [...new Set(values.map((value) => (value === undefined ? "not known" : String(value))))];
    return found.length > 6
      ? `${found.slice(0, 5).join(", ")}, … (${found.length} different ones)`
      : found.join(", ");
  };
  const times = all.flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt]).sort();
  const keys = (pick: (entry: (typeof all)[number]) => object) =>
    [...new Set(all.flatMap((entry) => Object.keys(pick(entry))))].sort();
  const whose = all.some(({ hosts }) => hosts !== undefined) ? " of the machine that measured" : "";
  const rows: (readonly [string, string])[] = [
    ["measured", `${times[0] ?? "–"} to ${times.at(-1) ?? "–"}`],
    ["commit", distinct(all.map(({ commit }) => commit))],
    ["uncommitted changes", distinct(all.map(({ dirty }) => dirty))],
    [`CPU${whose}`, distinct(all.map(({ host }) => `${host.cpu}, ${host.cores} cores`))],
    [`processors${whose} kept awake`, distinct(all.map(({ host }) => host.heldAwake))],
    [`memory${whose}`, distinct(all.map(({ host }) => `${(host.memoryBytes / 2 ** 30).toFixed(1)} GiB`))],
    [`system${whose}`, distinct(all.map(({ host }) => `${host.os}, kernel ${host.kernel}`))],
    ...keys(({ hosts = {} }) => hosts).map(
      (name) =>
        [
          `host ${name}`,
          distinct(
            all.map(({ hosts = {} }) => {
              const host = hosts[name];
              return host && `${host.cpu}, ${host.cores} cores, ${host.os}, kernel ${host.kernel}`;
            }),
          ),
        ] as const,
    ),
    [
      "emulator of the links",
      distinct(measured.flatMap(({ results }) => results.links.map(({ emulator }) => emulator))) ||
        "no links",
    ],
    ["one clock for all agents", distinct(all.map(({ clockShared }) => clockShared))],
    ...(all.some(({ clocks }) => clocks)
      ? [["hosts' clocks apart by at most, ms", distinct(all.map(({ clocks }) => clocks?.apartMs))] as const]
      : []),
    ["seeds", distinct(all.map(({ seed }) => seed))],
    ...keys(({ versions }) => versions).map(
      (name) => [`version of ${name}`, distinct(all.map(({ versions }) => versions[name]))] as const,
    ),
    ...keys(({ images }) => images).map(
      (name) => [`image of ${name}`, distinct(all.map(({ images }) => images[name]))] as const,
    ),
    ["scenario, SHA-256", distinct(all.map(({ scenarioSha256 }) => scenarioSha256))],
  ];
  // A space keeps what begins with a digit from being set as a number.
  const cells = rows.map(([name, value]) => [name, ` ${value}`]);
  return [table(["what", "which"], cells), repeat(source)].join("\n");
}

function repeat(source: Source): string {
  if (source.kind === "runs") {
    const { stack = "", run = "" } = measuredRuns(source)[0]?.results ?? {};
    return `<p>Again: <code>npx buswide run --from ${escape(`runs/${stack}/${run}`)}</code></p>`;
  }
  const { definition, scenario, cells, number, name, definitionSha256 } = source.journal;
  const order = cells.map(({ point, repetition }) => `${point + 1}.${repetition}`).join(" ");
  return [
    `<p>Again: <code>npx buswide campaign run ${escape(name)}</code>, with this file; execution ${number}, SHA-256 ${escape(definitionSha256)}.</p>`,
    `<details><summary>The campaign as it was run</summary><pre><code>${escape(stringify({ ...definition, scenario }))}</code></pre>`,
    `<p>Measured in this order (point.repetition): ${escape(order)}</p></details>`,
  ].join("\n");
}
