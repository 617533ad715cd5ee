/** Generalised advantage estimation, which knows truncation from termination. */
import { add, concat, mul, reshape, slice, stopGradient, sub, type Tensor } from '@descant/tensor-ops';
import { remainingSum } from '../recurrence.ts';
import { checkField, checkFraction, checkRollout, goesOn, type Rollout, survives } from '../rollout.ts';
import { type Credit, discounted } from './credit.ts';

/** Advantages and what a critic learns from. */
export interface Advantages {
  /** A_t, not yet discounted by gamma^t: [T, B, N]. */
  readonly advantages: Tensor;
  /** What V(s_t) should have been: [T, B, N]. */
  readonly targets: Tensor;
}

/**
 * The values of the states that the steps led to, where no play is cut off within the rollout.
 *
 * `V'_t = V_(t+1)`, and the given last values after the last step. Where plays are truncated and reset within the T
 * steps, V_(t+1) belongs to another play: compute V of the last observation before the reset instead.
 *
 * @param values - V(s_t), [T, B, N].
 * @param last - V(s_T), [B, N]; zeros where the game is over.
 * @returns `nextValues` of a rollout, [T, B, N].
 * @throws ArgumentError when the shapes do not fit.
 *
 * @example
 * ```ts
 * import { followingValues } from '@descant/estimators';
 * import { tensor } from '@descant/tensor-ops';
 *
 * followingValues(tensor([[[1]], [[2]]]), tensor([[3]])).toArray(); // => [[[2]], [[3]]]
 * ```
 */
export function followingValues(values: Tensor, last: Tensor): Tensor {
  const fn = 'followingValues';
  checkField(fn, 'values', values, '[T, B, N]', (s) => s.length === 3 && s[0] > 0);
  const [steps, plays, players] = values.shape;
  const expected = `[B, N] = [${plays}, ${players}]`;
  checkField(fn, 'last', last, expected, (s) => s.join() === `${plays},${players}`);
  const later = slice(values, [1, 0, 0], [steps - 1, plays, players]);
  return concat([later, reshape(last, [1, plays, players])]);
}

/**
 * Generalised advantage estimation: exponentially weighted sums of temporal-difference errors.
 *
 * `delta_t = r_t + gamma (1 - terminated_t) V'_t - V_t` and `A_t = delta_t + gamma lambda (1 - terminated_t)
 * (1 - truncated_t) A_(t+1)`, with V the rollout's `values` and V' its `nextValues`. Termination ends the future;
 * truncation only ends what was seen of it, so the critic's value stands for the rest. The last step of the rollout
 * counts as seen no further, like a truncation. Targets for the critic are `A_t + V_t` (the lambda-returns).
 *
 * lambda = 0 gives one-step errors (actor-critic), lambda = 1 returns minus values: n-step A2C, for rollouts of n
 * steps. Unbiased at lambda = 1 where plays end by termination, for any critic; for smaller lambda only with exact
 * values.
 *
 * Source: Schulman et al. 2016 (GAE); Pardo et al. 2018 for truncation.
 *
 * @param rollout - With `values` and `nextValues`.
 * @param options.lambda - In [0, 1].
 * @throws ArgumentError for wrong shapes, NaN, missing values or a lambda outside [0, 1].
 *
 * @example
 * ```ts
 * import { followingValues, generalisedAdvantages } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const values = tensor([[[1]], [[2]]]);
 * const rollout = {
 *   logProbabilities: zeros([2, 1, 1]),
 *   rewards: tensor([[[1]], [[1]]]),
 *   values,
 *   nextValues: followingValues(values, tensor([[4]])),
 *   truncated: tensor([[false], [true]]),
 *   discount: 0.5,
 * };
 * const { advantages, targets } = generalisedAdvantages(rollout, { lambda: 1 });
 * advantages.toArray(); // => [[[1.5]], [[1]]]
 * targets.toArray(); // => [[[2.5]], [[3]]]
 * ```
 */
export function generalisedAdvantages(rollout: Rollout, options: { readonly lambda: number }): Advantages {
  const fn = 'generalisedAdvantages';
  checkRollout(fn, rollout, ['values', 'nextValues']);
  checkFraction(fn, 'lambda', options.lambda);
  const { rewards, discount } = rollout;
  const [values, nextValues] = [rollout.values, rollout.nextValues].map((v) => stopGradient(v as Tensor));
  const errors = sub(add(rewards, mul(mul(survives(rollout), discount), nextValues)), values);
  const advantages = remainingSum(errors, mul(mul(goesOn(rollout), discount), options.lambda));
  return { advantages, targets: stopGradient(add(advantages, values)) };
}

/**
 * Credit by generalised advantages: `gamma^t A_t` with `generalisedAdvantages`.
 *
 * Source: Schulman et al. 2016. As tau in Loaded DiCE (Farquhar et al. 2019).
 *
 * @param options.lambda - In [0, 1].
 * @throws ArgumentError from the credit: see `generalisedAdvantages`.
 *
 * @example
 * ```ts
 * import { generalisedAdvantage, scoreFunction } from '@descant/estimators';
 *
 * scoreFunction({ credit: generalisedAdvantage({ lambda: 0.95 }) }).order; // => 1
 * ```
 */
export const generalisedAdvantage =
  (options: { readonly lambda: number }): Credit =>
  (rollout) =>
    discounted(rollout, generalisedAdvantages(rollout, options).advantages);

/**
 * Credit by the one-step temporal-difference error, as in A2C: `gamma^t (r_t + gamma V'_t - V_t)`.
 *
 * `generalisedAdvantage` at lambda = 0. Unbiased only with exact values.
 *
 * Source: Mnih et al. 2016 (A3C) with one step; Sutton and Barto 2018, sec. 13.5.
 *
 * @throws ArgumentError from the credit: see `generalisedAdvantages`.
 *
 * @example
 * ```ts
 * import { temporalDifference } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const rollout = {
 *   logProbabilities: zeros([1, 1, 1]),
 *   rewards: tensor([[[1]]]),
 *   values: tensor([[[2]]]),
 *   nextValues: tensor([[[4]]]),
 *   discount: 0.5,
 * };
 * temporalDifference()(rollout).item(); // => 1
 * ```
 */
export const temporalDifference = (): Credit => generalisedAdvantage({ lambda: 0 });
