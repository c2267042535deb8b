import { max, median, min } from "simple-statistics";
import { z } from "zod";
import { runAttended, timedOut, writeIn } from "../attended";
import { cloudOf } from "../cloud";
import type { Containers, ExecResult } from "../containers";
import type { TraceHooks } from "../runner/dependencies";
import type { MeasurementInput } from "../runner/input";
import { openWindow } from "../runner/sampling";
import type { BackgroundFindings } from "../results/patterns";
import type { TracedRequest, TraceFindings } from "../results/trace";
import { analyse, milliseconds, type Trace } from "./analysis";
import { collectSpans, keepTrace, mustShareClock, settle } from "./collect";
import type { PlannedTrace } from "./input";
import { keepPatterns } from "./keep";
import { patternsOf, type KnownRequest } from "./patterns";
import { patternsOfRequest, surroundingsOf, type Surroundings } from "./request";
import { readNotifications, spansOf, type Place } from "./spans";
import { watchBackground } from "./watch";

/** What asking takes besides the requests: OpenStack's clients start, a token, what a server is made of. Seconds. */
const startSeconds = 60;
/** What `openstack-trace` says of a request. */
const asked = z.strictObject({
  host: z.string(),
  traced: z.boolean(),
  baseId: z.uuid(),
  spans: z.array(z.unknown()),
  startedAt: z.number().describe("Unix time, seconds."),
  answeredSeconds: z.number().optional(),
  activeSeconds: z.number().optional(),
  error: z.string().optional(),
});
type Asked = z.infer<typeof asked>;

type Input = Pick<
  MeasurementInput,
  "sites" | "links" | "services" | "controlPlane" | "clockShared" | "clocksAgree" | "scenario" | "stack"
>;

/**
 * Watches what services tell each other, asks for servers, traced and untraced in turn, and finds out where the time of those went
 * that were traced, and what was told for them. A request that fails, and a trace that lacks a service, make the workload a
 * failed one with all its figures.
 *
 * Errors: nobody can ask; services read different clocks; the disk. When `signal` is aborted, asking is ended.
 */
export async function runTrace(
  containers: Containers,
  input: Input,
  workload: PlannedTrace,
  hooks: TraceHooks,
  signal: AbortSignal,
): Promise<TraceFindings> {
  const client = input.sites.find(({ name }) => name === workload.site)?.client;
  if (client === undefined) throw new Error(`a user is to ask from ${workload.site}, where there is none`);
  mustShareClock(input);
  const one = (times: number) => ask(containers, input, client, workload, times, signal);
  hooks.progress("a first server on each host");
  const first = await one(0);
  if (!signal.aborted && first.exitCode !== 0) throw new Error(whyEnded(first));
  const surroundings = surroundingsOf(workload, input.links, userAt(workload.site));
  const quiet = await watched(containers, input, workload, surroundings, hooks, signal);
  const startedAt = await openWindow(hooks, signal);
  const run = await one(workload.times);
  hooks.windowEnded();
  const durationSeconds = (Date.now() - startedAt.getTime()) / 1000;
  const requests = readAsked(run.stdout);
  const traced = requests.filter((request) => request.traced);
  await settle(signal);
  const results: TracedRequest[] = [];
  const known: KnownRequest[] = [];
  const reports: string[] = [];
  for (const [index, request] of traced.entries()) {
    hooks.progress(`trace ${index + 1} of ${traced.length}`);
    const trace = await traceOf(containers, input, workload, request);
    const patterns = patternsOfRequest(trace, surroundings);
    const figures = { ...figuresOf(request, trace, workload), critical: patterns.critical };
    results.push(figures);
    if (figures.failure === undefined) known.push({ patterns, ...figures });
    const title = `${workload.name}, request ${index + 1}: from ${workload.site}, a server on ${request.host}`;
    reports.push(...(await keepTrace(hooks, workload.name, index + 1, title, trace)));
  }
  const patterns = patternsOf(known, surroundings);
  reports.push(
    ...(await keepPatterns(hooks, input, workload.name, { patterns, background: quiet.background })),
  );
  const failures = signal.aborted
    ? ["interrupted"]
    : [...quiet.failures, ...(run.exitCode === 0 ? [] : [whyEnded(run)]), ...failuresOf(requests, results)];
  return {
    name: workload.name,
    kind: "trace",
    status: failures.length === 0 ? "complete" : "failed",
    ...(failures.length === 0 ? {} : { failure: failures.join("; ") }),
    site: workload.site,
    versions: {},
    startedAt: startedAt.toISOString(),
    durationSeconds,
    totalMs: totalsOf(requests),
    requests: results,
    ...(patterns === undefined ? {} : { patterns }),
    ...(quiet.background === undefined ? {} : { background: quiet.background }),
    reports,
  };
}

