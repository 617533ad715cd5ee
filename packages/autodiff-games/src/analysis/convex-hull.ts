/** Convex hulls in the plane. */

type Point = readonly [number, number];

/** Twice the area of the triangle o, a, b; positive when it turns to the left. */
const turn = (o: Point, a: Point, b: Point): number =>
  (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);

/** The part of the hull below (or, of reversed points, above) sorted points, without its last point. */
function chain(points: readonly Point[], tolerance: number): Point[] {
  const hull: Point[] = [];
  for (const point of points) {
    while (hull.length >= 2 && turn(hull[hull.length - 2], hull[hull.length - 1], point) <= tolerance)
      hull.pop();
    hull.push(point);
  }
  return hull.slice(0, -1);
}

/**
 * The corners of the convex hull of points in the plane, counter-clockwise from the leftmost.
 *
 * Points on an edge are left out, as are corners that stick out by rounding only (triangles below 1e-12 of the
 * points' squared extent). A single point is its own hull, and points on a line have two corners.
 *
 * Source: Andrew 1979, "Another efficient algorithm for convex hulls in two dimensions".
 *
 * @param points - Pairs of finite numbers.
 *
 * @example
 * ```ts
 * import { convexHull } from '@descant/autodiff-games';
 * const prisonersDilemma: [number, number][] = [[-1, -1], [-3, 0], [0, -3], [-2, -2]];
 * convexHull(prisonersDilemma); // => [[-3, 0], [-2, -2], [0, -3], [-1, -1]]
 * ```
 */
export function convexHull(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (sorted.length === 0) return [];
  const extent = Math.max(...[0, 1].map((axis) => spread(sorted.map((point) => point[axis]))));
  if (extent === 0) return [sorted[0]];
  const tolerance = 1e-12 * extent ** 2;
  return [...chain(sorted, tolerance), ...chain(sorted.toReversed(), tolerance)];
}

const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);
