import type { SpanKind } from "../results/trace";
import { escape } from "../results/html";
import { milliseconds as shown } from "../results/figures";
import type { Trace } from "./analysis";
import { criticalPathOf } from "./criticalPath";
import { inOrder } from "./report";
import type { Span } from "./spans";

const colours: Readonly<Record<SpanKind, string>> = {
  bus: "#c0504d",
  database: "#4f81bd",
  http: "#e0a030",
  service: "#9a9a9a",
};

const style = `
body { font: 13px/1.4 system-ui, sans-serif; margin: 1.5em; color: #222; }
h1 { font-size: 1.2em; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th { text-align: left; font-weight: 600; }
td, th { padding: 1px 6px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
tr:hover { background: #f2f2f2; }
.place { width: 13em; } .took { width: 6em; text-align: right; } .what { width: 38%; }
.line { position: relative; height: 1em; }
.bar { position: absolute; top: 2px; bottom: 2px; min-width: 1px; }
.error { color: #b00; }
.waited td { font-weight: 600; }
label { margin-right: 1.5em; }
.swatch { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
${(Object.keys(colours) as SpanKind[])
  .map((kind) => `body:has(#${kind}:not(:checked)) tr.${kind} { display: none; }`)
  .join("\n")}
`;

/** A trace as a page that needs nothing else: a line a span, below the one that it is part of, along the request's time. */
export function renderPage(title: string, trace: Trace): string {
  const waited = new Set(criticalPathOf(trace).waits.map(({ span }) => span.id));
  const lines = nested(trace.spans).map(({ span, depth }) => line(span, depth, trace, waited.has(span.id)));
  const kinds = (Object.keys(colours) as SpanKind[]).map(
    (kind) =>
      `<label><input type="checkbox" id="${kind}" checked><span class="swatch" style="background:${colours[kind]}"></span>${kind}</label>`,
  );
  const total = shown((trace.end - trace.start) / 1000);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><style>${style}</style></head>
<body><h1>${escape(title)}</h1>
<p>${trace.spans.length} spans; ${total} ms from the request to where its server was seen to be active, which is the width of the last column. Bold is what was waited for one after the other: on the critical path.</p>
<p>${kinds.join("")}</p>
<table><thead><tr><th class="what">what</th><th class="place">where</th><th class="took">from, ms</th><th class="took">took, ms</th><th></th></tr></thead>
<tbody>
${lines.join("\n")}
</tbody></table></body></html>
`;
}

interface Nested {
  readonly span: Span;
  readonly depth: number;
}

/** Each span after the one that it is part of. */
function nested(spans: readonly Span[]): Nested[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = new Map<string, Span[]>();
  for (const span of inOrder(spans)) {
    const parent = ids.has(span.parent) ? span.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const found: Nested[] = [];
  const open = (children.get("") ?? []).map((span): Nested => ({ span, depth: 0 })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    found.push(next);
    const { depth } = next;
    for (const span of [...(children.get(next.span.id) ?? [])].reverse())
      open.push({ span, depth: depth + 1 });
  }
  return found;
}

function line(
  { name, kind, place, start, end, what, error, unfinished }: Span,
  depth: number,
  trace: Trace,
  isWaited: boolean,
) {
  const length = trace.end - trace.start;
  const share = (time: number) => Math.min(100, Math.max(0, (100 * time) / length)).toFixed(3);
  const left = share(start - trace.start);
  const ended = error === undefined ? (unfinished ? " (did not end)" : "") : ` (${error})`;
  const text = escape(`${name}: ${what}${ended}`);
  return (
    `<tr class="${kind}${isWaited ? " waited" : ""}"><td class="what${ended ? " error" : ""}" style="padding-left:${6 + 12 * depth}px" title="${text}">${text}</td>` +
    `<td class="place">${escape(place.name)}</td>` +
    `<td class="took">${shown((start - trace.start) / 1000)}</td><td class="took">${shown((end - start) / 1000)}</td>` +
    `<td><div class="line"><div class="bar" style="left:${left}%;width:${share(end - start)}%;background:${colours[kind]}"></div></div></td></tr>`
  );
}
