/** Piano rolls as SVG: voices in colour, predictions as a heat map. */
import { ArgumentError } from '@descant/tensor-ops';
import { checkScore } from '../data/chorales.ts';
import type { Score } from '../data/score.ts';
import type { PitchRange } from '../model/input.ts';
import type { SampleStep } from '../sampling/sample.ts';
import { frameOf, HEAD, heatSvg, notesSvg, paper, type RollOptions, sizeOf, svg } from './roll-drawing.ts';
import { escapeXml } from './xml.ts';

/** Options of `pianoRollSvg`. */
export interface PianoRollOptions extends RollOptions {
  readonly title?: string;
  /** Cells to set off, row-major [T, I], e.g. those that were sampled: others are paler. */
  readonly marked?: Uint8Array;
  /** Probabilities of pitches summed over the voices, row-major [T, P] over the range; drawn in grey. */
  readonly heat?: ArrayLike<number>;
}

/**
 * A piano roll: time to the right, pitch upwards, a colour for each voice.
 *
 * @returns The text of an SVG file.
 * @throws ArgumentError when a heat map or marks do not fit the score.
 *
 * @example
 * ```ts
 * import { pianoRollSvg } from '@descant/coconet';
 * pianoRollSvg([[72, 67, 64, 48]]).startsWith('<svg'); // => true
 * ```
 */
export function pianoRollSvg(score: Score, options: PianoRollOptions = {}): string {
  const fn = 'pianoRollSvg';
  checkScore(fn, 'score', score);
  const { title, marked, heat } = options;
  const frame = frameOf([score], options);
  const cells = score.length * score[0].length;
  if (marked && marked.length !== cells)
    throw new ArgumentError(fn, 'marked', `have ${cells} cells`, String(marked.length));
  const all = score.length * (frame.high - frame.low + 1);
  if (heat && heat.length !== all)
    throw new ArgumentError(fn, 'heat', `have ${all} cells`, String(heat.length));
  const { width, height } = sizeOf(frame, score.length);
  const head = title === undefined ? 0 : HEAD;
  const text = title === undefined ? '' : `<text x="2" y="14">${escapeXml(title)}</text>`;
  const roll = [
    paper(frame, score.length),
    heat ? heatSvg(frame, heat, score.length) : '',
    notesSvg(frame, score, marked),
  ];
  return svg(width, height + head, `${text}<g transform="translate(0 ${head})">${roll.join('')}</g>`);
}

/**
 * The predictions of a step of sampling as a heat map: probabilities summed over the voices.
 *
 * @param step - From the callback `onStep` of `sample`.
 * @param range - The model's pitches.
 * @param example - Which score of the batch; default 0.
 * @returns Row-major [T, P], for `pianoRollSvg` with the same range.
 *
 * @example
 * ```ts
 * import { heatOf } from '@descant/coconet';
 * const step = { step: 0, steps: 0, hidden: [], scores: [[[60, 60]]], predictions: [Math.log(0.5), 0, Math.log(0.5), -Infinity] };
 * heatOf(step, { lowestPitch: 60, highestPitch: 61 }); // => [1.5, 0.5]
 * ```
 */
export function heatOf(
  step: SampleStep,
  { lowestPitch, highestPitch }: PitchRange,
  example = 0,
): Float64Array {
  const pitches = highestPitch - lowestPitch + 1;
  const score = step.scores[example];
  const voices = score[0].length;
  const size = score.length * pitches;
  return Float64Array.from({ length: size }, (_, at) => {
    const start = (example * size + at) * voices;
    let sum = 0;
    for (let v = 0; v < voices; v++) sum += Math.exp(step.predictions[start + v]);
    return sum;
  });
}
