/** Trajectories of learning in the plane, coloured by speed. */
import * as Plot from '@observablehq/plot';
import { colourBar } from './legend.ts';
import { type PictureOptions, type Point, picture } from './style.ts';

/** Options of `trajectoryPlot`. */
export interface TrajectoryOptions extends PictureOptions {
  /** Points to mark with a cross, such as equilibria. */
  readonly marked?: readonly Point[];
  /** What the colours measure; default `squared step`. */
  readonly speedLabel?: string;
}

/** One step of a path. */
interface Segment {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly speed: number;
}

const segmentsOf = (path: readonly Point[]): Segment[] =>
  path.slice(1).map(([x2, y2], i) => {
    const [x1, y1] = path[i];
    return { x1, y1, x2, y2, speed: (x2 - x1) ** 2 + (y2 - y1) ** 2 };
  });

/** From the smallest to the largest number, but no less than an axis can be divided into: a path may stand still. */
function extent(values: readonly number[]): Point {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min, Math.max].map((pick) => finite.reduce((a, b) => pick(a, b), finite[0] ?? 0));
  const least = Math.max(1e-9 * Math.max(-low, high), 1e-280);
  return high - low > least ? [low, high] : [low - least, high + least];
}

/**
 * Colours of positive numbers on a logarithmic scale, blue to red; zeros get the colour of the smallest number, and
 * numbers more than twelve orders of magnitude below the largest that of its limit.
 */
export function speedScale(speeds: readonly number[]): {
  scale: Plot.ScaleOptions;
  limits: [number, number];
} {
  // What is smaller cannot be divided any more, and is as good as 0.
  const positive = speeds.filter((speed) => speed > 1e-290);
  const high = positive.reduce((a, b) => Math.max(a, b), 0) || 1;
  const low = Math.max(
    positive.reduce((a, b) => Math.min(a, b), high),
    high * 1e-12,
  );
  // A logarithmic scale needs two limits.
  const limits: [number, number] = low < high ? [low, high] : [high / 10, high];
  return { scale: { type: 'log', scheme: 'turbo', domain: limits, clamp: true }, limits };
}

/**
 * Paths in the plane, each step coloured by its squared length: slow is blue, fast is red, on a logarithmic scale.
 *
 * A ring stands where a path starts, a disc where it ends. Coordinates must be finite.
 *
 * Source: Azarafrooz 2020 (FTNPL), fig. 2 and 3, which colour by `|mu_t - mu_(t-1)|^2`.
 *
 * @param paths - Each a list of points [x, y].
 * @returns Options for Observable Plot: in a browser, `document.body.append(Plot.plot(options))`.
 *
 * @example
 * ```ts
 * import { trajectoryPlot } from '@descant/autodiff-games/plots';
 * const options = trajectoryPlot([[[1, 0], [0.5, 0.4], [0.1, 0.2]]], { x: { label: 'player 1' }, marked: [[0, 0]] });
 * options.color?.scheme; // => 'turbo'
 * ```
 */
export function trajectoryPlot(
  paths: readonly (readonly Point[])[],
  options: TrajectoryOptions = {},
): Plot.PlotOptions {
  const { marked = [], speedLabel = 'squared step' } = options;
  const segments = paths.flatMap(segmentsOf);
  const { scale, limits } = speedScale(segments.map(({ speed }) => speed));
  const points = [...paths.flat(), ...marked];
  const axes = {
    x: { domain: extent(points.map(([x]) => x)), ...options.x },
    y: { domain: extent(points.map(([, y]) => y)), ...options.y },
  };
  const ends = (which: 'first' | 'last') =>
    paths.flatMap((path) => (path.length === 0 ? [] : [path[which === 'first' ? 0 : path.length - 1]]));
  return {
    ...picture({ ...options, ...axes }, [
      Plot.link(segments, {
        x1: 'x1',
        y1: 'y1',
        x2: 'x2',
        y2: 'y2',
        stroke: ({ speed }: Segment) => Math.max(speed, limits[0]),
        strokeWidth: 1.2,
      }),
      Plot.dot(ends('first'), { x: '0', y: '1', r: 4, stroke: '#222', fill: 'white' }),
      Plot.dot(ends('last'), { x: '0', y: '1', r: 4, fill: '#222' }),
      Plot.dot(marked, { x: '0', y: '1', r: 6, symbol: 'times', stroke: '#222', strokeWidth: 2 }),
      colourBar(speedLabel, limits, true),
    ]),
    color: scale,
  };
}
