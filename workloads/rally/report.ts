import { z } from "zod";
import { durationsOf } from "../results/durations";
import { rounded } from "../results/figures";
import type { RallyScenario } from "../results/rally";

const action = z.looseObject({
  name: z.string(),
  started_at: z.number(),
  finished_at: z.number(),
  failed: z.boolean().optional(),
});

const iteration = z.looseObject({
  timestamp: z.number().describe("Unix time of its start, seconds."),
  duration: z.number(),
  idle_duration: z.number(),
  error: z.array(z.unknown()).describe("Class, message, trace; empty: it succeeded."),
  atomic_actions: z.array(action),
  output: z
    .looseObject({
      complete: z.array(z.looseObject({ chart_plugin: z.string().optional(), data: z.unknown() })),
    })
    .optional(),
});
type Iteration = z.infer<typeof iteration>;

const workload = z.looseObject({
  scenario: z.record(z.string(), z.unknown()),
  runner: z.record(z.string(), z.looseObject({ concurrency: z.number().optional() })),
  load_duration: z.number().nullable(),
  data: z.array(iteration),
  failed_iteration_count: z.int(),
  total_iteration_count: z.int(),
  contexts_results: z.array(
    z.looseObject({
      plugin_name: z.string(),
      setup: z.looseObject({ error: z.unknown().optional() }),
    }),
  ),
  sla_results: z.looseObject({
    sla: z.array(z.looseObject({ criterion: z.string(), success: z.boolean(), detail: z.string() })),
  }),
});

/** Rally's report as JSON, format 1.2 (rally/plugins/task/exporters/json_exporter.py, 3.3.0): what is read of it. */
const report = z.looseObject({
  info: z.looseObject({ rally_version: z.string() }),
  tasks: z.array(
    z.looseObject({ status: z.string(), subtasks: z.array(z.looseObject({ workloads: z.array(workload) })) }),
  ),
});

/** What a report says, in our terms. */
export interface RallyReport {
  readonly version: string;
  /** `finished`, or what else became of the task: `crashed`, `aborted`, … */
  readonly status: string;
  readonly scenarios: RallyScenario[];
  /** Its iterations that were traced, in the order of its report. */
  readonly traced: readonly TracedIteration[];
}

/** An iteration that was traced, times in seconds, the start by Unix time. */
export interface TracedIteration {
  readonly scenario: string;
  readonly traceId: string;
  readonly start: number;
  readonly seconds: number;
  readonly failure?: string;
}

/** What Rally says of a trace (rally_openstack/task/scenario.py, 2.2.0). */
const tracedAs = z.looseObject({ trace_id: z.uuid() });

/** Reads a report of Rally. Errors: it is not of the format that is known. */
export function parseRallyReport(text: string): RallyReport {
  const { info, tasks } = report.parse(JSON.parse(text));
  const workloads = tasks.flatMap(({ subtasks }) => subtasks.flatMap(({ workloads: own }) => own));
  return {
    version: info.rally_version,
    status: tasks.map(({ status }) => status).join(", "),
    scenarios: workloads.map(scenarioOf),
    traced: workloads.flatMap(tracedOf),
  };
}

function tracedOf({ scenario, data }: z.infer<typeof workload>): TracedIteration[] {
  const [name = "a scenario without a name"] = Object.keys(scenario);
  return data.flatMap(({ timestamp, duration, idle_duration: idle, error, output }) => {
    const shown = output?.complete.find((one) => one.chart_plugin === "OSProfiler");
    if (shown === undefined) return [];
    const { trace_id: traceId } = tracedAs.parse(shown.data);
    const failure = error.length === 0 ? {} : { failure: error.slice(0, 2).map(String).join(": ") };
    return [{ scenario: name, traceId, start: timestamp, seconds: duration + idle, ...failure }];
  });
}

function scenarioOf(measured: z.infer<typeof workload>): RallyScenario {
  const { scenario, runner, data, sla_results: sla } = measured;
  const [name = "a scenario without a name"] = Object.keys(scenario);
  const [{ concurrency } = {}] = Object.values(runner);
  const succeeded = data.filter(({ error }) => error.length === 0);
  const failed = data.filter(({ error }) => error.length > 0);
  const times = measured.total_iteration_count;
  const failures = measured.failed_iteration_count;
  if (times !== data.length || failures !== failed.length)
    throw new Error(
      `${name}: Rally counts ${times} iterations, ${failures} failed, and lists ${data.length}, ${failed.length} failed`,
    );
  const duration = durationsOf(succeeded.map((one) => one.duration + one.idle_duration));
  return {
    scenario: name,
    times,
    ...(concurrency === undefined ? {} : { concurrency }),
    failures,
    successPercent: times === 0 ? 0 : rounded(100 * (1 - failures / times)),
    loadSeconds: rounded(measured.load_duration ?? 0),
    ...(duration === undefined ? {} : { durationSeconds: duration }),
    actions: actionsOf(data),
    errors: countBy(failed.map(({ error: [kind] }) => String(kind))),
    sla: [
      ...failedContexts(measured),
      ...sla.sla.map(({ criterion, success, detail }) => ({ criterion, passed: success, detail })),
    ],
  };
}

/** Where a context could not be made nothing is executed, and no criterion may say so. */
function failedContexts({ contexts_results: contexts }: z.infer<typeof workload>): RallyScenario["sla"] {
  return contexts
    .filter(({ setup }) => setup.error !== undefined && setup.error !== null)
    .map(({ plugin_name: name, setup }) => ({
      criterion: `context ${name}`,
      passed: false,
      detail: messageOf(setup.error),
    }));
}

function messageOf(error: unknown): string {
  const told = z.looseObject({ etype: z.string(), msg: z.string() }).safeParse(error);
  return told.success ? `${told.data.etype}: ${told.data.msg}` : JSON.stringify(error);
}

/** The actions of iterations by name, in the order in which they were first met; several of a name in one are added up. */
function actionsOf(data: readonly Iteration[]): RallyScenario["actions"] {
  const names = [...new Set(data.flatMap((one) => one.atomic_actions.map(({ name }) => name)))];
  return names.map((name) => {
    const own = data.flatMap(({ error, atomic_actions: all }) => {
      const mine = all.filter((one) => one.name === name);
      if (mine.length === 0) return [];
      const seconds = mine.reduce((sum, { started_at: from, finished_at: to }) => sum + to - from, 0);
      return [{ seconds, failed: mine.some((one) => one.failed === true), ended: error.length > 0 }];
    });
    const duration = durationsOf(own.filter(({ ended }) => !ended).map(({ seconds }) => seconds));
    return {
      name,
      iterations: own.length,
      failures: own.filter(({ failed }) => failed).length,
      ...(duration === undefined ? {} : { durationSeconds: duration }),
    };
  });
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries(counts);
}
