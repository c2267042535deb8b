import { geoAzimuthalEqualArea, geoCentroid, type GeoPermissibleObjects } from "d3-geo";
import { hierarchy, tree, type HierarchyPointNode } from "d3-hierarchy";
import { Layout, Rectangle, removeOverlaps } from "webcola";
import type { Place } from "../../../stacks/scenario/links/geography";
import type { Point, Size } from "./geometry";

/** A site to be placed. */
export interface Placeable extends Size {
  readonly name: string;
  readonly at?: Place | undefined;
}

/** A link between two sites, and how long it should be at least to have room for what is written on it. */
export interface Spring {
  readonly between: readonly [string, string];
  readonly length: number;
}

/** Where sites lie, by name. */
export type Positions = Map<string, Point>;

/** Steps of stress majorization; a few dozen are enough for all but long lines. */
const iterations = 300;

/** Room left between sites. */
const margin = 14;

/**
 * Places sites as on a map: equal-area projection around their middle, then moved apart where they would overlap.
 * @param width Of the map, before sites are moved apart.
 */
export function geographic(sites: readonly (Placeable & { readonly at: Place })[], width: number): Positions {
  const points: GeoPermissibleObjects = {
    type: "MultiPoint",
    coordinates: sites.map(({ at: [latitude, longitude] }) => [longitude, latitude]),
  };
  const [longitude, latitude] = geoCentroid(points);
  const projection = geoAzimuthalEqualArea()
    .rotate([-longitude, -latitude])
    .fitSize([width, width * 0.7], points);
  return apart(
    sites,
    new Map(
      sites.map(({ name, at }) => {
        const [x, y] = projection([at[1], at[0]]) ?? [0, 0];
        // Places that are all one have no extent to fit.
        return [name, { x: Number.isFinite(x) ? x : 0, y: Number.isFinite(y) ? y : 0 }];
      }),
    ),
  );
}

/** Places sites whose links form a single line side by side; undefined where they do not. */
export function inLine(sites: readonly Placeable[], springs: readonly Spring[]): Positions | undefined {
  const neighbours = new Map(sites.map(({ name }): [string, { to: string; length: number }[]] => [name, []]));
  for (const {
    between: [a, b],
    length,
  } of springs) {
    neighbours.get(a)?.push({ to: b, length });
    neighbours.get(b)?.push({ to: a, length });
  }
  const start = sites.find(({ name }) => neighbours.get(name)?.length === 1);
  if (!start) return undefined;
  const positions: Positions = new Map([[start.name, { x: 0, y: 0 }]]);
  let [here, x] = [start.name, 0];
  for (;;) {
    const next = (neighbours.get(here) ?? []).filter(({ to }) => !positions.has(to));
    const [only] = next;
    if (!only || next.length > 1) break;
    [here, x] = [only.to, x + only.length];
    positions.set(here, { x, y: 0 });
  }
  // Links that lead back to where the line was already make it a ring or a net.
  return positions.size === sites.length && springs.length === sites.length - 1 ? positions : undefined;
}

/**
 * Places sites by the links: distances in the drawing follow those along the links as well as can be (stress
 * majorization), the longest extent lies across, and no two overlap. The same for the same input.
 */
export function byStress(sites: readonly Placeable[], springs: readonly Spring[]): Positions {
  const index = new Map(sites.map(({ name }, position) => [name, position]));
  const links = springs.map(({ between: [a, b], length }) => ({
    source: index.get(a) ?? 0,
    target: index.get(b) ?? 0,
    length,
  }));
  const angle = (2 * Math.PI) / Math.max(1, sites.length);
  const nodes = sites.map((_, position) => ({
    x: 300 * Math.cos(position * angle),
    y: 300 * Math.sin(position * angle),
  }));
  new Layout()
    .nodes(nodes)
    .links(links)
    .linkDistance(({ length = 0 }) => length)
    .handleDisconnected(false)
    .convergenceThreshold(1e-6)
    .start(iterations, 0, 0, 0, false, false);
  const points = levelled(nodes);
  return apart(sites, new Map(sites.map(({ name }, position) => [name, points[position] ?? { x: 0, y: 0 }])));
}

