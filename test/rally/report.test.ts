import { deepEqual, equal, throws } from "assert/strict";
import { readFileSync } from "fs";
import { join } from "path";
import { parseRallyReport } from "../../workloads/rally/report";

/** What Rally 3.3.0 reported of its dummies: some succeed, some fail by chance, some always. */
const recorded = readFileSync(join(__dirname, "recorded", "report.json"), "utf8");

interface Recorded {
  tasks: {
    subtasks: {
      workloads: {
        data: { error: unknown[] }[];
        failed_iteration_count: number;
        statistics: {
          durations: { atomics: { name: string; data: Rally }[]; total: { data: Rally } };
        };
      }[];
    }[];
  }[];
}
type Rally = Record<"min" | "median" | "90%ile" | "95%ile" | "max" | "avg", number> & { success: string };
const ownFigures = ({ min, median, "90%ile": p90, "95%ile": p95, max, avg }: Rally) => ({
  min,
  median,
  p90,
  p95,
  max,
  mean: avg,
});

describe("Rally's report", () => {
  const report = parseRallyReport(recorded);
  const original = (JSON.parse(recorded) as Recorded).tasks.flatMap(({ subtasks }) =>
    subtasks.flatMap(({ workloads }) => workloads),
  );

  it("has each scenario of a task with how often it was executed, and how many at a time", () => {
    deepEqual([report.version, report.status], ["3.3.0", "finished"]);
    deepEqual(
      report.scenarios.map(({ scenario, times, concurrency }) => [scenario, times, concurrency]),
      [
        ["Dummy.dummy", 20, 4],
        ["Dummy.dummy_exception_probability", 10, 2],
        ["Dummy.dummy_random_action", 5, 1],
        ["Dummy.dummy_exception", 3, 1],
      ],
    );
  });

  it("where nothing failed gives the figures of Rally's own table, to the millisecond", () => {
    for (const index of [0, 2]) {
      const { durations } = original[index]?.statistics ?? {};
      const total = durations && ownFigures(durations.total.data);
      closeTo(report.scenarios[index]?.durationSeconds, total);
      for (const action of report.scenarios[index]?.actions ?? []) {
        const own = durations?.atomics.find(({ name }) => name === action.name);
        closeTo(action.durationSeconds, own && ownFigures(own.data));
      }
    }
    equal(report.scenarios[2]?.actions.length, 3);
  });

  it("counts what failed by its error, and leaves its time out of the figures", () => {
    const [, some, , all] = report.scenarios;
    const failures = original[1]?.failed_iteration_count ?? NaN;
    deepEqual(
      [some?.failures, some?.successPercent, some?.errors],
      [failures, 100 - 10 * failures, { DummyScenarioException: failures }],
    );
    deepEqual([all?.failures, all?.successPercent, all?.durationSeconds], [3, 0, undefined]);
  });

  it("says which criteria held", () => {
    deepEqual(
      report.scenarios.map(({ sla }) => sla.map(({ criterion, passed }) => [criterion, passed])),
      // Rally asks for no failures where a task asks for nothing.
      [true, false, true, false].map((passed) => [["failure_rate", passed]]),
    );
  });

  it("that contradicts itself is no report", () => {
    const wrong = recorded.replace(/"total_iteration_count": 20/, '"total_iteration_count": 21');
    throws(
      () => parseRallyReport(wrong),
      /Dummy\.dummy: Rally counts 21 iterations, 0 failed, and lists 20, 0 failed/,
    );
  });
});

/** Both round to the millisecond: what lies half-way between two may go either way. */
function closeTo(
  ours: Readonly<Record<string, number>> | undefined,
  theirs: Readonly<Record<string, number>> | undefined,
): void {
  deepEqual(Object.keys(ours ?? {}).sort(), Object.keys(theirs ?? {}).sort());
  for (const [name, value] of Object.entries(ours ?? {}))
    equal(Math.abs(value - (theirs?.[name] ?? NaN)) < 0.0011, true, `${name}: ${value}, ${theirs?.[name]}`);
}
