/** Simulation question answering: how an agent answers each action, from what it does in simulated games. */

import { magicBox } from '@descant/estimators';
import {
  add,
  arange,
  at,
  broadcastTo,
  categorical,
  expandDims,
  foldIn,
  key as keyOf,
  mean,
  mul,
  randint,
  reshape,
  split,
  type Tensor,
  where,
  zeros,
} from '@descant/tensor-ops';
import { logProbabilityOf } from '../plays/play.ts';
import { observeAll, type Position, proceed } from '../plays/position.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { repeatRows } from './rows.ts';

/** How the detective asks. */
export interface QuestionOptions {
  /** Simulated games for each action; default 16. */
  readonly samples?: number;
  /** Their length; default 4. */
  readonly steps?: number;
  /**
   * Whether each simulation draws chances of the environment of its own, as BRS does (default). Otherwise all have the
   * same, as in BRS-SP: the next coin then always appears in the same place after the same events.
   */
  readonly reseed?: boolean;
}

/** The chances of all simulations that do not draw their own. */
const KEPT_SEED = 0;

/**
 * What each action of seat 1 would pay it against the agent in seat 0 if it acted at random afterwards: [B, A].
 *
 * `delta_A = E[sum_{k < K} gamma^k r^2_{t+k} | b_t = A, b_{t+k} uniform]`, the mean over samples of games simulated from
 * the present state with the agent's own policy and memory, each reward times DiCE's magic box of the agent's
 * log-probabilities so far: derivatives of the answers in the agent's parameters are unbiased at any order.
 *
 * Source: Cooijmans 2023, thesis, eq. 5.4.4 and 5.4.5, where the reward is read as that of the detective's seat, and
 * appendix 5.A.2.
 *
 * @param position - Of B plays, before a step.
 *
 * @internal
 */
export function simulationAnswers(
  game: SampledGame,
  parameters: unknown,
  position: Position,
  key: Tensor,
  options: Required<QuestionOptions>,
): Tensor {
  const { environment, policies, plays, discount } = game;
  const { samples, steps, reseed } = options;
  const actions = environment.actions[1];
  const times = actions * samples;
  const rows = plays * times;
  const [chances, draws, random] = [0, 1, 2].map((i) => at(split(key, 3), i));
  const first = reshape(broadcastTo(expandDims(arange(0, actions), 1), [plays, actions, samples]), [rows]);
  const answer = ({ state, memories }: Position) =>
    policies[0].step(parameters, at(observeAll(game, state), 0, 1), memories[0]);
  // The agent does not know yet what it is asked: its first answer is the same to all questions.
  let { outputs, memory } = repeatRows(answer(position), times);
  let present = repeatRows(position, times);
  let log = zeros([rows], environment.dtype);
  let total = zeros([rows], environment.dtype);
  for (let k = 0; k < steps; k++) {
    if (k > 0) ({ outputs, memory } = answer(present));
    const own = categorical(foldIn(draws, k), outputs);
    const other = k === 0 ? first : randint(foldIn(random, k), [rows], 0, actions);
    const keys = reseed
      ? split(foldIn(chances, k), rows)
      : broadcastTo(foldIn(keyOf(KEPT_SEED), k), [rows, 2]);
    const step = proceed(game, present, [memory, present.memories[1]], [own, other], keys);
    log = add(log, where(at(present.over, 0, 1), 0, logProbabilityOf(outputs, own)));
    total = add(total, mul(mul(discount ** k, magicBox(log)), at(step.rewards, 1, 1)));
    present = step.position;
  }
  return mean(reshape(total, [plays, actions, samples]), 2);
}
