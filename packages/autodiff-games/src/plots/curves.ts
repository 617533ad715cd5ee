/** Curves of a quantity over the steps of learning. */
import * as Plot from '@observablehq/plot';
import { swatches } from './legend.ts';
import { type PictureOptions, type Point, picture, playerColours } from './style.ts';

/** A named curve. */
export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Options of `curvesPlot`. */
export interface CurvesOptions extends PictureOptions {
  /** Whether the y axis is logarithmic; values must then be positive. Default false. */
  readonly logarithmic?: boolean;
}

/**
 * Curves in one frame, each in a colour of its own that the legend names.
 *
 * @param curves - At most six, which is how many colours can be told apart.
 * @returns Options for Observable Plot.
 *
 * @example
 * ```ts
 * import { curvesPlot } from '@descant/autodiff-games/plots';
 * const curve = { name: 'naive', points: [[0, 1], [1, 0.5]] as const };
 * curvesPlot([curve], { x: { label: 'step' }, y: { label: 'distance' } }).color?.domain; // => ['naive']
 * ```
 */
export function curvesPlot(curves: readonly Curve[], options: CurvesOptions = {}): Plot.PlotOptions {
  const points = curves.flatMap(({ name, points }) => points.map(([x, y]) => ({ name, x, y })));
  const names = curves.map(({ name }) => name);
  const base = picture({ height: 300, width: 480, ...options }, [
    Plot.lineY(points, { x: 'x', y: 'y', stroke: 'name', strokeWidth: 1.6 }),
    swatches(names),
  ]);
  return {
    ...base,
    y: { ...base.y, grid: true, ...(options.logarithmic ? { type: 'log', tickFormat: '.0e' } : {}) },
    color: { type: 'ordinal', domain: names, range: playerColours.slice(0, names.length) },
  };
}
