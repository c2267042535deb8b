import { missing } from "./figures";
import { newTable, shortened, type Paint } from "./layout";
import type { RallyScenario } from "./rally";
import type { RallyRecord } from "./schema";

/** Characters of a scenario's or an action's name that are shown. */
const longest = { wide: 40, narrow: 22 } as const;

/** The tables of what Rally measured, in full and a narrower one; undefined: nothing was. */
export function rallyTables(
  records: readonly RallyRecord[] | undefined,
  paint: Paint,
): [string, string] | undefined {
  if (records === undefined || records.every(({ scenarios }) => scenarios.length === 0)) return undefined;
  return [rallyTable(records, true, paint), rallyTable(records, false, paint)];
}

/** A line a scenario, and below it one for each action that it is made of where there are several. */
function rallyTable(records: readonly RallyRecord[], wide: boolean, paint: Paint): string {
  const head = [
    "Rally",
    "scenario",
    "times×\nat once",
    ...(wide ? ["failed"] : []),
    "success\n%",
    ...(wide ? ["min\ns"] : []),
    "median\ns",
    "90 %\ns",
    "95 %\ns",
    "max\ns",
    "SLA",
  ];
  const table = newTable(head, 2, paint);
  const line = (
    name: string,
    scenario: string,
    counts: readonly string[],
    success: string,
    duration: RallyScenario["durationSeconds"],
    sla: string,
  ): void =>
    void table.push([
      shortened(name),
      shortened(scenario, wide ? longest.wide : longest.narrow),
      counts[0] ?? "",
      ...(wide ? [counts[1] ?? ""] : []),
      success,
      ...(wide ? [seconds(duration?.min)] : []),
      ...[duration?.median, duration?.p90, duration?.p95, duration?.max].map(seconds),
      sla,
    ]);
  for (const { name, status, scenarios } of records)
    for (const measured of scenarios) {
      const { scenario, times, concurrency, failures, successPercent, durationSeconds, sla } = measured;
      const passed = sla.every((criterion) => criterion.passed);
      line(
        status === "failed" ? paint(["bold", "red"], `${shortened(name)} !`) : name,
        scenario,
        [`${times}×${concurrency ?? missing}`, failures > 0 ? paint("red", String(failures)) : "0"],
        percentOf(successPercent),
        durationSeconds,
        sla.length === 0 ? missing : passed ? "held" : paint(["bold", "red"], "broken"),
      );
      if (measured.actions.length < 2) continue;
      for (const { name: action, iterations, failures: failed, durationSeconds: taken } of measured.actions)
        line("", `  ${action}`, ["", String(failed)], percentOf(100 * (1 - failed / iterations)), taken, "");
    }
  return table.toString();
}

/** What Rally's criteria say where they do not hold, and errors by kind. */
export function rallySentences(records: readonly RallyRecord[] | undefined): string[] {
  return (records ?? []).flatMap(({ name, scenarios }) =>
    scenarios.flatMap(({ scenario, sla, errors }) => [
      ...sla
        .filter(({ passed }) => !passed)
        .map(({ criterion, detail }) => `${name}, ${scenario}: ${criterion} does not hold: ${detail}`),
      ...(Object.keys(errors).length === 0
        ? []
        : [
            `${name}, ${scenario}: failed with ${Object.entries(errors)
              .map(([kind, count]) => `${kind} (${count})`)
              .join(", ")}.`,
          ]),
    ]),
  );
}

function seconds(value: number | undefined): string {
  return value === undefined ? missing : String(Number(value.toPrecision(3)));
}

function percentOf(value: number): string {
  return String(Number(value.toFixed(1)));
}
