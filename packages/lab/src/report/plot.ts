/** Observable Plot without a browser: pictures as SVG text and PNG bytes. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/**
 * Draws a plot as SVG; the text is complete and stands alone.
 *
 * @param options - Observable Plot's, such as those that `@descant/autodiff-games/plots` makes.
 *
 * @example
 * ```ts
 * import { polytopePlot } from '@descant/autodiff-games/plots';
 * import { svgOf } from 'descant';
 *
 * svgOf(polytopePlot({ possible: [[-1, -1], [-3, 0], [0, -3], [-2, -2]] })).startsWith('<svg'); // => true
 * ```
 */
export function svgOf(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<html><body></body></html>');
  // Plot's own title, legend or caption would wrap the picture in a <figure>: words are inside it or in the HTML around.
  const svg = Plot.plot({ ...options, document });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}

const fonts = { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' };

/**
 * Draws SVG text as a PNG, on white, in two pixels for each of the SVG's.
 *
 * @throws Error when no font is installed, because the picture would lack its words.
 *
 * @example
 * ```ts
 * import { polytopePlot } from '@descant/autodiff-games/plots';
 * import { pngOf, svgOf } from 'descant';
 *
 * const png = await pngOf(svgOf(polytopePlot({ possible: [[-1, -1], [-3, 0], [0, -3], [-2, -2]] })));
 * new TextDecoder().decode(png.subarray(1, 4)); // => 'PNG'
 * ```
 */
export async function pngOf(svg: string): Promise<Uint8Array> {
  // Native code, which commands that draw no PNG do without.
  const { Resvg } = await import('@resvg/resvg-js');
  const word = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">x</text></svg>';
  if (new Resvg(word, { font: fonts }).getBBox() === undefined) {
    throw new Error('pngOf: no font is installed, so that the picture would have no words');
  }
  const drawn = new Resvg(svg, { font: fonts, background: 'white', fitTo: { mode: 'zoom', value: 2 } });
  return drawn.render().asPng();
}
