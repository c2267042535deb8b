import { exchangePattern, type ExchangePattern } from "../../../workloads/results/patterns";
import { allAskedLines, horizontal, measuredLines, milliseconds, rareLines } from "./figures";
import { pathLines } from "./pathLines";
import type { Picture, PictureLink, PictureSite } from "./picture";
import { besidesGateway } from "./services";
import type { SiteStyle } from "./sites";

/** How a row of the legend shows what it speaks of. */
export type LegendSign =
  | { readonly kind: "band"; readonly band: number }
  | { readonly kind: "lossy" | "beyond" | "broker" | "agents" | "site" | "text" | "good" | "bad" };

export interface LegendRow {
  readonly sign: LegendSign;
  readonly text: string;
}

/** Links sorted into few kinds, each with a colour of its own. */
export interface Bands {
  /** The band of each link, in the links' order. */
  readonly bandOf: readonly number[];
  readonly names: readonly string[];
}

/** More colours than that nobody tells apart. */
export const mostBands = 6;

/** Sorts links by what is asked of them if there are few kinds of it, and otherwise by round-trip delay, into equal parts. */
export function bandsOf(links: readonly PictureLink[]): Bands {
  const kinds = links.map((link) => allAskedLines(link, horizontal).join(", "));
  const names = [...new Set(kinds)];
  if (names.length <= mostBands) return { bandOf: kinds.map((kind) => names.indexOf(kind)), names };
  const delays = links.map(({ there, back }) => there.delayMs + back.delayMs);
  const sorted = [...delays].sort((a, b) => a - b);
  const limits = Array.from(
    { length: mostBands },
    (_, band) => sorted[Math.ceil(((band + 1) * sorted.length) / mostBands) - 1] ?? 0,
  );
  const bandOf = delays.map((delay) => limits.findIndex((limit) => delay <= limit));
  return {
    bandOf,
    names: limits.map((limit, band) => {
      const within = delays.filter((_, index) => bandOf[index] === band);
      const [least, most] = [milliseconds(Math.min(...within)), milliseconds(limit)];
      return `round trip ${least === most ? most : `${least} to ${most}`}`;
    }),
  };
}

/** Up to so many links are listed with their figures. */
const mostListed = 6;

/** Up to so many paths are listed. */
const mostPaths = 6;

/** Up to so many kinds of sites with services are told apart. */
const mostKindsOfSites = 3;

/** The rows of the legend: what colours and signs mean, and what is not shown beside each link or site. */
export function legendOf(
  picture: Picture,
  style: SiteStyle,
  {
    bands,
    unlabelled = [],
    shortened = [],
  }: {
    readonly bands?: Bands;
    readonly unlabelled?: readonly PictureLink[];
    /** Links beside which not everything stands. */
    readonly shortened?: readonly PictureLink[];
  },
): LegendRow[] {
  const rows: LegendRow[] = (bands?.names ?? []).flatMap((name, band) => {
    const count = bands?.bandOf.filter((of) => of === band).length ?? 0;
    return count === 0
      ? []
      : [
          {
            sign: { kind: "band" as const, band },
            text: `${name} (${count} ${count === 1 ? "link" : "links"})`,
          },
        ];
  });
  for (const link of unlabelled.slice(0, mostListed)) {
    const figures = [...allAskedLines(link, horizontal), ...measuredLines(link, horizontal)];
    rows.push({ sign: { kind: "text" }, text: `${link.between.join(" → ")}: ${figures.join(", ")}` });
  }
  if (unlabelled.length > mostListed)
    rows.push({
      sign: { kind: "text" },
      text: `… and ${unlabelled.length - mostListed} more: point at them`,
    });
  for (const text of shortenedTexts(shortened)) rows.push({ sign: { kind: "text" }, text });
  const { links, sites, run } = picture;
  if (links.some(({ there, back }) => there.lossPercent > 0 || back.lossPercent > 0))
    rows.push({ sign: { kind: "lossy" }, text: "loses packets" });
  if (links.some(({ measured }) => measured && measured.deviations.length > 0))
    rows.push({ sign: { kind: "beyond" }, text: "✗ measured beyond tolerance" });
  if (style === "dots") {
    const broker = sites.find(({ hasBroker }) => hasBroker);
    if (broker)
      rows.push({ sign: { kind: "broker" }, text: `site with ${besidesGateway(broker).join(", ")}` });
    for (const text of sitesInWords(sites)) rows.push({ sign: { kind: "agents" }, text });
  }
  if (style !== "services")
    rows.push({
      sign: { kind: style === "dots" ? "site" : "text" },
      text: `every site has a gateway${bands ? "; point at a link for its figures" : ""}`,
    });
  else if (bands) rows.push({ sign: { kind: "text" }, text: "point at a link for its figures" });
  if (run && run.otherFigures > 0)
    rows.push({
      sign: { kind: "text" },
      text: `run ${run.number} measured ${run.otherFigures} of the links with other figures than these: measure again`,
    });
  if (!bands && style === "services") rows.push(...patternRows(picture));
  for (const text of picture.notes ?? []) rows.push({ sign: { kind: "text" }, text });
  if (picture.paths) {
    const { summary, lines } = pathLines(picture.paths, mostPaths);
    rows.push({ sign: { kind: "text" }, text: summary });
    for (const { text, isBeyondTolerance } of lines)
      rows.push({ sign: { kind: isBeyondTolerance ? "bad" : "good" }, text });
  }
  return rows;
}

/** Each pattern has a colour of its own, whichever are drawn. */
export function bandOfPattern(pattern: ExchangePattern): number {
  return exchangePattern.options.indexOf(pattern);
}

/** What the colours of arrows mean. */
function patternRows({ flows = [] }: Picture): LegendRow[] {
  return exchangePattern.options.flatMap((pattern) =>
    flows.some((flow) => flow.pattern === pattern)
      ? [{ sign: { kind: "band" as const, band: bandOfPattern(pattern) }, text: pattern }]
      : [],
  );
}

/** What is missing beside links, once for all that lack the same. */
function shortenedTexts(links: readonly PictureLink[]): string[] {
  const byText = new Map<string, PictureLink[]>();
  for (const link of links) {
    const text = rareLines(link, horizontal).join(", ");
    if (text !== "") byText.set(text, [...(byText.get(text) ?? []), link]);
  }
  const texts = [...byText].map(([text, of]) => {
    const which = of.length === 1 ? of[0]?.between.join(" → ") : `${of.length} links`;
    return `… of ${which}: ${text}`;
  });
  const more = texts.length - mostListed;
  return more > 0 ? [...texts.slice(0, mostListed), "… of more links: point at them"] : texts;
}

/** Sites without a part of the bus that have more than a gateway, by what they have. */
function sitesInWords(sites: readonly PictureSite[]): string[] {
  const counts = new Map<string, number>();
  for (const site of sites) {
    const services = besidesGateway(site).join(", ");
    if (services !== "" && !site.hasBroker) counts.set(services, (counts.get(services) ?? 0) + 1);
  }
  const all = [...counts];
  const rest = all.slice(mostKindsOfSites).reduce((sum, [, count]) => sum + count, 0);
  return [
    ...all.slice(0, mostKindsOfSites).map(([services, count]) => `site with ${services} (${count})`),
    ...(rest > 0 ? [`and ${rest} sites with other services: point at them`] : []),
  ];
}
