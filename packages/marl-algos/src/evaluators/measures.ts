/** What is measured of plays, with standard errors over them. */
import {
  ArgumentError,
  arange,
  cast,
  div,
  equal,
  expandDims,
  full,
  mean,
  mul,
  pow,
  reshape,
  sum,
  type Tensor,
} from '@descant/tensor-ops';
import type { Plays } from '../plays/play.ts';

/** A quantity of each play and seat, [B, N], as a part of a whole: reward of steps, own coins of coins. */
export interface Share {
  readonly part: Tensor;
  readonly whole: Tensor;
}

/** What can be measured of plays, inside of compiled code. */
export type Measure = (plays: Plays) => Share;

/** A number measured on n plays. */
export interface Estimate {
  /** Null where nothing was counted, such as own coins of no coins. */
  readonly mean: number | null;
  /** Over plays; null for fewer than two of them. */
  readonly standardError: number | null;
  /** Plays. */
  readonly n: number;
}

/**
 * The ratio of the sums over all plays, with its standard error, for each seat.
 *
 * `R = sum_b part_b / sum_b whole_b` and, by the delta method, `SE = sqrt(sum_b (part_b - R whole_b)^2 / (B (B - 1))) /
 * mean(whole)`; where the whole is the same in all plays, that is the mean with `sd / sqrt(B)`.
 *
 * @returns One for each seat.
 * @throws ArgumentError when the shapes are not [B, N], both the same.
 *
 * @example
 * ```ts
 * import { estimate } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * const share = { part: tensor([[1], [2]]), whole: tensor([[2], [2]]) };
 * estimate(share); // => [{ mean: 0.75, standardError: 0.25, n: 2 }]
 * ```
 */
export function estimate({ part, whole }: Share): Estimate[] {
  if (part.rank !== 2 || part.shape.join() !== whole.shape.join()) {
    const received = [part, whole].map(({ shape }) => `[${shape.join(', ')}]`).join(' and ');
    throw new ArgumentError('estimate', 'share', 'be two tensors of shape [B, N]', received);
  }
  const [n, seats] = part.shape;
  return Array.from({ length: seats }, (_, seat) => {
    const column = ({ data }: Tensor) => Array.from({ length: n }, (_, b) => data[b * seats + seat]);
    const [parts, wholes] = [column(part), column(whole)];
    const total = wholes.reduce((a, b) => a + b, 0);
    if (total === 0) return { mean: null, standardError: null, n };
    const ratio = parts.reduce((a, b) => a + b, 0) / total;
    if (n < 2) return { mean: ratio, standardError: null, n };
    const squares = parts.reduce((s, p, b) => s + (p - ratio * wholes[b]) ** 2, 0);
    const standardError = Math.sqrt(squares / (n * (n - 1))) / Math.abs(total / n);
    return { mean: ratio, standardError, n };
  });
}

/**
 * The reward per step, as a measure of plays.
 *
 * @example
 * ```ts
 * import { rewardPerStep } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * const { part, whole } = rewardPerStep({ rewards: tensor([[[1, 0]], [[3, 1]]]) });
 * [part.toArray(), whole.toArray()]; // => [[[4, 1]], [[2, 2]]]
 * ```
 */
export function rewardPerStep({ rewards }: Pick<Plays, 'rewards'>): Share {
  const [steps, plays, seats] = rewards.shape;
  return { part: sum(rewards, 0), whole: full([plays, seats], steps, rewards.dtype) };
}

/**
 * The discounted return, `sum_t gamma^t r_t` with t = 0 at the first step, as a measure of plays.
 *
 * @param discount - gamma, in [0, 1].
 *
 * @example
 * ```ts
 * import { discountedReturn } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * discountedReturn(0.5)({ rewards: tensor([[[1, 0]], [[3, 1]]]) }).part.toArray(); // => [[2.5, 0.5]]
 * ```
 */
export const discountedReturn =
  (discount: number) =>
  ({ rewards }: Pick<Plays, 'rewards'>): Share => {
    const [steps, plays, seats] = rewards.shape;
    const weights = pow(
      full([steps, 1, 1], discount, rewards.dtype),
      reshape(arange(0, steps), [steps, 1, 1]),
    );
    return { part: sum(mul(rewards, weights), 0), whole: full([plays, seats], 1, rewards.dtype) };
  };

const cooperative = ({ actions, rewards }: Pick<Plays, 'actions' | 'rewards'>): Tensor =>
  cast(equal(actions, 0), rewards.dtype);

/**
 * The share of steps in which a player took action 0, which cooperates in matrix games, as a measure of plays.
 *
 * @example
 * ```ts
 * import { cooperation } from '@descant/marl-algos';
 * import { tensor, zeros } from '@descant/tensor-ops';
 * const actions = tensor([[[0, 1]], [[0, 0]]], { dtype: 'int32' });
 * cooperation({ actions, rewards: zeros([2, 1, 2]) }).part.toArray(); // => [[2, 1]]
 * ```
 */
export function cooperation(plays: Pick<Plays, 'actions' | 'rewards'>): Share {
  const [steps, batch, seats] = plays.actions.shape;
  return { part: sum(cooperative(plays), 0), whole: full([batch, seats], steps, plays.rewards.dtype) };
}

/**
 * The cooperation curve over a play: the share of plays in which each seat took action 0 at each step, [T, N].
 *
 * @example
 * ```ts
 * import { cooperationByTime } from '@descant/marl-algos';
 * import { tensor, zeros } from '@descant/tensor-ops';
 * const actions = tensor([[[0], [0]], [[0], [1]]], { dtype: 'int32' });
 * cooperationByTime({ actions, rewards: zeros([2, 2, 1]) }).toArray(); // => [[1], [0.5]]
 * ```
 */
export const cooperationByTime = (plays: Pick<Plays, 'actions' | 'rewards'>): Tensor =>
  mean(cooperative(plays), 1);

/**
 * How often each seat took action 0 in each of the S states that it sees one-hot, [N, S], and how often it was there.
 *
 * @throws ArgumentError when observations are not [T, B, N, S].
 *
 * @example
 * ```ts
 * import { cooperationByState } from '@descant/marl-algos';
 * import { tensor, zeros } from '@descant/tensor-ops';
 * const actions = tensor([[[0]], [[1]], [[0]]], { dtype: 'int32' });
 * const observations = tensor([[[[1, 0]]], [[[0, 1]]], [[[0, 1]]]]);
 * const { share, visits } = cooperationByState({ actions, observations, rewards: zeros([3, 1, 1]) });
 * [share.toArray(), visits.toArray()]; // => [[[1, 0.5]], [[1, 2]]]
 * ```
 */
export function cooperationByState(plays: Pick<Plays, 'actions' | 'rewards' | 'observations'>): {
  /** P(action 0 | state); NaN for states never seen. */
  readonly share: Tensor;
  readonly visits: Tensor;
} {
  const { observations } = plays;
  if (observations.rank !== 4) {
    const received = `[${observations.shape.join(', ')}]`;
    throw new ArgumentError('cooperationByState', 'observations', 'have shape [T, B, N, S]', received);
  }
  const visits = sum(observations, [0, 1]);
  const cooperated = sum(mul(observations, expandDims(cooperative(plays), 3)), [0, 1]);
  return { share: div(cooperated, visits), visits };
}
