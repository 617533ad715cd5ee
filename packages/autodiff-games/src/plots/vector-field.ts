/** Vector fields: where learning goes from each point of the plane. */
import * as Plot from '@observablehq/plot';
import type { FieldArrow } from '../analysis/direction-field.ts';
import { colourBar } from './legend.ts';
import { type PictureOptions, type Point, picture } from './style.ts';
import { speedScale } from './trajectories.ts';

/** Options of `vectorFieldPlot`. */
export interface VectorFieldOptions extends PictureOptions {
  /** Points to mark with a cross, such as equilibria. */
  readonly marked?: readonly Point[];
  /** What the colours measure; default `length`. */
  readonly lengthLabel?: string;
}

/** The smallest distance between two different numbers; 1 when there are none. */
function spacing(values: readonly number[]): number {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((value, i) => value - sorted[i]);
  return gaps.length === 0 ? 1 : gaps.reduce((a, b) => Math.min(a, b));
}

/**
 * A vector field on a grid: arrows of one length that point where the vectors do, coloured by their true lengths.
 *
 * Colours are on a logarithmic scale from blue (short) to red (long). Where a vector is 0 or not finite there is a dot.
 *
 * @param arrows - Positions and vectors, as `directionField` gives them.
 * @returns Options for Observable Plot.
 *
 * @example
 * ```ts
 * import { directionField, naive, bilinearGame } from '@descant/autodiff-games';
 * import { vectorFieldPlot } from '@descant/autodiff-games/plots';
 * const axis = [-1, 0, 1];
 * const field = directionField(bilinearGame(), { axes: [axis, axis], rules: [naive(), naive()] });
 * vectorFieldPlot(field, { title: 'x y' }).width; // => 360
 * ```
 */
export function vectorFieldPlot(
  arrows: readonly FieldArrow[],
  options: VectorFieldOptions = {},
): Plot.PlotOptions {
  const { marked = [], lengthLabel = 'length' } = options;
  const lengthOf = ({ dx, dy }: FieldArrow) => Math.hypot(dx, dy);
  const drawable = arrows.filter((arrow) => lengthOf(arrow) > 0 && Number.isFinite(lengthOf(arrow)));
  const still = arrows.filter((arrow) => !drawable.includes(arrow));
  const { scale, limits } = speedScale(drawable.map(lengthOf));
  const reach = 0.8 * Math.min(spacing(arrows.map(({ x }) => x)), spacing(arrows.map(({ y }) => y)));
  const end = (arrow: FieldArrow, coordinate: 'x' | 'y') =>
    arrow[coordinate] + (reach * arrow[`d${coordinate}`]) / lengthOf(arrow);
  return {
    ...picture(options, [
      Plot.arrow(drawable, {
        x1: 'x',
        y1: 'y',
        x2: (arrow: FieldArrow) => end(arrow, 'x'),
        y2: (arrow: FieldArrow) => end(arrow, 'y'),
        stroke: lengthOf,
        strokeWidth: 1.3,
        headLength: 5,
      }),
      Plot.dot(still, { x: 'x', y: 'y', r: 1.5, fill: '#222' }),
      Plot.dot(marked, { x: '0', y: '1', r: 6, symbol: 'times', stroke: '#222', strokeWidth: 2 }),
      colourBar(lengthLabel, limits, true),
    ]),
    color: scale,
  };
}
