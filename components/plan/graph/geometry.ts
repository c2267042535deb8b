/** A point of the drawing, in its pixels; y grows downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle by its centre, turned by `degrees` around it. */
export interface Box extends Point, Size {
  readonly degrees?: number;
}

/** Whether two boxes come closer to each other than `gap`. Turned ones too, by the separating axis theorem. */
export function overlap(a: Box, b: Box, gap = 0): boolean {
  const corners = [cornersOf(a, gap), cornersOf(b, 0)] as const;
  return [a, b].every((box) =>
    [0, 90].every((turn) => {
      const [axisX, axisY] = unit((box.degrees ?? 0) + turn);
      const [first, second] = corners.map((points) => {
        const along = points.map(({ x, y }) => x * axisX + y * axisY);
        return [Math.min(...along), Math.max(...along)] as const;
      });
      return first !== undefined && second !== undefined && first[0] < second[1] && second[0] < first[1];
    }),
  );
}

/** The corners of a box, moved outwards by `gap`. */
export function cornersOf({ x, y, width, height, degrees = 0 }: Box, gap = 0): Point[] {
  const [right, down] = [width / 2 + gap, height / 2 + gap];
  const [cos, sin] = unit(degrees);
  return [
    [-right, -down],
    [right, -down],
    [right, down],
    [-right, down],
  ].map(([dx = 0, dy = 0]) => ({ x: x + dx * cos - dy * sin, y: y + dx * sin + dy * cos }));
}

/** Where the way from a box's centre to `towards` leaves the box. */
export function edgeOf(box: Box, towards: Point): Point {
  const [dx, dy] = [towards.x - box.x, towards.y - box.y];
  const share = Math.min(
    dx === 0 ? Infinity : box.width / 2 / Math.abs(dx),
    dy === 0 ? Infinity : box.height / 2 / Math.abs(dy),
    1,
  );
  return { x: box.x + dx * share, y: box.y + dy * share };
}

/** A line between two points, straight or bent towards a third (a quadratic Bézier curve). */
export interface Line {
  readonly from: Point;
  readonly to: Point;
  readonly via?: Point | undefined;
}

/** The point of a line at a share of its parameter, 0 to 1. */
export function pointOn({ from, to, via }: Line, share: number): Point {
  return via ? between(between(from, via, share), between(via, to, share), share) : between(from, to, share);
}

/** Whether a line touches an upright box. A bent one is taken as twelve straight pieces. */
export function lineCrosses(line: Line, box: Box): boolean {
  const pieces = line.via ? 12 : 1;
  return Array.from({ length: pieces }, (_, piece) => piece).some((piece) =>
    crosses(pointOn(line, piece / pieces), pointOn(line, (piece + 1) / pieces), box),
  );
}

/** The point at a share of the way from one to another. */
function between(a: Point, b: Point, share: number): Point {
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

/** Whether the straight line from `a` to `b` touches an upright box. Liang and Barsky's clipping. */
function crosses(a: Point, b: Point, box: Box): boolean {
  let [enter, leave] = [0, 1];
  const sides: [number, number][] = [
    [-(b.x - a.x), a.x - (box.x - box.width / 2)],
    [b.x - a.x, box.x + box.width / 2 - a.x],
    [-(b.y - a.y), a.y - (box.y - box.height / 2)],
    [b.y - a.y, box.y + box.height / 2 - a.y],
  ];
  for (const [direction, distance] of sides) {
    if (direction === 0 && distance < 0) return false;
    if (direction < 0) enter = Math.max(enter, distance / direction);
    if (direction > 0) leave = Math.min(leave, distance / direction);
  }
  return enter <= leave;
}

/** The upright box around points and boxes. Errors: there are none. */
export function boundsOf(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const least = { x: Math.min(...xs), y: Math.min(...ys) };
  const most = { x: Math.max(...xs), y: Math.max(...ys) };
  if (!Number.isFinite(most.x - least.x)) throw new Error("nothing has no bounds");
  return {
    x: (least.x + most.x) / 2,
    y: (least.y + most.y) / 2,
    width: most.x - least.x,
    height: most.y - least.y,
  };
}

function unit(degrees: number): [number, number] {
  const angle = (degrees * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle)];
}