/** What services tell each other when nobody asks anything; where that cannot be found out, why. */
async function watched(
  containers: Containers,
  input: Input,
  { backgroundSeconds }: PlannedTrace,
  surroundings: Surroundings,
  hooks: TraceHooks,
  signal: AbortSignal,
): Promise<{ readonly background: BackgroundFindings | undefined; readonly failures: string[] }> {
  if (backgroundSeconds === 0 || signal.aborted) return { background: undefined, failures: [] };
  // What first servers brought about is over by then.
  await settle(signal);
  try {
    const background = await watchBackground(
      containers,
      input,
      backgroundSeconds,
      surroundings,
      hooks,
      signal,
    );
    return { background, failures: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      background: undefined,
      failures: [`what services tell each other while nobody asks anything is not known: ${why}`],
    };
  }
}

/** Has the user ask so often; 0: each host gets a first server. */
async function ask(
  containers: Containers,
  input: Input,
  client: string,
  workload: PlannedTrace,
  times: number,
  signal: AbortSignal,
): Promise<ExecResult> {
  const { hosts, times: all, timeoutSeconds } = workload;
  const cloud = cloudOf(input, workload);
  if (cloud?.traceKey === undefined) throw new Error("there is no control plane that traces");
  const { url, region, password, traceKey: key } = cloud;
  // Hosts beyond the number of requests get none.
  const names = hosts.slice(0, all).map(({ name }) => name);
  const told = "trace.json";
  await writeIn(
    containers,
    client,
    told,
    JSON.stringify({ url, region, password, key, hosts: names, times, timeoutSeconds }),
  );
  try {
    const servers = times === 0 ? names.length : 2 * times;
    return await runAttended(containers, client, ["sh", "-c", `exec openstack-trace < ${told}`], {
      // Each may take as long to come, and as long to go.
      timeoutSeconds: startSeconds + servers * 2 * timeoutSeconds,
      signal,
    });
  } finally {
    const { exitCode, stderr } = await containers.exec(client, ["rm", "-f", told]);
    if (exitCode !== 0) throw new Error(`${client}: ${told}: ${stderr.trim()}`);
  }
}

/** Lines of requests; where it was ended, the last may be cut off. Errors: a line is none. */
function readAsked(stdout: string): Asked[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => asked.parse(JSON.parse(line)));
}

/** A request's spans, those of the user with the services'. Errors: a container is gone. */
async function traceOf(
  containers: Containers,
  input: Input,
  workload: PlannedTrace,
  request: Asked,
): Promise<Trace> {
  const { site } = workload;
  const spans = [
    ...spansOf(userAt(site), readNotifications(request.spans)),
    ...(await collectSpans(containers, input, workload, request.baseId)),
  ];
  const start = request.startedAt * 1e6;
  const seconds = request.activeSeconds ?? request.answeredSeconds;
  // Of one that failed it is not known when.
  const last = spans.reduce((most, { end }) => Math.max(most, end), start);
  return { start, end: seconds === undefined ? last : start + seconds * 1e6, spans };
}

/** Whoever asks at a site, by their container. */
function userAt(site: string): Place {
  return { name: `${site}/client`, site };
}

function figuresOf(request: Asked, trace: Trace, workload: PlannedTrace): TracedRequest {
  const { host, baseId, error, answeredSeconds } = request;
  const site = workload.hosts.find(({ name }) => name === host)?.site;
  const fleet = workload.computes.filter((one) => one.site === site);
  return {
    host,
    traceId: baseId,
    ...(error === undefined ? {} : { failure: error }),
    ...(answeredSeconds === undefined ? {} : { answeredMs: milliseconds(answeredSeconds * 1e6) }),
    totalMs: milliseconds(trace.end - trace.start),
    ...analyse(trace, workload, [...workload.services, ...fleet]),
  };
}

function failuresOf(requests: readonly Asked[], results: readonly TracedRequest[]): string[] {
  return [
    ...requests.flatMap(({ host, traced, error }) =>
      error === undefined ? [] : [`a server on ${host}${traced ? ", traced" : ""}: ${error}`],
    ),
    // One that failed did not come to all services.
    ...results.flatMap(({ missing, failure }, index) =>
      missing.length === 0 || failure !== undefined
        ? []
        : [`trace ${index + 1} has nothing of ${missing.join(", ")}`],
    ),
  ];
}

function totalsOf(requests: readonly Asked[]): TraceFindings["totalMs"] {
  const of = (which: boolean) =>
    spreadOf(
      requests.flatMap(({ traced, activeSeconds }) =>
        traced === which && activeSeconds !== undefined ? [activeSeconds * 1000] : [],
      ),
    );
  const [traced, untraced] = [of(true), of(false)];
  return { ...(traced && { traced }), ...(untraced && { untraced }) };
}

/** Undefined: there are no values. */
function spreadOf(values: readonly number[]): TraceFindings["totalMs"]["traced"] {
  if (values.length === 0) return undefined;
  const [least, middle, most] = [min, median, max].map((of) => milliseconds(1000 * of([...values])));
  return { requests: values.length, min: least ?? 0, median: middle ?? 0, max: most ?? 0 };
}

/** The last lines say what was wrong. */
function whyEnded({ exitCode, stderr }: ExecResult): string {
  if (exitCode === timedOut) return "the servers did not come and go in time";
  const said = stderr
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "");
  return `asking for servers ended with code ${exitCode}: ${said.slice(-3).join(" | ")}`;
}
