import { overlap, type Box, type Size } from "./geometry";
import { placeName } from "./labels";
import {
  apart,
  byStress,
  geographic,
  inLine,
  radialTree,
  type Placeable,
  type Positions,
  type RadialPoint,
} from "./layout";
import type { Picture, PictureLink, PictureSite } from "./picture";
import { besidesGateway } from "./services";
import { lineHeight, textSize, textWidth, wrap } from "./text";

/** How much of a site is drawn: all its services, those that differ from site to site, or a dot. */
export type SiteStyle = "services" | "names" | "dots";

/** A site at its place. */
export interface PlacedSite {
  readonly site: PictureSite;
  /** The box or the dot that links lead to. */
  readonly mark: Box;
  /** The name beside a dot, turned where it says so; absent: it stands in the box. */
  readonly name?: { readonly box: Box; readonly readsInwards: boolean } | undefined;
  /** What is written in the box below the name. */
  readonly lines: readonly string[];
}

/** Up to so many sites there is room for all services, and for boxes at all. */
const mostWithServices = 12;
const mostWithBoxes = 40;

const nameSize = 14;
const smallSize = 12;
const dotNameSize = 11;
const padding = 10;
/** Services in one box of many are broken into lines of at most so many pixels. */
const mostWide = 220;
export const serviceIndent = 16;

/** Where a row of a site's services is written, from the top of the drawing. */
export function serviceBaseline({ y, height }: Box, row: number): number {
  const top = y - height / 2 + 7 + nameSize * 1.3;
  return top + (row + 0.95) * smallSize * lineHeight;
}

/** The middle of such a row. */
export function serviceRow({ mark }: Pick<PlacedSite, "mark">, row: number): number {
  return serviceBaseline(mark, row) - 4;
}

/**
 * Places sites: on a map if each has a place, on rings if there are many and their links are a tree, and by their
 * links otherwise.
 * @param labelWidth Room that the figures of a link want, in pixels.
 * @param scale How far sites are from each other: more leaves more room for figures.
 */
export function placeSites(
  picture: Picture,
  labelWidth: (link: PictureLink) => number,
  scale: number,
): { readonly sites: PlacedSite[]; readonly style: SiteStyle } {
  const count = picture.sites.length;
  const style = count <= mostWithServices ? "services" : count <= mostWithBoxes ? "names" : "dots";
  const isMap = picture.sites.every(({ at }) => at);
  const longest = Math.max(...picture.sites.map(({ name }) => textWidth(name, dotNameSize)));
  const rings =
    style === "dots" && !isMap
      ? radialTree(picture.sites, picture.links, {
          across: dotNameSize * lineHeight + 3,
          along: longest + 30,
        })
      : undefined;
  if (rings) return { sites: onRings(picture, rings), style };
  const sized = picture.sites.map((site) => ({ site, ...bodyOf(site, style) }));
  const positions = positionsOf(
    picture,
    sized.map(({ site, size }) => ({ name: site.name, at: site.at, ...size })),
    { labelWidth, scale, style },
  );
  return {
    style,
    sites: sized.map(({ site, size, lines }) => {
      const centre = positions.get(site.name) ?? { x: 0, y: 0 };
      if (style !== "dots") return { site, mark: { ...centre, ...size }, lines };
      // The dot is above its name, and both together are what was placed.
      const dot = dotSize(site);
      const text = textSize([site.name], dotNameSize);
      return {
        site,
        mark: { x: centre.x, y: centre.y - size.height / 2 + dot / 2, width: dot, height: dot },
        name: {
          box: { x: centre.x, y: centre.y + size.height / 2 - text.height / 2, ...text },
          readsInwards: false,
        },
        lines,
      };
    }),
  };
}

interface Spacing {
  readonly labelWidth: (link: PictureLink) => number;
  readonly scale: number;
  readonly style: SiteStyle;
}

/** Rings are drawn as ellipses by this factor: boxes and screens are wider than high. */
const wider = 1.5;

