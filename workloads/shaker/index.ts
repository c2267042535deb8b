import { join } from "path";
import { readIn, runAttended, timedOut, writeIn } from "../attended";
import type { Containers, ExecResult } from "../containers";
import { startBackground, type Background } from "../links/background";
import type { ToolHooks } from "../runner/dependencies";
import type { MeasurementInput } from "../runner/input";
import { openWindow } from "../runner/sampling";
import type { ShakerFindings, ShakerPair } from "../results/shaker";
import { differencesOf } from "./differences";
import type { PlannedPair, PlannedShaker } from "./input";
import { pairOf, type ToolVersions } from "./output";
import { renderShakerScenario, testsOf } from "./scenario";

/** Where Shaker's server listens for its agents. */
const serverPort = 5999;
/** Seconds between two questions of an agent; whole ones, and a test begins two of them after it was given out. */
const pollingSeconds = 1;
/** After so long without a word, an agent counts as lost, seconds. */
const lossSeconds = 30;
/** flent waits before and after its measurement; a test is given out, begun and answered. Seconds. */
const testOverheadSeconds = 20;
const pairOverheadSeconds = 60;

type SiteEnd = { readonly container: string; readonly address: string };

/**
 * Measures the data plane between pairs of sites with Shaker, one pair after the other: an iperf3 server runs at the
 * second site, and an agent at each end (of a spot scenario none). It leaves Shaker's output for each pair, and one
 * report of all. What fails, a test or all of a pair, is told in its pair's record and fails the workload; the others are
 * measured. A report that cannot be made fails it too.
 *
 * Errors: the disk. When `signal` is aborted, what was measured until then is returned.
 */
export async function runShaker(
  containers: Containers,
  input: Pick<MeasurementInput, "sites">,
  workload: PlannedShaker,
  hooks: ToolHooks,
  signal: AbortSignal,
): Promise<ShakerFindings> {
  const folder = join("shaker", workload.name);
  const versions: ToolVersions = {};
  const pairs: ShakerPair[] = [];
  const outputs: { readonly file: string; readonly text: string }[] = [];
  const startedAt = await openWindow(hooks, signal);
  for (const pair of workload.pairs) {
    if (signal.aborted) break;
    hooks.progress(`${pair.between.join(" to ")}, pair ${pairs.length + 1} of ${workload.pairs.length}`);
    const done = await measurePair(containers, input, workload, pair, signal);
    if (done.output !== undefined) {
      const file = join(folder, `${pair.between.join("--")}.json`);
      outputs.push({ file, text: done.output });
      await hooks.keep(file, done.output);
    }
    const found = readPair(workload, pair, done, versions);
    pairs.push(await compared(containers, input, found));
  }
  hooks.windowEnded();
  const durationSeconds = (Date.now() - startedAt.getTime()) / 1000;
  const failures = pairs.flatMap(({ between, failures: all }) =>
    all.map((failure) => `${between.join(" to ")}: ${failure}`),
  );
  const orFailed = async <T>(make: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await make();
    } catch (error) {
      failures.push(inWords(error));
      return undefined;
    }
  };
  const reports = outputs.map(({ file }) => file);
  const [first] = workload.pairs;
  if (outputs.length > 0 && first && !signal.aborted) {
    const texts = outputs.map(({ text }) => text);
    const content = await orFailed(() => renderReport(containers, endAt(input, first.between[0]), texts));
    const page = join(folder, "report.html");
    if (content !== undefined) {
      await hooks.keep(page, content);
      reports.unshift(page);
    }
  }
  const version = await orFailed(() => shakerVersion(containers, input, workload));
  const failure = signal.aborted ? "interrupted" : failures.length > 0 ? failures.join("; ") : undefined;
  return {
    name: workload.name,
    kind: "shaker",
    status: failure === undefined ? "complete" : "failed",
    ...(failure === undefined ? {} : { failure }),
    mode: workload.mode,
    versions: { ...version, ...versions },
    startedAt: startedAt.toISOString(),
    durationSeconds,
    testSeconds: workload.durationSeconds,
    omittedSeconds: workload.omitSeconds,
    pairs,
    reports,
  };
}

