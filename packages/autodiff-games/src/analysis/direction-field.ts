/** The direction in which learning goes, on a grid of the plane. */
import { ArgumentError } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { type BasinOptions, basinsOfAttraction } from './basins.ts';

/** Options of `directionField`: the rules and the grid, as for `basinsOfAttraction`. */
export interface DirectionFieldOptions
  extends Omit<BasinOptions<null>, 'steps' | 'classify' | 'learningRate'> {
  /** The step size whose step is shown, divided by it; default 1. */
  readonly learningRate?: number;
}

/** A point of the plane and the direction of learning there. */
export interface FieldArrow {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

/**
 * The directions in which two parameters move, at every point of a grid: one step of all players, divided by its size.
 *
 * For rules that are a direction, `(dx, dy) = d(x, y)` whatever the step size; for those with projections or memory, it
 * is the first step from the point.
 *
 * Source: the right panel of IPO's fig. 1 is such a field.
 *
 * @param game - A game whose players have two parameters in all.
 * @param options.axes - The grid's values of each parameter; all are combined.
 * @returns One arrow a point, the last axis varying fastest.
 * @throws ArgumentError when there are not two axes or the learning rate is 0; and the errors of `run`.
 *
 * @example
 * ```ts
 * import { bilinearGame, directionField, naive } from '@descant/autodiff-games';
 * const rules = [naive(), naive()];
 * directionField(bilinearGame(), { rules, axes: [[1], [2]] }); // => [{ x: 1, y: 2, dx: 2, dy: -1 }]
 * ```
 */
export function directionField<P>(game: Game<P>, options: DirectionFieldOptions): FieldArrow[] {
  const { learningRate = 1, axes } = options;
  if (axes.length !== 2) {
    throw new ArgumentError('directionField', 'axes', 'be two arrays', `${axes.length}`);
  }
  if (!Number.isFinite(learningRate) || learningRate === 0) {
    throw new ArgumentError(
      'directionField',
      'learningRate',
      'be a finite number other than 0',
      `${learningRate}`,
    );
  }
  const points = basinsOfAttraction(game, { ...options, learningRate, steps: 1, classify: () => null });
  return points.map(({ start: [x, y], end }) => ({
    x,
    y,
    dx: (end[0] - x) / learningRate,
    dy: (end[1] - y) / learningRate,
  }));
}
