/** What happened in a batch of plays: the input of every estimator that works with log-probabilities. */
import {
  ArgumentError,
  cast,
  concat,
  div,
  mul,
  ones,
  reshape,
  slice,
  sub,
  sum,
  Tensor,
  zeros,
} from '@descant/tensor-ops';
import { runningSum } from './recurrence.ts';

/**
 * T steps of B plays: what M actors drew at random, and what N players were paid for it.
 *
 * In a game M = N, and actor i is player i; with M and N different, one player may have many random choices, or one
 * choice many objectives. Everything may be traced: rollouts can be made and used inside of `jit`, `grad` and `vmap`.
 */
export interface Rollout {
  /**
   * log pi(a_t | s_t) of every actor's draw, differentiable in whatever the policies depend on: [T, B, M]. The draws
   * themselves are constants.
   */
  readonly logProbabilities: Tensor;
  /**
   * What every player is paid for step t, to be MAXIMISED: [T, B, N]. A loss or a cost enters with a minus sign. May
   * depend on parameters, too; their derivatives are then part of every estimate.
   */
  readonly rewards: Tensor;
  /** gamma in [0, 1]. */
  readonly discount: number | Tensor;
  /** Whether the play reached a terminal state with step t, after which nothing is paid: bool [T, B]. */
  readonly terminated?: Tensor;
  /**
   * Whether the play was cut off after step t although it could have gone on: bool [T, B]. After either ending the
   * next step belongs to a new play (auto-reset).
   */
  readonly truncated?: Tensor;
  /** A critic's values V(s_t) for every player: [T, B, N]; constants here, whatever they depend on. */
  readonly values?: Tensor;
  /**
   * V of the state that step t led to, before any reset: [T, B, N]. Where plays are not cut off these are the values
   * of the next step: see `followingValues`.
   */
  readonly nextValues?: Tensor;
  /** Log-probabilities under the policies that drew, where these are others: [T, B, M]; constants. */
  readonly behaviourLogProbabilities?: Tensor;
}

const show = (x: unknown): string => (x instanceof Tensor ? `[${x.shape.join(', ')}]` : String(x));

/** Checks that a field is a tensor of the given shape without NaN; of a traced one the values cannot be known. */
export function checkField(
  fn: string,
  name: string,
  x: unknown,
  expected: string,
  fits: (shape: readonly number[]) => boolean,
): void {
  if (!(x instanceof Tensor) || !fits(x.shape)) {
    throw new ArgumentError(fn, name, `have shape ${expected}`, show(x));
  }
  if (!x.isConcrete) return;
  const wrong = x.data.findIndex((v) => Number.isNaN(v));
  if (wrong >= 0) throw new ArgumentError(fn, name, 'not be NaN', `NaN at element ${wrong}`);
}

/** Checks a number in [0, 1], or a scalar tensor. */
export function checkFraction(fn: string, name: string, x: number | Tensor): void {
  if (x instanceof Tensor) {
    if (x.rank !== 0) throw new ArgumentError(fn, name, 'be a number or a scalar', show(x));
    if (x.isConcrete) checkFraction(fn, name, x.item());
  } else if (!(typeof x === 'number' && x >= 0 && x <= 1)) {
    throw new ArgumentError(fn, name, 'lie in [0, 1]', String(x));
  }
}

/** Checks the shapes of a rollout; `needs` names the optional fields that must be there. */
export function checkRollout(
  fn: string,
  rollout: Rollout,
  needs: readonly ('values' | 'nextValues' | 'behaviourLogProbabilities')[] = [],
): void {
  const { logProbabilities, rewards } = rollout;
  checkField(fn, 'rewards', rewards, '[T, B, N]', (s) => s.length === 3 && s[0] > 0 && s[1] > 0);
  const [steps, plays, players] = rewards.shape;
  const start = [steps, plays].join(', ');
  const startsRight = (s: readonly number[]) => s.length === 3 && s[0] === steps && s[1] === plays;
  checkField(fn, 'logProbabilities', logProbabilities, `[T, B, M] = [${start}, M]`, startsRight);
  const actors = logProbabilities.shape[2];
  const same = (n: number) => (s: readonly number[]) => startsRight(s) && s[2] === n;
  for (const name of needs) {
    if (rollout[name] === undefined) throw new ArgumentError(fn, name, 'be given', 'undefined');
  }
  for (const name of ['values', 'nextValues'] as const) {
    if (rollout[name] !== undefined) {
      checkField(fn, name, rollout[name], `[T, B, N] = [${start}, ${players}]`, same(players));
    }
  }
  if (rollout.behaviourLogProbabilities !== undefined) {
    const expected = `[T, B, M] = [${start}, ${actors}]`;
    checkField(fn, 'behaviourLogProbabilities', rollout.behaviourLogProbabilities, expected, same(actors));
  }
  for (const name of ['terminated', 'truncated'] as const) {
    if (rollout[name] !== undefined) {
      const fits = (s: readonly number[]) => s.length === 2 && s[0] === steps && s[1] === plays;
      checkField(fn, name, rollout[name], `[T, B] = [${start}]`, fits);
    }
  }
  checkFraction(fn, 'discount', rollout.discount);
}

/** A flag [T, B] as numbers [T, B, 1] of the rewards' dtype; zeros where it is not given. */
function flagOf(flag: Tensor | undefined, { shape, dtype }: Tensor): Tensor {
  const all = [shape[0], shape[1], 1];
  return flag === undefined ? zeros(all, dtype) : cast(cast(reshape(flag, all), 'bool'), dtype);
}

/** 1 where step t led to a state with a future, 0 where it was terminal: [T, B, 1]. */
export const survives = ({ rewards, terminated }: Rollout): Tensor => sub(1, flagOf(terminated, rewards));

/** 1 where step t + 1 belongs to the same play as step t, 0 where a play ends: [T, B, 1]. */
export const goesOn = (rollout: Rollout): Tensor =>
  mul(survives(rollout), sub(1, flagOf(rollout.truncated, rollout.rewards)));

/** gamma to the power of the steps since the play began: [T, B, 1]. */
export function discountsOf(rollout: Rollout): Tensor {
  const on = goesOn(rollout);
  const [steps, plays] = on.shape;
  const begins = concat([ones([1, plays, 1], on.dtype), slice(sub(1, on), [0, 0, 0], [steps - 1, plays, 1])]);
  return runningSum(begins, mul(on, rollout.discount));
}

/** The log-probability of everything drawn at each step: [T, B, 1]. */
export const jointLogProbability = (logProbabilities: Tensor): Tensor =>
  sum(logProbabilities, -1, { keepDims: true });

/** Sums over steps and the mean over plays: [T, B, N] becomes [N]. */
export const perPlay = (x: Tensor): Tensor => div(sum(x, [0, 1]), x.shape[1]);