/**
 * The most that a connection has on its way in each direction, bytes, as the sites' containers limit it: half of what a
 * receiver may buffer and of what a sender may, as the other half is for what packets take besides (Linux, tcp(7)).
 */
async function windowsOf(
  containers: Containers,
  ends: readonly [SiteEnd, SiteEnd],
): Promise<{ there: number; back: number }> {
  const most = async (end: SiteEnd, limit: string): Promise<number> => {
    const text = await readIn(containers, end.container, `/proc/sys/net/ipv4/${limit}`);
    return Number(text.trim().split(/\s+/)[2]) / 2;
  };
  const way = async (from: SiteEnd, to: SiteEnd): Promise<number> =>
    Math.min(await most(from, "tcp_wmem"), await most(to, "tcp_rmem"));
  return { there: await way(ends[0], ends[1]), back: await way(ends[1], ends[0]) };
}

/** What Shaker wrote of a pair, or why it wrote nothing. */
interface PairOutput {
  readonly output?: string;
  readonly failure?: string;
}

/** Whatever keeps a pair from being measured is why it has no output. */
async function measurePair(
  containers: Containers,
  input: Pick<MeasurementInput, "sites">,
  workload: PlannedShaker,
  pair: PlannedPair,
  signal: AbortSignal,
): Promise<PairOutput> {
  try {
    return await playPair(containers, workload, pair, endsOf(input, pair), signal);
  } catch (error) {
    return { failure: signal.aborted ? "interrupted" : inWords(error) };
  }
}

/** What the output of a pair says; of one that cannot be read, that each of its tests has no figure. */
function readPair(
  workload: PlannedShaker,
  pair: PlannedPair,
  { output, failure }: PairOutput,
  versions: ToolVersions,
): Omit<ShakerPair, "differences"> {
  const tests = testsOf(workload, pair);
  try {
    return pairOf(pair, tests, output, failure, versions);
  } catch (error) {
    return pairOf(pair, tests, undefined, `Shaker's output cannot be read: ${inWords(error)}`, versions);
  }
}

/** A pair beside what its links were asked to be; where that cannot be told, it is one more failure. */
async function compared(
  containers: Containers,
  input: Pick<MeasurementInput, "sites">,
  found: Omit<ShakerPair, "differences">,
): Promise<ShakerPair> {
  try {
    return { ...found, differences: differencesOf(found, await windowsOf(containers, endsOf(input, found))) };
  } catch (error) {
    const failures = [...found.failures, `not compared with its links: ${inWords(error)}`];
    return { ...found, failures, differences: [] };
  }
}

async function playPair(
  containers: Containers,
  workload: PlannedShaker,
  pair: PlannedPair,
  [from, to]: readonly [SiteEnd, SiteEnd],
  signal: AbortSignal,
): Promise<PairOutput> {
  const tests = testsOf(workload, pair);
  const longestSeconds =
    pairOverheadSeconds +
    tests.length * (workload.durationSeconds + workload.omitSeconds + testOverheadSeconds);
  const scenario = renderShakerScenario(workload, pair, [from.address, to.address]);
  await writeIn(containers, from.container, "scenario.json", scenario);
  const helpers: Background[] = [];
  const start = async (end: SiteEnd, command: readonly string[], ready: string): Promise<void> => {
    helpers.push(await startBackground(containers, end.container, command, { ready, longestSeconds }));
  };
  try {
    await start(to, ["iperf3", "--server", "--forceflush"], "Server listening");
    // flent's ping is of ICMP and, as irtt has it, of UDP; without -i 0 the server refuses more than a packet every 10 ms.
    if (workload.tests.includes("ping"))
      await start(to, ["irtt", "server", "-b", to.address, "-i", "0"], "starting");
    const endpoint = `${from.address}:${serverPort}`;
    if (workload.mode === "static-agents")
      for (const [end, site] of [[from, pair.between[0]] as const, [to, pair.between[1]] as const])
        await start(end, agentCommand(site, endpoint), "Connecting to server");
    const command = [
      ...(workload.mode === "spot"
        ? ["shaker-spot"]
        : [
            ...["shaker", "--server-endpoint", endpoint, "--polling-interval", String(pollingSeconds)],
            ...["--agent-join-timeout", String(lossSeconds), "--agent-loss-timeout", String(lossSeconds)],
          ]),
      ...["--scenario", "scenario.json", "--output", "output.json"],
    ];
    const run = await runAttended(
      containers,
      from.container,
      ["sh", "-c", 'rm -f output.json; exec "$0" "$@"', ...command],
      {
        timeoutSeconds: longestSeconds,
        signal,
      },
    );
    if (run.exitCode === 0) return { output: await readIn(containers, from.container, "output.json") };
    return { failure: signal.aborted ? "interrupted" : whyEnded(run, longestSeconds) };
  } finally {
    await Promise.all(helpers.map((helper) => helper.stop()));
  }
}

