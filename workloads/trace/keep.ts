import { join } from "path";
import type { Scenario } from "../../stacks/scenario/schema";
import { escape } from "../results/html";
import { backgroundParts, patternParts } from "../results/patternHtml";
import type { BackgroundFindings, Patterns } from "../results/patterns";
import type { ToolHooks } from "../runner/dependencies";
import type { MeasurementInput } from "../runner/input";

/** What was found of a workload's requests, and of what is told without any. */
interface Found {
  readonly patterns: Patterns | undefined;
  readonly background: BackgroundFindings | undefined;
}

/**
 * Keeps the map as a drawing on the topology, and with its tables as a page that needs nothing else. Returns their paths in the
 * run's folder. Errors: the disk.
 */
export async function keepPatterns(
  hooks: Pick<ToolHooks, "keep">,
  { scenario, stack }: Pick<MeasurementInput, "scenario" | "stack">,
  workload: string,
  { patterns, background }: Found,
): Promise<string[]> {
  if (patterns === undefined && background === undefined) return [];
  const [svg, html] = ["svg", "html"].map((type) => join("traces", workload, `patterns.${type}`));
  if (svg === undefined || html === undefined) return [];
  // A scenario is planned to be drawn, which takes what no other workload needs.
  const { drawPatterns } = await import("./drawing");
  const drawing = drawPatterns(scenario as Scenario, stack, workload, { patterns, background });
  await hooks.keep(svg, drawing);
  await hooks.keep(
    html,
    pageOf(`${stack}, ${workload}: who tells whom what`, drawing, { patterns, background }),
  );
  return [html, svg];
}

const style = `
body { font: 13px/1.45 system-ui, sans-serif; margin: 1.5em; color: #222; background: #fff; }
h1 { font-size: 1.25em; } h2 { font-size: 1.1em; margin-top: 1.6em; }
p { max-width: 60em; }
.drawing svg { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .4em 0 1em; }
th { text-align: left; font-weight: 600; color: #555; }
td, th { padding: 2px 12px 2px 0; border-bottom: 1px solid #ddd; vertical-align: top; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
`;

function pageOf(title: string, drawing: string, { patterns, background }: Found): string {
  const parts = [
    ...(patterns === undefined ? [] : patternParts(patterns, 2)),
    ...(background === undefined ? [] : backgroundParts(background, {}, 2)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><style>${style}</style></head>
<body><h1>${escape(title)}</h1>
<div class="drawing">${drawing}</div>
${parts.join("\n")}
</body></html>
`;
}
