/** Heat maps of tournaments: who earns how much against whom. */
import * as Plot from '@observablehq/plot';
import { colourBar } from './legend.ts';
import { titleMark, topMargin } from './style.ts';

/** One square: what the row's rule earns against the column's. */
export interface HeatCell {
  readonly row: string;
  readonly column: string;
  /** Null where there is none: the square stays empty. */
  readonly value: number | null;
  readonly standardError?: number | null;
}

/** Options of `heatMapPlot`. */
export interface HeatMapOptions {
  readonly title?: string;
  /** What the numbers are, e.g. `return`. */
  readonly valueLabel: string;
  /** Headings of the two sides; default `row player` and `column player`. */
  readonly rowLabel?: string;
  readonly columnLabel?: string;
}

/** Letters of Plot's ticks are about 5.6 pixels wide. */
const widthOf = (names: readonly string[]): number => 5.6 * Math.max(0, ...names.map((name) => name.length));

/**
 * A table of numbers as coloured squares, with the numbers and their standard errors written in them.
 *
 * @param cells - Rows and columns keep the order in which they first occur.
 * @returns Options for Observable Plot.
 *
 * @example
 * ```ts
 * import { heatMapPlot } from '@descant/autodiff-games/plots';
 * const cells = [{ row: 'naive', column: 'naive', value: -2, standardError: 0.01 }];
 * heatMapPlot(cells, { valueLabel: 'return' }).x?.domain; // => ['naive']
 * ```
 */
export function heatMapPlot(cells: readonly HeatCell[], options: HeatMapOptions): Plot.PlotOptions {
  const { title, valueLabel, rowLabel = 'row player', columnLabel = 'column player' } = options;
  const rows = [...new Set(cells.map(({ row }) => row))];
  const columns = [...new Set(cells.map(({ column }) => column))];
  const filled = cells.flatMap((cell) => (cell.value === null ? [] : { ...cell, value: cell.value }));
  const values = filled.map(({ value }) => value);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const limits: [number, number] =
    low < high ? [low, high] : [(values[0] ?? 0) - 0.5, (values[0] ?? 0) + 0.5];
  // Viridis is dark below and light above.
  const ink = ({ value }: { value: number }) =>
    value - limits[0] < 0.6 * (limits[1] - limits[0]) ? 'white' : 'black';
  const text = ({ value, standardError }: { value: number; standardError?: number | null }) =>
    standardError == null ? value.toFixed(2) : `${value.toFixed(2)}\n± ${standardError.toFixed(3)}`;
  const marginLeft = widthOf(rows) + 34;
  const marginBottom = widthOf(columns) * Math.SQRT1_2 + 44;
  return {
    width: marginLeft + 84 * columns.length + 20,
    height: topMargin + 44 * rows.length + marginBottom,
    marginTop: topMargin,
    marginLeft,
    marginBottom,
    marginRight: 20,
    padding: 0.04,
    x: { domain: columns, label: columnLabel, labelAnchor: 'center', tickRotate: -45, labelArrow: 'none' },
    y: { domain: rows, label: rowLabel, labelAnchor: 'center', labelArrow: 'none' },
    color: { scheme: 'viridis', domain: limits },
    marks: [
      Plot.cell(filled, { x: 'column', y: 'row', fill: 'value' }),
      Plot.text(filled, { x: 'column', y: 'row', text, fill: ink, fontSize: 11 }),
      titleMark(title),
      colourBar(valueLabel, limits, false),
    ],
  };
}
