import type { Span } from "./spans";
import type { Trace } from "./analysis";

/** A span in OSProfiler's report. */
interface ReportNode {
  readonly info: Readonly<Record<string, unknown>>;
  readonly trace_id: string;
  readonly parent_id: string;
  readonly children: ReportNode[];
}

/**
 * The trace as OSProfiler itself reports it (osprofiler/drivers/base.py, 3.4.3), times in whole milliseconds since its first
 * span's start, so that `osprofiler trace show --html` and other programs read it; `place` is added to each span's `info`.
 */
export function renderReport({ spans }: Pick<Trace, "spans">): string {
  const first = spans.reduce((least, { start }) => Math.min(least, start), Infinity);
  const since = (time: number) => Math.trunc((time - first) / 1000);
  const nodes = new Map(spans.map((span) => [span.id, nodeOf(span, since)]));
  const roots: ReportNode[] = [];
  for (const span of inOrder(spans)) {
    const node = nodes.get(span.id);
    if (node) (nodes.get(span.parent)?.children ?? roots).push(node);
  }
  const stats: Record<string, { count: number; duration: number }> = {};
  for (const { name, start, end } of spans) {
    const kind = (stats[name] ??= { count: 0, duration: 0 });
    kind.count += 1;
    kind.duration += since(end) - since(start);
  }
  const info = {
    name: "total",
    started: 0,
    finished: since(spans.reduce((most, { end }) => Math.max(most, end), first)),
    last_trace_started: since(spans.reduce((most, { start }) => Math.max(most, start), first)),
  };
  return `${JSON.stringify({ info, children: roots, stats }, undefined, 1)}\n`;
}

/** By their starts; of two at once, the one that holds the other first. */
export function inOrder(spans: readonly Span[]): Span[] {
  return [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
}

function nodeOf(
  { id, parent, name, place, start, end, error, notifications }: Span,
  since: (time: number) => number,
): ReportNode {
  const [told] = notifications;
  return {
    info: {
      name,
      project: told?.project,
      service: told?.service,
      host: told?.info.host,
      place: place.name,
      started: since(start),
      finished: since(end),
      exception: error ?? "None",
      ...Object.fromEntries(notifications.map((one) => [`meta.raw_payload.${one.name}`, one])),
    },
    trace_id: id,
    parent_id: parent,
    children: [],
  };
}
