import { escape } from "../../workloads/results/html";
import { plotColours } from "./draw";

export { escape, list, section, table } from "../../workloads/results/html";

/** A drawing for wide pages and one for narrow ones, of which the page shows the one that fits. */
export function figure(drawing: { wide: string; narrow: string }, title: string, caption: string): string {
  return `<figure><h4>${escape(title)}</h4><div class="wide">${drawing.wide}</div><div class="narrow">${drawing.narrow}</div><figcaption>${escape(caption)}</figcaption></figure>`;
}

/** A whole page, which needs nothing but itself: no network, no script. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escape(title)}</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;
}

const styleSheet = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #17212b; --muted: #51606f; --line: #d9e0e7; --box: #f4f7fa; --accent: #0b62b8; ${plotColours.light} }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0f151c; --ink: #e8eef4; --muted: #a5b3c1; --line: #33404d; --box: #18212b; --accent: #6cb4ff; ${plotColours.dark} }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 "DejaVu Sans", Verdana, system-ui, sans-serif; overflow-wrap: break-word; }
main { max-width: 1400px; margin: 0 auto; padding: 1.5rem clamp(0.8rem, 3vw, 2.5rem) 4rem; }
h1 { font-size: clamp(1.3rem, 3.5vw, 2rem); line-height: 1.25; max-width: 32em; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 0.6rem; padding-top: 0.8rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 1.6rem 0 0.4rem; }
h4 { font-size: 1rem; margin: 0 0 0.4rem; }
p, li { max-width: 46em; }
.muted, figcaption { color: var(--muted); font-size: 0.85rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 600px), 1fr)); gap: 1rem; }
figure { margin: 0; padding: 0.9rem; background: var(--box); border: 1px solid var(--line); border-radius: 6px; min-width: 0; }
figure svg, .topology svg { max-width: 100%; height: auto; display: block; }
.topology { border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; padding: 0.5rem; }
.topology svg { max-height: 32rem; margin: 0 auto; }
.narrow { display: none; }
@media (max-width: 640px) { .wide { display: none; } .narrow { display: block; } .topology svg { max-width: none; } body { font-size: 15px; } }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; margin: 0.4rem 0 1rem; }
th, td { padding: 0.25rem 0.7rem 0.25rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
th { color: var(--muted); font-weight: normal; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; background: var(--box); padding: 0.8rem; border-radius: 6px; font-size: 0.8rem; }
code { font-family: "DejaVu Sans Mono", ui-monospace, monospace; }
summary { cursor: pointer; color: var(--accent); }
@media print { .wide { display: block; } .narrow { display: none; } figure { break-inside: avoid; } }
`;
