/** What POLA's players climb: their value on plays, less what it costs to have moved away from an earlier policy. */
import { loadedDice } from '@descant/estimators';
import {
  at,
  concat,
  exp,
  expandDims,
  logSoftmax,
  mean,
  mul,
  slice,
  stack,
  stopGradient,
  sub,
  sum,
  type Tensor,
  where,
} from '@descant/tensor-ops';
import type { Network } from '../networks/network.ts';
import { logProbabilityOf, type Plays, toRollout } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';

/** The game as POLA's objectives are estimated in it. */
export interface EstimatedGame {
  readonly game: SampledGame;
  /** Plays of the game; their log-probabilities are not looked at. */
  readonly sample: (parameters: readonly unknown[], key: Tensor) => Plays;
  /** V of a seat. */
  readonly critic: Network;
  /** Of generalised advantages. */
  readonly lambda: number;
  /** Of Loaded DiCE. */
  readonly dependence: number;
}

/** Logits [T, B, A] of a seat's policy on what the seat saw in plays. */
const logitsOn = ({ policies }: SampledGame, plays: Plays, seat: number, parameters: unknown): Tensor =>
  policies[seat].sequence(parameters, at(plays.observations, seat, 2));

/** V of a seat before and after each step of plays, both [T, B, 1]. */
export function judge(
  critic: Network,
  parameters: unknown,
  plays: Plays,
  seat: number,
): { readonly values: Tensor; readonly nextValues: Tensor } {
  const seen = concat([at(plays.observations, seat, 2), expandDims(at(plays.finalObservations, seat, 1), 0)]);
  const all = critic.sequence(parameters, seen);
  const shape = [all.shape[0] - 1, all.shape[1], 1];
  return { values: slice(all, [0, 0, 0], shape), nextValues: slice(all, [1, 0, 0], shape) };
}

/** The plays of one seat as estimators take them, with the log-probabilities of all seats. */
export function seatRollout(
  { game, critic }: EstimatedGame,
  plays: Plays,
  seat: number,
  criticParameters: unknown,
) {
  const rewards = slice(plays.rewards, [0, 0, seat], [...plays.rewards.shape.slice(0, 2), 1]);
  return toRollout(game, { ...plays, rewards }, judge(critic, criticParameters, plays, seat));
}

/** How far a policy may be from which one, and what the distance costs. */
export interface Proximity {
  /** Parameters of the policy to stay near to. */
  readonly target: unknown;
  /** beta, at least 0. */
  readonly penalty: number;
}

/**
 * The value of a seat with its penalty, from plays of exactly these parameters; to be MAXIMISED.
 *
 * `J_i - beta mean_(t, b) sum_a target(a | o_t) log(target(a | o_t) / pi(a | o_t))` with J_i Loaded DiCE's surrogate, in
 * all seats' log-probabilities, of any order. The plays are constants in the penalty.
 */
export function proximalValue(
  estimated: EstimatedGame,
  plays: Plays,
  seat: number,
  parameters: readonly unknown[],
  criticParameters: unknown,
  { target, penalty }: Proximity,
): Tensor {
  const { game, lambda, dependence } = estimated;
  const logits = parameters.map((x, j) => logitsOn(game, plays, j, x));
  const acted = logits.map((l, j) => logProbabilityOf(l, at(plays.actions, j, 2)));
  const logProbabilities = where(plays.over, 0, stack(acted, 2));
  const rollout = { ...seatRollout(estimated, plays, seat, criticParameters), logProbabilities };
  const value = at(loadedDice({ lambda: dependence, tau: lambda }).surrogate(rollout), 0);
  if (penalty === 0) return value;
  const aimed = logSoftmax(stopGradient(logitsOn(game, plays, seat, target)));
  const divergence = sum(mul(exp(aimed), sub(aimed, logSoftmax(logits[seat]))), -1);
  return sub(value, mul(penalty, mean(divergence)));
}
