/** The returns that are possible in a game, those that one policy still allows, and where play is. */
import * as Plot from '@observablehq/plot';
import { convexHull } from '../analysis/convex-hull.ts';
import { type PictureOptions, type Point, picture, playerColours } from './style.ts';

/** Options of `polytopePlot`. */
export interface PolytopeOptions extends PictureOptions {
  /** Returns whose convex hull is all that is possible in the game. */
  readonly possible: readonly Point[];
  /** Returns whose convex hull is what player 1's policy allows, e.g. of `returnPolytope`. */
  readonly allowed?: readonly Point[];
  /** Returns to show as small dots, e.g. those against random opponents. */
  readonly samples?: readonly Point[];
  /** Returns to show as a large dot with lines to both axes: those of the players as they are. */
  readonly actual?: Point;
  /** A line to draw through two points, e.g. the relation that a zero-determinant policy enforces. */
  readonly line?: readonly [Point, Point];
}

const hullOf = (points: readonly Point[]): Point[] => {
  const corners = convexHull(points.map(([x, y]): [number, number] => [x, y]));
  return corners.length === 0 ? [] : [...corners, corners[0]];
};

/**
 * The polytope of returns of two players: all possible ones in grey, those that player 1's policy allows in blue, the
 * actual ones in orange.
 *
 * Source: Cooijmans 2023, thesis, fig. 6.4.
 *
 * @returns Options for Observable Plot. Player 1's return is on the x axis.
 *
 * @example
 * ```ts
 * import { polytopePlot } from '@descant/autodiff-games/plots';
 * const possible = [[-1, -1], [-3, 0], [0, -3], [-2, -2]] as const;
 * polytopePlot({ possible, allowed: [[-2, -2], [-0.8, -1.4]], actual: [-1, -1.5] }).x?.label; // => 'return of player 1'
 * ```
 */
export function polytopePlot(options: PolytopeOptions): Plot.PlotOptions {
  const { possible, allowed = [], samples = [], actual, line } = options;
  const axes = {
    x: { label: 'return of player 1', ...options.x },
    y: { label: 'return of player 2', ...options.y },
  };
  const [blue, orange] = playerColours;
  const point = { x: '0', y: '1' } as const;
  const hull = hullOf(allowed);
  return picture({ ...options, ...axes }, [
    Plot.line(hullOf(possible), { ...point, stroke: '#888', strokeWidth: 1.5, curve: 'linear-closed' }),
    Plot.dot(samples, { ...point, r: 1.2, fill: blue, fillOpacity: 0.35 }),
    // A line of two points has no inside; Plot fills the others.
    Plot.line(hull, { ...point, stroke: blue, fill: blue, fillOpacity: 0.12, strokeWidth: 1.5 }),
    line === undefined ? null : Plot.line(line, { ...point, stroke: '#222', strokeDasharray: '4 3' }),
    actual === undefined
      ? null
      : [
          Plot.ruleX([actual[0]], { stroke: orange, strokeWidth: 0.8 }),
          Plot.ruleY([actual[1]], { stroke: orange, strokeWidth: 0.8 }),
          Plot.dot([actual], { ...point, r: 5, fill: orange, stroke: 'white' }),
        ],
  ]);
}
