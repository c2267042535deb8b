import { askedLines, horizontal, measuredLines, rareLines, trafficLines, type Arrows } from "./figures";
import {
  boundsOf,
  cornersOf,
  edgeOf,
  lineCrosses,
  pointOn,
  type Box,
  type Line,
  type Point,
  type Size,
} from "./geometry";
import { placeLinkLabels, type LabelledLink } from "./labels";
import { bandsOf, legendOf, type LegendRow } from "./legend";
import type { Picture, PictureFlow, PictureLink, PictureSite } from "./picture";
import { placeSites, serviceRow, type PlacedSite, type SiteStyle } from "./sites";
import { textSize, wrap } from "./text";

/** Sizes of writing, in pixels. */
export const fontSizes = { title: 20, description: 13, name: 14, small: 12 } as const;

/** A line of a label: asked for, measured and as asked or not, or what is told over the link. */
export interface LabelLine {
  readonly text: string;
  readonly kind: "asked" | "good" | "bad" | "traffic";
}

export interface SceneLink extends Line {
  readonly link: PictureLink;
  readonly isBeyondTolerance: boolean;
  readonly losesPackets: boolean;
  /** How wide it is for what is told over it, from 1 to 4; absent: that is not shown. */
  readonly weight?: number | undefined;
  /** Which row of the legend says its figures; absent: its label does. */
  readonly band?: number | undefined;
  readonly label?: { readonly lines: readonly LabelLine[]; readonly box: Box } | undefined;
}

/** What one service tells another, from the row of the one to that of the other. */
export interface SceneFlow {
  readonly flow: PictureFlow;
  readonly from: Point;
  readonly to: Point;
  /** To which side of each end it lies: 1 to the right, -1 to the left. */
  readonly leaves: 1 | -1;
  readonly comes: 1 | -1;
}

/** Everything of a drawing at its place, in pixels. */
export interface Scene {
  readonly size: Size;
  readonly style: SiteStyle;
  readonly header: { readonly title: string; readonly lines: readonly string[]; readonly origin: Point };
  readonly sites: readonly PlacedSite[];
  readonly links: readonly SceneLink[];
  readonly flows: readonly SceneFlow[];
  readonly legend: { readonly rows: readonly LegendRow[]; readonly origin: Point };
}

const border = 24;
const narrowest = 560;
export const legendRowHeight = 20;

/** How much larger than at first the drawing may become, so that every link has its figures beside it. */
const scales = [1, 1.3, 1.7, 2.2];

/** Up to so many links may have their figures in the legend, by name, while the others have them beside them. */
const mostNamedInLegend = 3;

/** Lays out a drawing: sites, then links, then as many figures as there is room for, and a legend for the rest. */
export function layOutScene(picture: Picture): Scene {
  const labelWidths = new Map(
    picture.links.map((link) => [link.name, textSize(texts(linesOf(link)), fontSizes.small).width]),
  );
  const attempt = (scale: number) => {
    const { sites, style } = placeSites(picture, (link) => labelWidths.get(link.name) ?? 0, scale);
    const links = placeLabels(drawLinks(picture.links, sites), sites, style);
    return { sites, style, links, missing: links.filter(({ label }) => !label).length };
  };
  let best = attempt(1);
  for (const scale of best.style === "dots" ? [] : scales) {
    if (best.missing === 0) break;
    const next = attempt(scale);
    if (next.missing < best.missing) best = next;
  }
  const { sites, style, links, missing } = best;
  if (missing === 0 || (missing <= mostNamedInLegend && missing < links.length / 2)) {
    const unlabelled = links.filter(({ label }) => !label).map(({ link }) => link);
    const shortened = links.flatMap(({ link, label }) =>
      label && rareLines(link, horizontal).length > 0 ? [link] : [],
    );
    return compose(picture, style, sites, links, legendOf(picture, style, { unlabelled, shortened }), true);
  }
  const bands = bandsOf(picture.links);
  const banded = links.map(({ label, ...link }, index) => ({
    ...link,
    band: bands.bandOf[index],
    // The legend speaks for most; labels remain for what must not be missed.
    ...(label && link.isBeyondTolerance ? { label } : {}),
  }));
  const missed = banded
    .filter((link) => link.isBeyondTolerance && !("label" in link))
    .map(({ link }) => link);
  // Colours tell links apart then, and cannot tell patterns apart as well.
  return compose(
    picture,
    style,
    sites,
    banded,
    legendOf(picture, style, { bands, unlabelled: missed }),
    false,
  );
}

