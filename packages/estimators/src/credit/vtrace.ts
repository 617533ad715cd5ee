/** V-trace: advantages of one policy from the plays of another. */
import {
  ArgumentError,
  add,
  concat,
  exp,
  minimum,
  mul,
  slice,
  stopGradient,
  sub,
  type Tensor,
} from '@descant/tensor-ops';
import { remainingSum } from '../recurrence.ts';
import {
  checkFraction,
  checkRollout,
  goesOn,
  jointLogProbability,
  type Rollout,
  survives,
} from '../rollout.ts';
import { type Credit, discounted } from './credit.ts';
import type { Advantages } from './gae.ts';

/** Options of `vtraceAdvantages` and `vtrace`. */
export interface VtraceOptions {
  /** rho-bar, where the importance ratios are cut off that decide what is estimated; default 1, at least `cMax`. */
  readonly rhoMax?: number;
  /** c-bar, where those are cut off that only carry later errors back; default 1. */
  readonly cMax?: number;
  /** Decay of later errors in [0, 1]; default 1. */
  readonly lambda?: number;
}

function checkCuts({ rhoMax, cMax }: { rhoMax: number; cMax: number }): void {
  if (!(cMax > 0)) throw new ArgumentError('vtrace', 'cMax', 'be positive', String(cMax));
  if (!(rhoMax >= cMax))
    throw new ArgumentError('vtrace', 'rhoMax', `be at least cMax = ${cMax}`, String(rhoMax));
}

/**
 * V-trace targets and advantages, for plays that another policy (the behaviour) has drawn.
 *
 * With `rho_t = min(rhoMax, pi/mu)` and `c_t = lambda min(cMax, pi/mu)`, pi/mu the ratio of the joint probabilities
 * of all actors' draws: `v_t = V_t + delta_t + gamma c_t (v_(t+1) - V'_t)` where the play goes on, and `V_t + delta_t`
 * where it ends, `delta_t = rho_t (r_t + gamma (1 - terminated_t) V'_t - V_t)`. The advantage of the policy gradient
 * is `rho_t (r_t + gamma (1 - terminated_t) v'_t - V_t)` with v' = v_(t+1), or V' where the play is cut off (also
 * after the last step).
 *
 * Without truncation of the ratios (rhoMax = cMax = Infinity, lambda = 1) the mean is the on-policy return, and with
 * equal policies the targets are those of `generalisedAdvantages`.
 *
 * Source: Espeholt et al. 2018 (IMPALA), eq. 1 and sec. 4.2.
 *
 * @param rollout - With `values`, `nextValues` and `behaviourLogProbabilities`.
 * @throws ArgumentError for wrong shapes, NaN, missing fields, or options out of range.
 *
 * @example
 * ```ts
 * import { vtraceAdvantages } from '@descant/estimators';
 * import { tensor } from '@descant/tensor-ops';
 *
 * const rollout = {
 *   logProbabilities: tensor([[[Math.log(0.5)]]]),
 *   behaviourLogProbabilities: tensor([[[Math.log(0.25)]]]),
 *   rewards: tensor([[[3]]]),
 *   values: tensor([[[1]]]),
 *   nextValues: tensor([[[0]]]),
 *   discount: 0.5,
 * };
 * vtraceAdvantages(rollout).targets.item(); // => 3
 * vtraceAdvantages(rollout, { rhoMax: 2 }).targets.item(); // => 5
 * ```
 */
export function vtraceAdvantages(rollout: Rollout, options: VtraceOptions = {}): Advantages {
  const { rhoMax = 1, cMax = 1, lambda = 1 } = options;
  checkRollout('vtrace', rollout, ['values', 'nextValues', 'behaviourLogProbabilities']);
  checkFraction('vtrace', 'lambda', lambda);
  checkCuts({ rhoMax, cMax });
  const { rewards, discount } = rollout;
  const [values, nextValues, target, behaviour] = [
    rollout.values,
    rollout.nextValues,
    rollout.logProbabilities,
    rollout.behaviourLogProbabilities,
  ].map((x) => stopGradient(x as Tensor));
  const ratio = exp(jointLogProbability(sub(target, behaviour)));
  const rho = cut(ratio, rhoMax);
  const future = mul(survives(rollout), discount);
  const on = goesOn(rollout);
  const errors = mul(rho, sub(add(rewards, mul(future, nextValues)), values));
  // v_t - V_t, in which V'_t is V_(t+1) wherever anything is carried back.
  const corrections = remainingSum(errors, mul(mul(on, discount), mul(cut(ratio, cMax), lambda)));
  const targets = add(values, corrections);
  const [steps, plays, players] = targets.shape;
  const later = concat([
    slice(targets, [1, 0, 0], [steps - 1, plays, players]),
    slice(nextValues, [steps - 1, 0, 0], [1, plays, players]),
  ]);
  const followed = add(mul(on, later), mul(sub(1, on), nextValues));
  const advantages = mul(rho, sub(add(rewards, mul(future, followed)), values));
  return { advantages, targets: stopGradient(targets) };
}

/** The smaller of a ratio and its limit. */
const cut = (ratio: Tensor, limit: number): Tensor =>
  limit === Number.POSITIVE_INFINITY ? ratio : minimum(ratio, limit);

/**
 * Credit by V-trace advantages: `gamma^t A_t` with `vtraceAdvantages`.
 *
 * Source: Espeholt et al. 2018 (IMPALA), sec. 4.2.
 *
 * @throws ArgumentError from the credit: see `vtraceAdvantages`.
 *
 * @example
 * ```ts
 * import { scoreFunction, vtrace } from '@descant/estimators';
 *
 * scoreFunction({ credit: vtrace({ rhoMax: 1 }) }).name; // => 'scoreFunction'
 * ```
 */
export const vtrace =
  (options: VtraceOptions = {}): Credit =>
  (rollout) =>
    discounted(rollout, vtraceAdvantages(rollout, options).advantages);