/** Its log goes to standard error, where nobody would wait for it. */
function agentCommand(site: string, endpoint: string): string[] {
  const agent = [
    ...["shaker-agent", "--server-endpoint", endpoint, "--agent-id", site],
    ...["--polling-interval", String(pollingSeconds)],
    // Without it the agent looks for a folder "None", and ends.
    ...["--agent-dir", "/tmp/shaker"],
    // Without these the agent hands pyzmq a time-out of None, which today's refuses.
    ...["--agent-socket-recv-timeout", String(lossSeconds * 1000)],
    ...["--agent-socket-send-timeout", String(lossSeconds * 1000)],
  ];
  return ["sh", "-c", 'exec "$0" "$@" 2>&1', ...agent];
}

function whyEnded({ exitCode, stderr, stdout }: ExecResult, longestSeconds: number): string {
  if (exitCode === timedOut) return `Shaker did not end within ${longestSeconds} s`;
  const said = (stderr || stdout).trim().split("\n").slice(-3).join(" | ");
  return `Shaker ended with code ${exitCode}: ${said}`;
}

/** Shaker's own report of everything, an HTML page. */
async function renderReport(
  containers: Containers,
  { container }: SiteEnd,
  outputs: readonly string[],
): Promise<string> {
  const files = outputs.map((_, index) => `output-${index + 1}.json`);
  for (const [index, output] of outputs.entries())
    await writeIn(containers, container, files[index] ?? "", output);
  const command = ["shaker-report", "--input", files.join(","), "--report", "report.html"];
  const { exitCode, stderr } = await containers.exec(container, command, { timeoutMs: 120_000 });
  if (exitCode !== 0) throw new Error(`shaker-report ended with code ${exitCode}: ${stderr.trim()}`);
  return readIn(containers, container, "report.html");
}

async function shakerVersion(
  containers: Containers,
  input: Pick<MeasurementInput, "sites">,
  { pairs }: PlannedShaker,
): Promise<Record<string, string>> {
  const [first] = pairs;
  if (first === undefined) return {};
  const script = 'import importlib.metadata; print(importlib.metadata.version("pyshaker"))';
  const { container } = endAt(input, first.between[0]);
  const { exitCode, stdout, stderr } = await containers.exec(container, [
    "/opt/shaker/bin/python",
    "-c",
    script,
  ]);
  if (exitCode !== 0) throw new Error(`the version of Shaker is not known: ${stderr.trim()}`);
  return { shaker: stdout.trim() };
}

function endsOf(
  input: Pick<MeasurementInput, "sites">,
  { between: [from, to] }: Pick<PlannedPair, "between">,
): [SiteEnd, SiteEnd] {
  return [endAt(input, from), endAt(input, to)];
}

function endAt({ sites }: Pick<MeasurementInput, "sites">, site: string): SiteEnd {
  const end = sites.find(({ name }) => name === site)?.shaker;
  if (end === undefined) throw new Error(`Shaker is to measure at ${site}, where it is not`);
  return end;
}

function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
