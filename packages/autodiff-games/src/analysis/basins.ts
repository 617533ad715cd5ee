/** Basins of attraction on grids of starting points. */
import { ArgumentError, type FloatType, flatten, key, reshape, tensor, unflatten } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { type RunOptions, run } from '../run.ts';

/** Options of `basinsOfAttraction`: those of `run`, and the grid. */
export interface BasinOptions<Label> extends Omit<RunOptions, 'stride'> {
  /** The starting values of each parameter, counted player by player, leaf by leaf, row-major; all are combined. */
  readonly axes: readonly (readonly number[])[];
  /** Names the basin of a cell by where it ends; the numbers may be NaN or infinite. */
  readonly classify: (end: readonly number[]) => Label;
  /** Default: float64. */
  readonly dtype?: FloatType;
}

/** A starting point, where learning from it ends, and the basin that it therefore belongs to. */
export interface BasinCell<Label> {
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly basin: Label;
}

/**
 * Lets all players learn from every point of a grid of parameters, and names the basin of each point by its end.
 *
 * It is one compiled run with the points as its batch. How many cells a basin has: filter by `basin` and count.
 *
 * Source: the pictures of Cooijmans 2023, thesis, fig. 6.2b, are such grids for the logistic game.
 *
 * @returns One cell a point, row-major over the axes: the last axis varies fastest.
 * @throws ArgumentError when there is not one axis a parameter, or an axis is empty; and the errors of `run`.
 *
 * @example
 * ```ts
 * import { basinsOfAttraction, logisticGame, naive } from '@descant/autodiff-games';
 * const cells = basinsOfAttraction(logisticGame(), {
 *   rules: [naive(), naive()],
 *   learningRate: 1,
 *   steps: 100,
 *   axes: [[-6, 6], [-4, 4]],
 *   classify: (end) => (end.every((x) => x > 0) ? 'B' : 'elsewhere'),
 * });
 * cells.map(({ basin }) => basin); // => ['elsewhere', 'elsewhere', 'B', 'B']
 * cells[3].start; // => [6, 4]
 * ```
 */
export function basinsOfAttraction<P, Label>(
  game: Game<P>,
  options: BasinOptions<Label>,
): BasinCell<Label>[] {
  const { axes, classify, dtype = 'float64', ...runOptions } = options;
  const { leaves, structure } = flatten(game.init(key(0), dtype));
  const size = leaves.reduce((total, leaf) => total + leaf.size, 0);
  if (axes.length !== size || axes.some((axis) => axis.length === 0)) {
    const expected = `be ${size} arrays of starting values, one a parameter`;
    throw new ArgumentError(
      'basinsOfAttraction',
      'axes',
      expected,
      `arrays of lengths [${axes.map((axis) => axis.length).join(', ')}]`,
    );
  }
  const points = axes.reduce<number[][]>(
    (grid, axis) => grid.flatMap((point) => axis.map((x) => [...point, x])),
    [[]],
  );
  let offset = 0;
  const starts = leaves.map((leaf) => {
    const columns = points.map((point) => point.slice(offset, offset + leaf.size));
    offset += leaf.size;
    return reshape(tensor(columns, { dtype }), [points.length, ...leaf.shape]);
  });
  const { parameters } = run(game, unflatten<P[]>(structure, starts), runOptions);
  // Leaves are [points, 2 times, ...]; the second time is the end.
  const ends = flatten(parameters).leaves.map((leaf) => {
    const own = leaf.size / (2 * points.length);
    return { data: leaf.data, own };
  });
  return points.map((start, point) => {
    const end = ends.flatMap(({ data, own }) =>
      Array.from(data.subarray((2 * point + 1) * own, (2 * point + 2) * own)),
    );
    return { start, end, basin: classify(end) };
  });
}
