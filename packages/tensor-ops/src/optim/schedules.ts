/** Learning rates that change: functions of the number of updates done. */
import { ArgumentError } from '../errors.ts';
import { add, clip, cos, div, maximum, mul, pow, sub } from '../ops/arithmetic.ts';
import { less, where } from '../ops/compare.ts';
import type { Schedule } from './optimizer.ts';

/** Checks a number of steps. */
function checkSteps(fn: string, steps: number): number {
  if (!(steps > 0)) throw new ArgumentError(fn, 'steps', 'be positive', String(steps));
  return steps;
}

/**
 * The same value at every step.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { constantSchedule } from '@descant/tensor-ops/optim';
 * constantSchedule(0.1)(tensor(7)); // => 0.1
 * ```
 */
export const constantSchedule =
  (value: number): Schedule =>
  () =>
    value;

/**
 * A straight line from `from` at step 0 to `to` at step `steps`, and `to` afterwards.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { linearSchedule } from '@descant/tensor-ops/optim';
 * linearSchedule({ from: 1, to: 0, steps: 4 })(tensor([0, 1, 9])); // => [1, 0.75, 0]
 * ```
 */
export function linearSchedule(options: { from: number; to: number; steps: number }): Schedule {
  const { from, to } = options;
  const steps = checkSteps('linearSchedule', options.steps);
  return (step) => add(from, mul(to - from, clip(div(step, steps), 0, 1)));
}

/**
 * Geometric decay: initial decay^(step / steps).
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { exponentialSchedule } from '@descant/tensor-ops/optim';
 * exponentialSchedule({ initial: 8, decay: 0.5, steps: 2 })(tensor([0, 2, 4])); // => [8, 4, 2]
 * ```
 */
export function exponentialSchedule(options: { initial: number; decay: number; steps: number }): Schedule {
  const { initial, decay } = options;
  const steps = checkSteps('exponentialSchedule', options.steps);
  if (!(decay > 0)) throw new ArgumentError('exponentialSchedule', 'decay', 'be positive', String(decay));
  return (step) => mul(initial, pow(decay, div(step, steps)));
}

/**
 * Half a cosine from `initial` at step 0 to `final` (default 0) at step `steps`, and `final` afterwards.
 *
 * final + (initial - final) (1 + cos(pi t)) / 2 with t = min(step / steps, 1).
 *
 * Source: Loshchilov and Hutter (2017), eq. 5, without restarts.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { cosineSchedule } from '@descant/tensor-ops/optim';
 * cosineSchedule({ initial: 2, steps: 10 })(tensor([0, 5])); // => [2, 1]
 * ```
 */
export function cosineSchedule(options: { initial: number; steps: number; final?: number }): Schedule {
  const { initial, final = 0 } = options;
  const steps = checkSteps('cosineSchedule', options.steps);
  return (step) => {
    const wave = cos(mul(Math.PI, clip(div(step, steps), 0, 1)));
    return add(final, mul((initial - final) / 2, add(1, wave)));
  };
}

/**
 * A straight rise from 0 to the first value of a schedule in `steps` steps; then the schedule, from its step 0 on.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { constantSchedule, warmup } from '@descant/tensor-ops/optim';
 * warmup(4, constantSchedule(2))(tensor([0, 1, 4, 9])); // => [0, 0.5, 2, 2]
 * ```
 */
export function warmup(steps: number, schedule: Schedule): Schedule {
  checkSteps('warmup', steps);
  return (step) => {
    const after = schedule(maximum(sub(step, steps), 0));
    return where(less(step, steps), mul(div(step, steps), after), after);
  };
}