/** Turns points so that they extend most from left to right, with the first of them to the left and not below. */
function levelled(points: readonly Point[]): Point[] {
  const mean = { x: average(points.map(({ x }) => x)), y: average(points.map(({ y }) => y)) };
  const centred = points.map(({ x, y }) => ({ x: x - mean.x, y: y - mean.y }));
  const [xx, yy, xy] = [
    average(centred.map(({ x }) => x * x)),
    average(centred.map(({ y }) => y * y)),
    average(centred.map(({ x, y }) => x * y)),
  ];
  // The direction of the greatest variance: the first eigenvector of the covariance matrix.
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = centred.map(({ x, y }) => ({ x: x * cos + y * sin, y: y * cos - x * sin }));
  const [first = { x: 0, y: 0 }] = turned;
  return turned.map(({ x, y }) => ({ x: first.x > 0 ? -x : x, y: first.y > 0 ? -y : y }));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Moves sites that overlap apart, as little as possible (Dwyer, Marriott and Stuckey 2006). */
export function apart(sites: readonly Placeable[], positions: ReadonlyMap<string, Point>): Positions {
  const rectangles = sites.map(({ name, width, height }, index) => {
    const asked = positions.get(name) ?? { x: 0, y: 0 };
    // Of two at the very same place, neither is left of or above the other, and neither would be moved.
    const [x, y] = [asked.x + index * 0.01, asked.y + index * 0.01];
    const [right, down] = [width / 2 + margin, height / 2 + margin];
    return new Rectangle(x - right, x + right, y - down, y + down);
  });
  removeOverlaps(rectangles);
  return new Map(
    sites.map(({ name }, index) => {
      const rectangle = rectangles[index];
      return [name, { x: rectangle?.cx() ?? 0, y: rectangle?.cy() ?? 0 }];
    }),
  );
}

/** A site on rings around the tree's middle: `degrees` is the direction it lies in from there. */
export interface RadialPoint extends Point {
  readonly degrees: number;
  /** Links from the middle. */
  readonly depth: number;
  readonly isLeaf: boolean;
}

/**
 * Places sites whose links form a tree on rings around its middle (Reingold and Tilford's drawing, in polar
 * coordinates), neighbours of one ring at least `across` apart, and rings at least `along`.
 * Undefined where the links are no tree.
 */
export function radialTree(
  sites: readonly { readonly name: string }[],
  links: readonly { readonly between: readonly [string, string] }[],
  { across, along }: { readonly across: number; readonly along: number },
): Map<string, RadialPoint> | undefined {
  const neighbours = new Map(sites.map(({ name }): [string, string[]] => [name, []]));
  for (const {
    between: [a, b],
  } of links) {
    neighbours.get(a)?.push(b);
    neighbours.get(b)?.push(a);
  }
  const middle = middleOfTree(neighbours, links.length);
  if (middle === undefined) return undefined;
  const root = hierarchy({ name: middle, from: "" }, ({ name, from }) =>
    (neighbours.get(name) ?? []).filter((next) => next !== from).map((next) => ({ name: next, from: name })),
  );
  if (root.descendants().length !== sites.length) return undefined;
  const points = tree<{ name: string; from: string }>()
    .size([2 * Math.PI, 1])
    .separation((a, b) => (a.parent === b.parent ? 1 : 1.5) / a.depth)(root)
    .descendants();
  const ring = Math.max(along, ...rings(points).map((ringPoints) => ringDistance(ringPoints, across)));
  return new Map(
    points.map(({ data, x: angle, depth, children }) => [
      data.name,
      {
        x: depth * ring * Math.sin(angle),
        y: -depth * ring * Math.cos(angle),
        degrees: (angle * 180) / Math.PI - 90,
        depth,
        isLeaf: !children,
      },
    ]),
  );
}

function rings<T>(points: HierarchyPointNode<T>[]): HierarchyPointNode<T>[][] {
  const byDepth: HierarchyPointNode<T>[][] = [];
  for (const point of points) (byDepth[point.depth] ??= []).push(point);
  return byDepth.slice(1);
}

/** How far rings must be apart for the closest neighbours on this one to be `across` apart. */
function ringDistance<T>(points: HierarchyPointNode<T>[], across: number): number {
  const angles = points.map(({ x }) => x).sort((a, b) => a - b);
  const gaps = angles.map((angle, index) => {
    const next = angles[index + 1] ?? (angles[0] ?? 0) + 2 * Math.PI;
    return next - angle;
  });
  return across / Math.max(1e-6, Math.min(...gaps)) / (points[0]?.depth ?? 1);
}

/** The site in the middle of a tree, found by taking away leaves; undefined if the graph is no tree. */
function middleOfTree(neighbours: ReadonlyMap<string, readonly string[]>, links: number): string | undefined {
  if (links !== neighbours.size - 1) return undefined;
  const degree = new Map([...neighbours].map(([name, others]) => [name, others.length]));
  let leaves = [...neighbours.keys()].filter((name) => (degree.get(name) ?? 0) <= 1);
  let left = neighbours.size;
  while (left > 2) {
    left -= leaves.length;
    if (leaves.length === 0) return undefined;
    leaves = leaves.flatMap((leaf) => {
      degree.set(leaf, 0);
      return (neighbours.get(leaf) ?? []).filter((next) => {
        const remaining = (degree.get(next) ?? 0) - 1;
        degree.set(next, remaining);
        return remaining === 1;
      });
    });
  }
  return leaves[0];
}
