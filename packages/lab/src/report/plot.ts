/** Observable Plot without a browser: pictures as SVG text. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Colours of player 1 and player 2, distinguishable with any colour vision (Okabe and Ito 2008). */
export const playerColours = ['#0072b2', '#d55e00'] as const;

/** Draws a plot; the text is complete and stands alone. */
export function svgOf(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<html><body></body></html>');
  // A title, legend or caption would wrap the picture in a <figure>; ours has its words in the HTML around it.
  const svg = Plot.plot({ ...options, document });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}

/** Where the i-th of many small plots stands in a grid of `columns` columns. */
export const gridPlace = (index: number, columns: number): { column: number; row: number } => ({
  column: index % columns,
  row: Math.floor(index / columns),
});
