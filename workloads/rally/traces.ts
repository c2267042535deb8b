import { join } from "path";
import type { Containers } from "../containers";
import type { Patterns } from "../results/patterns";
import type { TracedRequest } from "../results/trace";
import type { ToolHooks } from "../runner/dependencies";
import type { MeasurementInput } from "../runner/input";
import { analyse, milliseconds } from "../trace/analysis";
import { collectSpans, keepTrace, settle } from "../trace/collect";
import { keepPatterns } from "../trace/keep";
import { patternsOf, type KnownRequest } from "../trace/patterns";
import { patternsOfRequest, surroundingsOf } from "../trace/request";
import type { PlannedRally } from "./input";
import type { RallyReport } from "./report";

/** What became of the traces of a task; `failures` says what could not be found out. */
interface TakenTraces {
  readonly requests: TracedRequest[];
  /** Of each scenario of which an iteration succeeded. */
  readonly patterns: Patterns[];
  /** Their paths in the run's folder. */
  readonly files: string[];
  readonly failures: string[];
}

/** Where the time of traced iterations went; none where they were not to be traced, or nobody knows of any. */
export async function takeTraces(
  containers: Containers,
  input: Pick<MeasurementInput, "services" | "links" | "scenario" | "stack">,
  { name, site, traced }: PlannedRally,
  report: RallyReport | undefined,
  hooks: ToolHooks,
  signal: AbortSignal,
): Promise<TakenTraces> {
  const taken: TakenTraces = { requests: [], patterns: [], files: [], failures: [] };
  if (traced === undefined || report === undefined) return taken;
  const { scenarios, traced: iterations } = report;
  if (iterations.length === 0 && scenarios.some(({ times }) => times > 0))
    taken.failures.push("Rally traced none of its iterations");
  await settle(signal);
  const surroundings = surroundingsOf(traced, input.links, { name: `${site}/rally`, site });
  const known = new Map<string, KnownRequest[]>();
  for (const [index, { scenario, traceId, start, seconds, failure }] of iterations.entries()) {
    const number = index + 1;
    hooks.progress(`trace ${number} of ${iterations.length}`);
    try {
      const spans = await collectSpans(containers, input, traced, traceId);
      if (spans.length === 0) throw new Error("no service has a span of it");
      const trace = { start: start * 1e6, end: (start + seconds) * 1e6, spans };
      const title = `${name}, iteration ${number}: ${scenario}`;
      taken.files.push(...(await keepTrace(hooks, name, number, title, trace)));
      const common = { traceId, scenario, ...(failure === undefined ? {} : { failure }) };
      const totalMs = milliseconds(trace.end - trace.start);
      // Which services a scenario goes through is the scenario's affair.
      const figures = analyse(trace, traced, []);
      const patterns = patternsOfRequest(trace, surroundings);
      taken.requests.push({ ...common, totalMs, ...figures, critical: patterns.critical });
      if (failure === undefined)
        known.set(scenario, [...(known.get(scenario) ?? []), { patterns, ...figures }]);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      taken.failures.push(`trace ${number} cannot be read: ${why}`);
    }
  }
  for (const [scenario, all] of known) {
    const patterns = patternsOf(all, surroundings);
    if (patterns === undefined) continue;
    taken.patterns.push({ scenario, ...patterns });
    // A task of several scenarios has several maps.
    const folder = known.size === 1 ? name : join(name, scenario);
    taken.files.push(...(await keepPatterns(hooks, input, folder, { patterns, background: undefined })));
  }
  return taken;
}