/** Bends of a link, as shares of its length to either side, the straight line first. */
const bends = [0, 0.1, -0.1, 0.18, -0.18, 0.28, -0.28, 0.4, -0.4];

/** Draws links straight, or bent where they would pass behind a site they do not lead to. */
function drawLinks(links: readonly PictureLink[], sites: readonly PlacedSite[]): SceneLink[] {
  const placed = new Map(sites.map((site) => [site.site.name, site]));
  return links.map((link) => {
    const [a, b] = link.between.map((name) => placed.get(name)?.mark);
    if (!a || !b) throw new Error(`link ${link.name} leads to a site that is not drawn`);
    const others = sites.filter(({ mark }) => mark !== a && mark !== b).map(({ mark }) => grown(mark, 4));
    const lines = bends.map((bend) => lineBetween(a, b, bend));
    const clear = lines.find((line) => !others.some((box) => lineCrosses(line, box)));
    return {
      link,
      ...(clear ?? lineBetween(a, b, 0)),
      isBeyondTolerance: (link.measured?.deviations.length ?? 0) > 0,
      losesPackets: link.there.lossPercent > 0 || link.back.lossPercent > 0,
      ...(link.traffic ? { weight: 1 + Math.round(3 * link.traffic.share) } : {}),
    };
  });
}

function lineBetween(a: Box, b: Box, bend: number): Line {
  if (bend === 0) return { from: edgeOf(a, b), to: edgeOf(b, a) };
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const via = { x: middle.x - (b.y - a.y) * bend, y: middle.y + (b.x - a.x) * bend };
  return { from: edgeOf(a, via), to: edgeOf(b, via), via };
}

function grown(box: Box, by: number): Box {
  return { ...box, width: box.width + 2 * by, height: box.height + 2 * by };
}

function placeLabels(
  links: readonly SceneLink[],
  sites: readonly PlacedSite[],
  style: SiteStyle,
): SceneLink[] {
  const wanted = links.map((link): LabelledLink & { lines: readonly LabelLine[] } => {
    const lines = linesOf(link.link, arrowsOf(link));
    return {
      ...link,
      lines,
      size: textSize(texts(lines), fontSizes.small, link.isBeyondTolerance),
      isUrgent: link.isBeyondTolerance,
    };
  });
  // Among dots, figures would be all one sees: only those that must not be missed are tried.
  const tried = wanted.filter(({ isUrgent }) => style !== "dots" || isUrgent);
  const obstacles = sites.flatMap(({ mark, name }) => [mark, ...(name ? [name.box] : [])]);
  const boxes = placeLinkLabels(tried, wanted, obstacles);
  return links.map((link, index) => {
    const want = wanted[index];
    const box = want && boxes.get(want);
    return want && box ? { ...link, label: { lines: want.lines, box } } : link;
  });
}

/** What is written on a link. */
function linesOf(link: PictureLink, arrows: Arrows = horizontal): LabelLine[] {
  const measured = (link.measured?.deviations.length ?? 0) > 0 ? "bad" : "good";
  return [
    ...askedLines(link, arrows).map((text): LabelLine => ({ text, kind: "asked" })),
    ...measuredLines(link, arrows).map((text): LabelLine => ({ text, kind: measured })),
    ...trafficLines(link, arrows).map((text): LabelLine => ({ text, kind: "traffic" })),
  ];
}

function texts(lines: readonly LabelLine[]): string[] {
  return lines.map(({ text }) => text);
}

/** Signs for there and back as the link lies: from its first site to its second. */
function arrowsOf({ from, to }: Pick<SceneLink, "from" | "to">): Arrows {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  if (Math.abs(dx) >= Math.abs(dy)) return dx >= 0 ? { there: "→", back: "←" } : { there: "←", back: "→" };
  return dy >= 0 ? { there: "↓", back: "↑" } : { there: "↑", back: "↓" };
}

