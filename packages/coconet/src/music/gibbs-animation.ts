/** The course of Gibbs sampling as an animated SVG. */
import { ArgumentError } from '@descant/tensor-ops';
import { type PitchRange, REST } from '../model/input.ts';
import type { SampleStep } from '../sampling/sample.ts';
import { heatOf } from './piano-roll.ts';
import { frameOf, HEAD, heatSvg, notesSvg, paper, type RollOptions, sizeOf, svg } from './roll-drawing.ts';

/** Options of `gibbsAnimation`. */
export interface AnimationOptions extends Omit<RollOptions, keyof PitchRange>, PitchRange {
  /** Which score of the batch; default 0. */
  readonly example?: number;
  /** Pictures a second; default 4. */
  readonly rate?: number;
  /** Pictures at most, spread evenly over the steps; default 40. */
  readonly pictures?: number;
}

/**
 * The course of sampling as an animated SVG, as in figure 3.1: what was hidden, what was predicted, what was filled in.
 *
 * Left: the score before the step, without the hidden cells. Middle: the predictions, summed over the voices. Right:
 * the score after the step, with the cells that were filled in full colour. The animation (SMIL) runs in browsers.
 *
 * Source: Cooijmans (2023), thesis, figure 3.1.
 *
 * @param steps - All steps of one sampling, from `onStep`.
 * @returns The text of an SVG file.
 * @throws ArgumentError when there are no steps.
 *
 * @example
 * ```ts
 * import { compose, conditionalsOf, describe, gibbsAnimation, independentGibbs, initParameters, initPopulation, sample, type SampleStep } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const description = describe({ layers: 4, channels: 4 });
 * const model = { description, parameters: initParameters(key(0), description), statistics: initPopulation(description) };
 * const steps: SampleStep[] = [];
 * const options = { key: key(1), onStep: (step: SampleStep) => steps.push(step) };
 * await sample(conditionalsOf(model), [compose({ steps: 4 })], independentGibbs({ steps: 2 }), options);
 * gibbsAnimation(steps, description).includes('animate'); // => true
 * ```
 */
export function gibbsAnimation(steps: readonly SampleStep[], options: AnimationOptions): string {
  const { example = 0, rate = 4, pictures = 40 } = options;
  if (steps.length === 0) throw new ArgumentError('gibbsAnimation', 'steps', 'hold at least one step', '0');
  const frame = frameOf([], options);
  const length = steps[0].scores[example].length;
  const { width, height } = sizeOf(frame, length);
  const gap = 12;
  const shown = Math.min(pictures, steps.length);
  const chosen = Array.from({ length: shown }, (_, k) =>
    shown === 1 ? steps.length - 1 : Math.round((k * (steps.length - 1)) / (shown - 1)),
  );
  const seconds = chosen.length / rate;
  const groups = chosen.map((n, k) => {
    const step = steps[n];
    const hidden = step.hidden[example];
    // Before the first pass there is nothing but what is fixed, and hidden cells are not drawn.
    const before = steps[Math.max(0, n - 1)].scores[example].map((row, t) =>
      row.map((p, v) => (hidden[t * row.length + v] === 1 ? REST : p)),
    );
    const panels = [
      notesSvg(frame, before),
      heatSvg(frame, heatOf(step, options, example), length),
      notesSvg(frame, step.scores[example], hidden),
    ].map(
      (body, i) =>
        `<g transform="translate(${i * (width + gap)} ${HEAD})">${paper(frame, length)}${body}</g>`,
    );
    const times = chosen.map((_, j) => (j / chosen.length).toFixed(4)).join(';');
    const visible = chosen.map((_, j) => (j === k ? 'inline' : 'none')).join(';');
    const still = k === chosen.length - 1 ? 'inline' : 'none';
    return (
      `<g display="${still}"><text x="2" y="14">step ${step.step} of ${step.steps}</text>${panels.join('')}` +
      `<animate attributeName="display" values="${visible}" keyTimes="${times}" dur="${seconds}s" ` +
      `calcMode="discrete" repeatCount="indefinite"/></g>`
    );
  });
  return svg(3 * width + 2 * gap, height + HEAD, groups.join(''));
}
