/** The parts of piano rolls in SVG: paper, notes, heat maps. */
import type { Score } from '../data/score.ts';
import { type PitchRange, REST } from '../model/input.ts';
import { notesOf } from './notes.ts';

/** Colours of the voices, soprano first; told apart without red and green. */
export const VOICE_COLOURS = ['#d55e00', '#e69f00', '#009e73', '#0072b2', '#cc79a7', '#56b4e9'];

/** Options of the pictures. */
export interface RollOptions extends Partial<PitchRange> {
  /** Width of a step and height of a pitch, in pixels; default 8 and 5. */
  readonly cell?: { readonly width: number; readonly height: number };
  /** Steps from one bar line to the next; default 16. */
  readonly stepsPerBar?: number;
}

/** The measures of a picture. */
export interface Frame {
  readonly low: number;
  readonly high: number;
  readonly width: number;
  readonly height: number;
  readonly stepsPerBar: number;
}

export function frameOf(scores: readonly Score[], options: RollOptions): Frame {
  const sounding = scores.flat(2).filter((p) => p !== REST);
  const { width, height } = options.cell ?? { width: 8, height: 5 };
  return {
    low: options.lowestPitch ?? Math.min(60, ...sounding) - 2,
    high: options.highestPitch ?? Math.max(60, ...sounding) + 2,
    width,
    height,
    stepsPerBar: options.stepsPerBar ?? 16,
  };
}

const rectangle = (x: number, y: number, width: number, height: number, rest: string): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" ${rest}/>`;

/** The upper edge of a pitch's row. */
const topOf = ({ high, height }: Frame, pitch: number): number => (high - pitch) * height;
/** Width and height of the paper for some steps. */
export const sizeOf = ({ low, high, width, height }: Frame, steps: number) => ({
  width: steps * width,
  height: (high - low + 1) * height,
});

const BLACK_KEYS = new Set([1, 3, 6, 8, 10]);

/** Paper with the black keys' rows shaded and bar lines. */
export function paper(frame: Frame, steps: number): string {
  const size = sizeOf(frame, steps);
  const rows = Array.from({ length: frame.high - frame.low + 1 }, (_, i) => frame.low + i)
    .filter((pitch) => BLACK_KEYS.has(pitch % 12))
    .map((pitch) => rectangle(0, topOf(frame, pitch), size.width, frame.height, 'fill="#f3f3f3"'));
  const bars = Array.from({ length: Math.floor((steps - 1) / frame.stepsPerBar) }, (_, i) => {
    const x = (i + 1) * frame.stepsPerBar * frame.width;
    return `<line x1="${x}" y1="0" x2="${x}" y2="${size.height}" stroke="#ccc"/>`;
  });
  const sheet = rectangle(0, 0, size.width, size.height, 'fill="#fff" stroke="#ccc"');
  return [sheet, ...rows, ...bars].join('');
}

/** The longest runs of steps, from and to, for which something holds. */
function runs(start: number, end: number, holds: (t: number) => boolean): [number, number][] {
  const found: [number, number][] = [];
  for (let t = start; t < end; t++) {
    const last = found.at(-1);
    if (!holds(t)) continue;
    if (last?.[1] === t) last[1] = t + 1;
    else found.push([t, t + 1]);
  }
  return found;
}

/** The notes of a score; cells that are not marked are pale. */
export function notesSvg(frame: Frame, score: Score, marked?: Uint8Array): string {
  const voices = score[0].length;
  return notesOf(score)
    .filter(({ pitch }) => pitch >= frame.low && pitch <= frame.high)
    .map(({ voice, pitch, start, end }) => {
      const colour = VOICE_COLOURS[voice % VOICE_COLOURS.length];
      const y = topOf(frame, pitch);
      const whole = rectangle(
        start * frame.width,
        y,
        (end - start) * frame.width - 1,
        frame.height,
        `fill="${colour}"${marked ? ' fill-opacity="0.35"' : ''}`,
      );
      const strong = runs(start, end, (t) => marked?.[t * voices + voice] === 1).map(([from, to]) =>
        rectangle(from * frame.width, y, (to - from) * frame.width - 1, frame.height, `fill="${colour}"`),
      );
      return whole + strong.join('');
    })
    .join('');
}

/** Less than this is not drawn. */
const FAINTEST = 0.02;

/** Probabilities in grey, darkest at one. */
export function heatSvg(frame: Frame, heat: ArrayLike<number>, steps: number): string {
  const pitches = frame.high - frame.low + 1;
  const cells: string[] = [];
  for (let t = 0; t < steps; t++)
    for (let p = 0; p < pitches; p++) {
      const value = Math.min(1, heat[t * pitches + p]);
      if (value < FAINTEST) continue;
      const fill = `fill="#000" fill-opacity="${value.toFixed(2)}"`;
      cells.push(rectangle(t * frame.width, topOf(frame, frame.low + p), frame.width, frame.height, fill));
    }
  return cells.join('');
}

/** An SVG file. */
export const svg = (width: number, height: number, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
  `font-family="sans-serif" font-size="12">${body}</svg>\n`;

/** Room for the title. */
export const HEAD = 20;
