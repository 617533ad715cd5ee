/** Legends inside the picture, so that an SVG file has them too (Plot's own are HTML beside it). */
import type * as Plot from '@observablehq/plot';

const namespace = 'http://www.w3.org/2000/svg';
const barWidth = 120;
const barSteps = 40;

/** An element of the picture's document, with attributes and perhaps a text. */
function element(
  document: Document,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text?: string,
): SVGElement {
  const made = document.createElementNS(namespace, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The scale of the colours, as Plot hands it to a mark. */
function colourScale(scales: Plot.ScaleFunctions): (value: unknown) => string {
  if (scales.color === undefined) throw new Error('a legend needs a picture with a colour scale');
  return scales.color as (value: unknown) => string;
}

/** `0.0012`, `1.2e-7`: three digits at most. */
const short = (value: number): string => {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e4)) return value.toExponential(0);
  return String(Number(value.toPrecision(3)));
};

/** A bar of the colours of numbers between two limits, above the frame on the right. */
export function colourBar(
  label: string,
  [low, high]: readonly [number, number],
  log: boolean,
): Plot.RenderFunction {
  return (_index, scales, _values, { width, marginRight, marginTop }, context) => {
    const { document } = context;
    const colour = colourScale(scales);
    const at = (share: number) => (log ? low * (high / low) ** share : low + (high - low) * share);
    const left = width - marginRight - barWidth;
    const top = marginTop - 20;
    const group = element(document, 'g', { 'aria-label': 'legend', 'font-size': 9, fill: 'currentColor' });
    for (let i = 0; i < barSteps; i++) {
      const [x, wide] = [left + (i * barWidth) / barSteps, barWidth / barSteps + 0.5];
      group.append(
        element(document, 'rect', {
          x,
          y: top,
          width: wide,
          height: 5,
          fill: colour(at((i + 0.5) / barSteps)),
        }),
      );
    }
    for (const [share, anchor] of [
      [0, 'start'],
      [1, 'end'],
    ] as const) {
      const position = { x: left + share * barWidth, y: top + 14, 'text-anchor': anchor };
      group.append(element(document, 'text', position, short(at(share))));
    }
    group.append(element(document, 'text', { x: left - 6, y: top + 6, 'text-anchor': 'end' }, label));
    return group;
  };
}

/** A coloured square and a word for each class, above the frame from the left. */
export function swatches(classes: readonly string[]): Plot.RenderFunction {
  return (_index, scales, _values, { marginLeft, marginTop }, context) => {
    const { document } = context;
    const colour = colourScale(scales);
    const group = element(document, 'g', {
      'aria-label': 'legend',
      'font-size': 10,
      fill: 'currentColor',
      'text-anchor': 'start',
    });
    let x = marginLeft;
    for (const name of classes) {
      const y = marginTop - 16;
      group.append(
        element(document, 'rect', {
          x,
          y,
          width: 9,
          height: 9,
          fill: colour(name),
          stroke: '#888',
          'stroke-width': 0.5,
        }),
        element(document, 'text', { x: x + 13, y: y + 8.5 }, name),
      );
      // Letters of this size are about 5.6 pixels wide.
      x += 25 + 5.6 * name.length;
    }
    return group;
  };
}
