import { median } from "simple-statistics";
import { milliseconds, missing } from "./figures";
import { newTable, shortened, type Paint } from "./layout";
import type { TraceRecord } from "./schema";
import { spanKind, type SpanKind, type TracedRequest } from "./trace";

/** The tables of where the time of traced requests went, in full and a narrower one; undefined: none were traced. */
export function traceTables(
  records: readonly TraceRecord[] | undefined,
  paint: Paint,
): [string, string] | undefined {
  if (records === undefined || records.every(({ requests }) => requests.length === 0)) return undefined;
  return [traceTable(records, true, paint), traceTable(records, false, paint)];
}

/** A line a kind of span, and one for what no span was open in: medians of the requests that succeeded. */
function traceTable(records: readonly TraceRecord[], wide: boolean, paint: Paint): string {
  const head = ["trace", "request\nms", "kind", "spans", "open\nms", "%", ...(wide ? ["added up\nms"] : [])];
  const table = newTable(head, 1, paint);
  for (const { name, status, totalMs, requests } of records) {
    const good = requests.filter(({ failure }) => failure === undefined);
    if (good.length === 0) continue;
    const middle = (of: (request: TracedRequest) => number) => median(good.map(of));
    const share = (of: (request: TracedRequest) => number) =>
      String(Math.round(middle((request) => (100 * of(request)) / request.totalMs)));
    const shown = status === "failed" ? paint(["bold", "red"], `${shortened(name)} !`) : shortened(name);
    spanKind.options.forEach((kind: SpanKind, index) => {
      const covered = ({ kinds }: TracedRequest) => kinds[kind].coveredMs;
      table.push([
        index === 0 ? shown : "",
        index === 0 ? milliseconds(totalMs.traced?.median) : "",
        kind,
        String(Math.round(middle(({ kinds }) => kinds[kind].spans))),
        milliseconds(middle(covered)),
        share(covered),
        ...(wide ? [milliseconds(middle(({ kinds }) => kinds[kind].selfMs))] : []),
      ]);
    });
    const unseen = ({ unseenMs }: TracedRequest) => unseenMs;
    table.push([
      ...["", "", "none of them", ""],
      milliseconds(middle(unseen)),
      share(unseen),
      ...(wide ? [missing] : []),
    ]);
  }
  return table.toString();
}

/** What lies behind the figures, and which links were waited for: medians as above. */
export function traceSentences(records: readonly TraceRecord[] | undefined): string[] {
  return (records ?? []).flatMap(({ name, requests }) => {
    const good = requests.filter(({ failure }) => failure === undefined);
    if (good.length === 0) return [];
    const links = [...new Set(good.flatMap((request) => request.links.map(({ link }) => link)))];
    return links.map((link) => {
      const figures = good.map((request) => request.links.find((one) => one.link === link));
      const middle = (of: (found: NonNullable<(typeof figures)[number]>) => number) =>
        median(figures.map((found) => (found === undefined ? 0 : of(found))));
      const parts = (["bus", "database", "http"] as const).map(
        (kind) => `${kind} ${milliseconds(middle(({ selfMs }) => selfMs[kind]))} ms`,
      );
      const crossings = Math.round(middle(({ crossings }) => crossings));
      return `${name}: what crossed ${link} (${crossings} times a request, there and back as one) was waited for: ${parts.join(", ")}, added up.`;
    });
  });
}
