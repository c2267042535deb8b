import type { Containers } from "../containers";
import type { TracedRequest } from "../results/trace";
import type { ToolHooks } from "../runner/dependencies";
import type { MeasurementInput } from "../runner/input";
import { analyse, milliseconds } from "../trace/analysis";
import { collectSpans, keepTrace, settle } from "../trace/collect";
import type { PlannedRally } from "./input";
import type { RallyReport } from "./report";

/** What became of the traces of a task; `failures` says what could not be found out. */
interface TakenTraces {
  readonly requests: TracedRequest[];
  /** Their paths in the run's folder. */
  readonly files: string[];
  readonly failures: string[];
}

/** Where the time of traced iterations went; none where they were not to be traced, or nobody knows of any. */
export async function takeTraces(
  containers: Containers,
  input: Pick<MeasurementInput, "services">,
  { name, traced }: PlannedRally,
  report: RallyReport | undefined,
  hooks: ToolHooks,
  signal: AbortSignal,
): Promise<TakenTraces> {
  const taken: TakenTraces = { requests: [], files: [], failures: [] };
  if (traced === undefined || report === undefined) return taken;
  const { scenarios, traced: iterations } = report;
  if (iterations.length === 0 && scenarios.some(({ times }) => times > 0))
    taken.failures.push("Rally traced none of its iterations");
  await settle(signal);
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
      taken.requests.push({ ...common, totalMs, ...analyse(trace, traced, []) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      taken.failures.push(`trace ${number} cannot be read: ${why}`);
    }
  }
  return taken;
}
