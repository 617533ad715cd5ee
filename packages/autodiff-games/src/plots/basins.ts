/** Basins of attraction on a grid. */
import * as Plot from '@observablehq/plot';
import { swatches } from './legend.ts';
import { type PictureOptions, picture } from './style.ts';

/** A starting point of the grid and where learning from it ends. */
export interface BasinPoint {
  readonly x: number;
  readonly y: number;
  readonly basin: string;
}

/** Options of `basinPlot`. */
export interface BasinPlotOptions extends PictureOptions {
  /** A colour for each basin, in the order of the legend. */
  readonly colours: Readonly<Record<string, string>>;
}

const numbersOf = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/**
 * The starting points of a regular grid, coloured by the basin that they lie in.
 *
 * Source: Cooijmans 2023, thesis, fig. 6.2b.
 *
 * @param cells - Points of a grid with equal steps along each axis.
 * @returns Options for Observable Plot.
 *
 * @example
 * ```ts
 * import { basinPlot } from '@descant/autodiff-games/plots';
 * const cells = [{ x: 0, y: 0, basin: 'left' }, { x: 1, y: 0, basin: 'right' }];
 * basinPlot(cells, { colours: { left: 'black', right: 'white' } }).color?.domain; // => ['left', 'right']
 * ```
 */
export function basinPlot(cells: readonly BasinPoint[], options: BasinPlotOptions): Plot.PlotOptions {
  const half = (values: readonly number[]) => (values.length > 1 ? (values[1] - values[0]) / 2 : 0.5);
  const [halfX, halfY] = [half(numbersOf(cells.map(({ x }) => x))), half(numbersOf(cells.map(({ y }) => y)))];
  const classes = Object.keys(options.colours);
  return {
    ...picture(options, [
      Plot.rect(cells, {
        x1: ({ x }: BasinPoint) => x - halfX,
        x2: ({ x }: BasinPoint) => x + halfX,
        y1: ({ y }: BasinPoint) => y - halfY,
        y2: ({ y }: BasinPoint) => y + halfY,
        fill: 'basin',
        // Without gaps between the squares.
        shapeRendering: 'crispEdges',
      }),
      swatches(classes),
    ]),
    inset: 0,
    color: { type: 'ordinal', domain: classes, range: Object.values(options.colours) },
  };
}