function positionsOf(
  { sites, links }: Picture,
  placeable: readonly Placeable[],
  { labelWidth, scale, style }: Spacing,
): Positions {
  const count = sites.length;
  const located = placeable.flatMap((site) => (site.at ? [{ ...site, at: site.at }] : []));
  if (located.length === count) return geographic(located, 330 * Math.sqrt(count) * scale);
  // Many links could not be long enough for their figures without the drawing becoming a wall.
  const withFigures = style === "services" || (style === "names" && links.length <= 2 * count);
  if (style === "names") {
    const labels = links.map(labelWidth);
    const rings = radialTree(sites, links, {
      across: Math.max(62, 0.67 * usualWidth(placeable)) * scale,
      along: (110 + Math.max(0, ...labels) * 0.6) * scale,
    });
    if (rings)
      return apart(placeable, new Map([...rings].map(([name, { x, y }]) => [name, { x: x * wider, y }])));
  }
  const widths = new Map(placeable.map(({ name, width }) => [name, width]));
  const springs = links.map((link) => {
    const [a = 0, b = 0] = link.between.map((name) => widths.get(name));
    return {
      between: link.between,
      length: ((a + b) / 2 + (withFigures ? labelWidth(link) + 28 : style === "dots" ? 90 : 50)) * scale,
    };
  });
  return (style === "services" && inLine(placeable, springs)) || byStress(placeable, springs);
}

/** What half of the boxes have at most. */
function usualWidth(boxes: readonly Size[]): number {
  const widths = boxes.map(({ width }) => width).sort((a, b) => a - b);
  return widths[Math.floor(widths.length / 2)] ?? 0;
}

function bodyOf(
  site: PictureSite,
  style: SiteStyle,
): { readonly size: Size; readonly lines: readonly string[] } {
  if (style === "dots") {
    const name = textSize([site.name], dotNameSize);
    return { size: { width: name.width, height: name.height + dotSize(site) + 2 }, lines: [] };
  }
  const lines =
    style === "services"
      ? site.services.map(({ name }) => name)
      : wrap(besidesGateway(site).join(", "), mostWide, smallSize);
  const text = textSize(lines, smallSize);
  const indent = style === "services" ? serviceIndent : 0;
  return {
    lines,
    size: {
      width: Math.max(72, textWidth(site.name, nameSize, true), text.width + indent) + 2 * padding,
      height: nameSize * lineHeight + text.height + padding * 1.4,
    },
  };
}

function dotSize({ hasBroker, services }: PictureSite): number {
  return hasBroker ? 16 : services.length > 1 ? 11 : 8;
}

/** Dots on rings: outer names point away from the middle, names on the way stand where there is room. */
function onRings(picture: Picture, rings: ReadonlyMap<string, RadialPoint>): PlacedSite[] {
  const dots = picture.sites.map((site) => {
    const { x = 0, y = 0, degrees = 0, isLeaf = true } = rings.get(site.name) ?? {};
    const dot = dotSize(site);
    return { site, degrees, isLeaf, mark: { x, y, width: dot, height: dot } };
  });
  const marks = new Map(dots.map(({ site, mark }) => [site.name, mark]));
  const lines = picture.links.flatMap(({ between: [a, b] }) => {
    const [from, to] = [marks.get(a), marks.get(b)];
    return from && to ? [{ from, to }] : [];
  });
  const leaves = dots.map((dot) => (dot.isLeaf ? outwards(dot) : undefined));
  const taken: Box[] = [...marks.values(), ...leaves.flatMap((name) => (name ? [name.box] : []))];
  return dots.map(({ site, mark, degrees, isLeaf }, index) => {
    let name: PlacedSite["name"] = leaves[index];
    if (!isLeaf) {
      const size = textSize([site.name], dotNameSize);
      const along = outwards({ site, mark, degrees });
      // Beside the dot; else along the ray, if nothing is there; else in the tooltip only.
      const box = placeName(mark, size, taken, lines);
      const clear = !taken.some((other) => other !== mark && overlap(along.box, other));
      name = box ? { box, readsInwards: false } : clear ? along : undefined;
      if (name) taken.push(name.box);
    }
    return { site, mark, lines: [], ...(name ? { name } : {}) };
  });
}

/** A name that begins at its dot and points away from the middle, never upside down. */
function outwards({ site, mark, degrees }: { site: PictureSite; mark: Box; degrees: number }) {
  const size = textSize([site.name], dotNameSize);
  const angle = (degrees * Math.PI) / 180;
  const distance = mark.width / 2 + 4 + size.width / 2;
  const readsInwards = Math.cos(angle) < -1e-9;
  return {
    box: {
      ...size,
      x: mark.x + Math.cos(angle) * distance,
      y: mark.y + Math.sin(angle) * distance,
      degrees: readsInwards ? degrees + 180 : degrees,
    },
    readsInwards,
  };
}
