/** Mixed strategies of three actions in the triangle whose corners are the pure ones. */
import * as Plot from '@observablehq/plot';
import { colourBar } from './legend.ts';
import { type PictureOptions, type Point, picture } from './style.ts';
import { speedScale } from './trajectories.ts';

/** A mixed strategy of three actions. */
export type Mixture = readonly [first: number, second: number, third: number];

/** Options of `simplexPlot`. */
export interface SimplexOptions extends Omit<PictureOptions, 'x' | 'y'> {
  /** The names of the three actions. */
  readonly actions: readonly [string, string, string];
  /** Strategies to mark with a cross, such as equilibria. */
  readonly marked?: readonly Mixture[];
}

const height = Math.sqrt(3) / 2;
const corners: readonly Point[] = [
  [0, 0],
  [1, 0],
  [0.5, height],
];

/** Where a mixture lies: the mean of the corners, weighted by it. */
const place = ([, second, third]: Mixture): Point => [second + third / 2, third * height];

/**
 * Paths of mixed strategies of three actions, in the triangle of all of them, each step coloured by its squared length.
 *
 * A corner is a pure strategy; the distance to the opposite edge is its probability. A ring is a start, a disc an end.
 *
 * @param paths - Each a list of strategies [p1, p2, p3] that sum to 1.
 * @returns Options for Observable Plot.
 *
 * @example
 * ```ts
 * import { simplexPlot } from '@descant/autodiff-games/plots';
 * const path = [[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.4, 0.3, 0.3]] as const;
 * simplexPlot([path], { actions: ['rock', 'paper', 'scissors'] }).aspectRatio; // => 1
 * ```
 */
export function simplexPlot(
  paths: readonly (readonly Mixture[])[],
  options: SimplexOptions,
): Plot.PlotOptions {
  const { actions, marked = [] } = options;
  const placed = paths.map((path) => path.map(place));
  const segments = placed.flatMap((path, k) =>
    path.slice(1).map(([x2, y2], i) => {
      const step = paths[k][i].map((p, a) => (paths[k][i + 1][a] - p) ** 2);
      return { x1: path[i][0], y1: path[i][1], x2, y2, speed: step.reduce((a, b) => a + b) };
    }),
  );
  const { scale, limits } = speedScale(segments.map(({ speed }) => speed));
  const names = corners.map(([x, y], i) => ({ x, y, name: actions[i] }));
  const label = { x: 'x', y: 'y', text: 'name', fontSize: 12 } as const;
  const { marks = [], ...options_ } = picture(options, [
    Plot.line([...corners, corners[0]], { x: '0', y: '1', stroke: '#888' }),
    Plot.link(segments, {
      x1: 'x1',
      y1: 'y1',
      x2: 'x2',
      y2: 'y2',
      stroke: ({ speed }: { speed: number }) => Math.max(speed, limits[0]),
      strokeWidth: 1.2,
    }),
    Plot.dot(
      placed.flatMap((path) => path.slice(0, 1)),
      { x: '0', y: '1', r: 4, stroke: '#222', fill: 'white' },
    ),
    Plot.dot(
      placed.flatMap((path) => path.slice(-1)),
      { x: '0', y: '1', r: 4, fill: '#222' },
    ),
    Plot.dot(marked.map(place), { x: '0', y: '1', r: 6, symbol: 'times', stroke: '#222', strokeWidth: 2 }),
    Plot.text(names.slice(0, 2), { ...label, dy: 12 }),
    Plot.text(names.slice(2), { ...label, dy: -10 }),
    colourBar('squared step', limits, true),
  ]);
  return {
    ...options_,
    // The triangle is its own frame.
    marks: marks.slice(1),
    axis: null,
    aspectRatio: 1,
    x: { domain: [-0.08, 1.08] },
    y: { domain: [-0.08, height + 0.1] },
    color: scale,
  };
}
