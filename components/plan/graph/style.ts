/** Colours that keep their distance in lightness, for those who see few hues (Okabe and Ito 2008, darkened or lightened). */
const bands = {
  light: ["#0072b2", "#b35c00", "#00795a", "#a3367b", "#5b6470", "#8a6d00"],
  dark: ["#56b4e9", "#f0a040", "#3fcf9f", "#e58fc4", "#aab4bf", "#e6d650"],
};

interface Colours {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly box: string;
  readonly wire: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly bands: readonly string[];
}

const light: Colours = {
  paper: "#ffffff",
  ink: "#17212b",
  muted: "#51606f",
  box: "#eef3f8",
  wire: "#7a8998",
  accent: "#0b62b8",
  good: "#1b7a34",
  bad: "#c01f1f",
  bands: bands.light,
};

const dark: Colours = {
  paper: "#0f151c",
  ink: "#e8eef4",
  muted: "#a5b3c1",
  box: "#1c2733",
  wire: "#7e8fa0",
  accent: "#6cb4ff",
  good: "#63d181",
  bad: "#ff7b72",
  bands: bands.dark,
};

/** Rules that hold whatever the surroundings. Every selector begins at the drawing, which may stand inside a page. */
const shapes = `
.buswide-graph { font-family: "DejaVu Sans", Verdana, system-ui, sans-serif; font-size: 12px; }
.buswide-graph .heading { font-size: 20px; font-weight: 600; }
.buswide-graph .site-name { font-size: 14px; font-weight: 600; }
.buswide-graph .name { font-size: 11px; paint-order: stroke; stroke-width: 3px; stroke-linejoin: round; }
.buswide-graph .strong { font-weight: 600; }
.buswide-graph .wire { stroke-width: 1.6; fill: none; }
.buswide-graph .reach { stroke: transparent; stroke-width: 12; fill: none; }
.buswide-graph .lossy .wire, .buswide-graph .lossy.link .wire { stroke-dasharray: 6 4; }
.buswide-graph .beyond .wire { stroke-width: 3; }
.buswide-graph .weight-2 .wire { stroke-width: 3; }
.buswide-graph .weight-3 .wire { stroke-width: 4.5; }
.buswide-graph .weight-4 .wire { stroke-width: 6; }
.buswide-graph .flow .wire { stroke-width: 1.3; opacity: 0.85; }
.buswide-graph .label .bad { font-weight: 600; }
.buswide-graph .site .box { stroke-width: 1.2; }
.buswide-graph .site.broker .box { stroke-width: 2; }
.buswide-graph .site .dot { stroke-width: 1.5; }
.buswide-graph .sign { stroke-width: 1.4; }
`;

function colours({ paper, ink, muted, box, wire, accent, good, bad, bands: ofBands }: Colours): string {
  const rules: Record<string, string> = {
    ".paper": `fill: ${paper}`,
    text: `fill: ${ink}`,
    ".muted, .buswide-graph .service": `fill: ${muted}`,
    ".name": `stroke: ${paper}`,
    ".wire": `stroke: ${wire}`,
    ".label rect": `fill: ${paper}`,
    ".site .box": `fill: ${box}; stroke: ${wire}`,
    ".site.broker .box": `stroke: ${accent}`,
    ".site .dot": `fill: ${box}; stroke: ${wire}`,
    ".site.agents .dot": `fill: ${wire}; stroke: ${wire}`,
    ".site.broker .dot": `fill: ${accent}; stroke: ${accent}`,
    ".site .sign": `fill: none; stroke: ${muted}`,
    ".site .sign.full": `fill: ${accent}; stroke: ${accent}`,
    ...Object.fromEntries(
      ofBands.flatMap((colour, band) => [
        [`.band-${band} .wire`, `stroke: ${colour}`],
        [`.flow.band-${band} .head`, `fill: ${colour}`],
      ]),
    ),
    ".traffic": `fill: ${accent}`,
    ".good": `fill: ${good}`,
    ".bad": `fill: ${bad}`,
    ".beyond .wire": `stroke: ${bad}`,
  };
  return Object.entries(rules)
    .map(([selector, declarations]) => `.buswide-graph ${selector} { ${declarations}; }`)
    .join("\n");
}

/** The drawing's style sheet. */
export const styleSheet = `${shapes}${colours(light)}
@media (prefers-color-scheme: dark) {
${colours(dark)}
}
`;