/** Puts header, drawing and legend below each other, and moves everything to where it then is. */
function compose(
  picture: Picture,
  style: SiteStyle,
  sites: readonly PlacedSite[],
  links: readonly SceneLink[],
  rows: readonly LegendRow[],
  showsFlows: boolean,
): Scene {
  const inside = boundsOf([
    ...sites.flatMap(({ mark, name }) => [...cornersOf(mark), ...(name ? cornersOf(name.box) : [])]),
    ...links.flatMap(({ label }) => (label ? cornersOf(label.box) : [])),
    ...links.flatMap((link) => (link.via ? [pointOn(link, 0.5)] : [])),
  ]);
  const rowWidths = rows.map(({ text }) => textSize([text], fontSizes.small).width + 40);
  const width = Math.max(narrowest, inside.width, ...rowWidths);
  const lines = [...wrap(picture.description ?? "", width, fontSizes.description), summaryOf(picture)];
  const headerHeight = fontSizes.title * 1.3 + textSize(lines, fontSizes.description).height + border;
  const [dx, dy] = [border + width / 2 - inside.x, border + headerHeight + inside.height / 2 - inside.y];
  const move = <T extends Point>(point: T): T => ({
    ...point,
    x: round(point.x + dx),
    y: round(point.y + dy),
  });
  const legendTop = border + headerHeight + inside.height + border;
  const placed = sites.map((site) => ({
    ...site,
    mark: move(site.mark),
    ...(site.name ? { name: { ...site.name, box: move(site.name.box) } } : {}),
  }));
  return {
    size: {
      width: Math.ceil(width + 2 * border),
      height: Math.ceil(legendTop + rows.length * legendRowHeight + (rows.length > 0 ? border / 2 : 0)),
    },
    style,
    header: { title: picture.title, lines, origin: { x: border, y: border } },
    sites: placed,
    flows: showsFlows && style === "services" ? placeFlows(picture.flows ?? [], placed) : [],
    links: links.map((link) => ({
      ...link,
      from: move(link.from),
      to: move(link.to),
      ...(link.via ? { via: move(link.via) } : {}),
      ...(link.label ? { label: { ...link.label, box: move(link.label.box) } } : {}),
    })),
    legend: { rows, origin: { x: border, y: legendTop } },
  };
}

/** Rows of the same pair of services lie so far apart, pixels. */
const flowGap = 3;

/** From row to row, at the sides that the sites turn to each other. */
function placeFlows(flows: readonly PictureFlow[], sites: readonly PlacedSite[]): SceneFlow[] {
  const rows = new Map(
    sites.flatMap((site) =>
      site.site.services.map(({ place }, index) => [place, { mark: site.mark, y: serviceRow(site, index) }]),
    ),
  );
  const drawn = new Map<string, number>();
  return flows.flatMap((flow): SceneFlow[] => {
    const [a, b] = [rows.get(flow.from), rows.get(flow.to)];
    if (!a || !b) return [];
    const apart = b.mark.x - a.mark.x;
    const isBeside = Math.abs(apart) > (a.mark.width + b.mark.width) / 2;
    const leaves = isBeside && apart < 0 ? -1 : 1;
    const comes = isBeside && apart > 0 ? -1 : 1;
    const pair = [flow.from, flow.to].sort().join(" ");
    const before = drawn.get(pair) ?? 0;
    drawn.set(pair, before + 1);
    const shift = before * flowGap;
    return [
      {
        ...{ flow, leaves, comes },
        from: { x: round(a.mark.x + (leaves * a.mark.width) / 2), y: round(a.y + shift) },
        to: { x: round(b.mark.x + (comes * b.mark.width) / 2), y: round(b.y + shift) },
      },
    ];
  });
}

/** In a line: how much is drawn. */
export function summaryOf({ sites, links, paths, run }: Picture): string {
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const beyond = (all: readonly { readonly deviations: readonly unknown[] }[]) =>
    `${all.filter(({ deviations }) => deviations.length > 0).length} beyond tolerance`;
  const measured = links.flatMap((link) => link.measured ?? []);
  const parts = [count(sites.length, "site"), count(links.length, "link")];
  if (run) parts.push(`run ${run.number}: ${count(measured.length, "link")} measured, ${beyond(measured)}`);
  if (paths) parts.push(`${count(paths.measured.length, "path")} measured, ${beyond(paths.measured)}`);
  return parts.join(" · ");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export type { PictureSite };
