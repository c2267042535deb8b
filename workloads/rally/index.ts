import { join } from "path";
import { mustRun, readIn, runAttended, timedOut, writeIn } from "../attended";
import { cloudOf } from "../cloud";
import type { Containers, ExecResult } from "../containers";
import type { ToolHooks } from "../runner/dependencies";
import type { MeasurementInput } from "../runner/input";
import { openWindow } from "../runner/sampling";
import type { RallyFindings } from "../results/rally";
import { mustShareClock } from "../trace/collect";
import type { PlannedRally } from "./input";
import { parseRallyReport, type RallyReport } from "./report";
import { renderEnvironment, renderTask } from "./task";
import { takeTraces } from "./traces";
import { warmUp } from "./warmUp";

/** What `rally task start` exits with when a criterion does not hold. */
const criteriaBroken = 2;
/** What Rally takes besides the task: its environment, its checks, its reports. Seconds. */
const overheadSeconds = 120;
/**
 * Executes a task of Rally in the container at its site, and leaves Rally's own reports. A task whose criteria do not
 * hold is a failed workload with all its figures; one without a report that can be read, with what there is of them.
 *
 * Errors: Rally cannot be started; the disk. When `signal` is aborted, the task is ended.
 */
export async function runRally(
  containers: Containers,
  input: Pick<
    MeasurementInput,
    "sites" | "links" | "controlPlane" | "services" | "clockShared" | "clocksAgree" | "scenario" | "stack"
  >,
  workload: PlannedRally,
  hooks: ToolHooks,
  signal: AbortSignal,
): Promise<RallyFindings> {
  const container = input.sites.find(({ name }) => name === workload.site)?.rally;
  if (container === undefined) throw new Error(`Rally is to ask from ${workload.site}, where it is not`);
  if (workload.traced !== undefined) mustShareClock(input);
  const folder = `task-${workload.name}`;
  await mustRun(containers, container, ["sh", "-c", 'rm -rf "$0" && mkdir -m 0700 "$0"', folder]);
  const cloud = cloudOf(input, workload);
  if (cloud !== undefined && workload.bootsServers) {
    hooks.progress(`a first server on each of ${cloud.hosts.length} hosts`);
    await warmUp(containers, container, cloud, signal);
  }
  const task = renderTask(workload);
  await writeIn(containers, container, `${folder}/task.yaml`, task.text);
  await writeIn(containers, container, `${folder}/arguments.json`, task.arguments);
  await writeIn(
    containers,
    container,
    `${folder}/environment.json`,
    renderEnvironment(cloud, workload.traced !== undefined),
  );
  const startedAt = await openWindow(hooks, signal);
  const timeoutSeconds = workload.timeoutSeconds + overheadSeconds;
  try {
    const run = await runAttended(containers, container, ["rally-run", folder], { timeoutSeconds, signal });
    hooks.windowEnded();
    const durationSeconds = (Date.now() - startedAt.getTime()) / 1000;
    const common = { name: workload.name, kind: "rally", site: workload.site } as const;
    const times = { startedAt: startedAt.toISOString(), durationSeconds };
    if (![0, criteriaBroken].includes(run.exitCode)) {
      const failure = signal.aborted ? "interrupted" : whyEnded(run, workload.timeoutSeconds);
      return { ...common, status: "failed", failure, versions: {}, ...times, scenarios: [], reports: [] };
    }
    const { report, reports, failures } = await takeReports(containers, container, folder, workload, hooks);
    const traces = await takeTraces(containers, input, workload, report, hooks, signal);
    const broken = report && failureOf(report);
    const all = [...failures, ...traces.failures, ...(broken === undefined ? [] : [broken])];
    return {
      ...common,
      status: all.length === 0 ? "complete" : "failed",
      ...(all.length === 0 ? {} : { failure: all.join("; ") }),
      versions: report === undefined ? {} : { rally: report.version },
      ...times,
      scenarios: report?.scenarios ?? [],
      ...(workload.traced === undefined ? {} : { traces: traces.requests }),
      ...(traces.patterns.length === 0 ? {} : { patterns: traces.patterns }),
      reports: [...reports, ...traces.files],
    };
  } finally {
    // Rally keeps what it was told of the cloud in its database.
    await mustRun(containers, container, ["rm", "-rf", folder]);
  }
}

/** What was taken from a container of a task that ended; `failures` says what could not be. */
interface TakenReports {
  readonly report: RallyReport | undefined;
  /** Their paths in the run's folder. */
  readonly reports: string[];
  readonly failures: string[];
}

/** Keeps Rally's reports, and reads what its figures are in. Errors: the disk. */
async function takeReports(
  containers: Containers,
  container: string,
  folder: string,
  { name }: PlannedRally,
  hooks: ToolHooks,
): Promise<TakenReports> {
  const reports: string[] = [];
  const failures: string[] = [];
  let report: RallyReport | undefined;
  const orFailed = async <T>(take: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await take();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push(`Rally's report cannot be read: ${why}`);
      return undefined;
    }
  };
  for (const file of ["report.html", "report.json"]) {
    const text = await orFailed(() => readIn(containers, container, `${folder}/${file}`));
    if (text === undefined) continue;
    const path = join("rally", name, file);
    await hooks.keep(path, text);
    reports.push(path);
    if (file === "report.json") report = await orFailed(() => parseRallyReport(text));
  }
  return { report, reports, failures };
}

/** Why a task counts as failed; undefined: it does not. */
function failureOf({ status, scenarios }: RallyReport): string | undefined {
  const broken = scenarios.flatMap(({ scenario, sla }) =>
    sla
      .filter(({ passed }) => !passed)
      .map(({ criterion, detail }) => `${scenario}: ${criterion}: ${detail}`),
  );
  const reasons = [
    ...(status === "finished" ? [] : [`Rally's task is ${status}`]),
    ...(scenarios.length > 0 ? [] : ["Rally executed nothing"]),
    ...broken,
  ];
  return reasons.length === 0 ? undefined : reasons.join("; ");
}

/** The last lines say what was wrong; those before, how Rally came there. */
function whyEnded({ exitCode, stderr, stdout }: ExecResult, timeoutSeconds: number): string {
  if (exitCode === timedOut) return `the task did not end within ${timeoutSeconds} s`;
  const said = (stderr || stdout)
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "");
  return `Rally ended with code ${exitCode}: ${said.slice(-4).join(" | ")}`;
}
