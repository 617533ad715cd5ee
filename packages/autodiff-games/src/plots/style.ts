/** What all pictures share: colours, sizes, and axes. */
import * as Plot from '@observablehq/plot';

/** Colours of player 1, player 2, ..., distinguishable with any colour vision (Okabe and Ito 2008). */
export const playerColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;

/** A point of the plane: what the two axes measure. */
export type Point = readonly [x: number, y: number];

/** What an axis shows. */
export interface Axis {
  /** What it measures, with its unit where it has one. */
  readonly label?: string;
  /** From where to where; default: all that is drawn. */
  readonly domain?: Point;
}

/** Options of every picture of the plane. */
export interface PictureOptions {
  /** Written above the picture. */
  readonly title?: string;
  /** Pixels; default 360 each way. */
  readonly width?: number;
  readonly height?: number;
  readonly x?: Axis;
  readonly y?: Axis;
}

/** Space above the frame: a line for the title and one for a legend. */
export const topMargin = 44;

/** Plot's options for a picture of the plane: equal margins, a frame, the title above it, and the given marks. */
export function picture(options: PictureOptions, marks: Plot.Markish[]): Plot.PlotOptions {
  const { title, width = 360, height = 360, x = {}, y = {} } = options;
  return {
    width,
    height,
    marginTop: topMargin,
    marginLeft: 52,
    marginBottom: 42,
    inset: 8,
    x: axisOptions(x, width),
    y: axisOptions(y, height),
    marks: [Plot.frame({ stroke: '#bbb' }), ...marks, titleMark(title)],
  };
}

// Labels stand in the middle, without the arrows that Plot adds of its own accord.
const axisOptions = ({ label, domain }: Axis, pixels: number): Plot.ScaleOptions => ({
  label: label ?? null,
  labelAnchor: 'center',
  labelArrow: 'none',
  ticks: pixels < 280 ? 3 : 5,
  ...(domain === undefined ? {} : { domain: [...domain] }),
});

/** A title in the upper margin. */
export const titleMark = (title: string | undefined): Plot.Markish =>
  title === undefined
    ? null
    : Plot.text([title], {
        frameAnchor: 'top',
        dy: 8 - topMargin,
        lineAnchor: 'top',
        fontSize: 12,
        fontWeight: 600,
      });
