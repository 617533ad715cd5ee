/** Fixed opponents: policies without parameters. */
import type { TracedEnvironment } from '@descant/envs';
import {
  ArgumentError,
  argmax,
  at,
  broadcastTo,
  key,
  matmul,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { memoryless, type Network } from '../networks/network.ts';

/** A policy that nothing changes: its parameters are null. */
export type FixedPolicy = Network<null, null>;

/** The logit of an action that is never taken: finite, so that probability times log-probability is 0. */
export const NEVER = -1e9;

/** A policy without parameters for a seat, from its logits [..., A] by observations [..., ...I]. */
export function fixedPolicy(
  name: string,
  environment: TracedEnvironment,
  seat: number,
  logits: (observations: Tensor) => Tensor,
): FixedPolicy {
  const { actions, observationShape, dtype } = environment;
  const description = { name, inputShape: observationShape, outputs: actions[seat], dtype, init: () => null };
  return memoryless(description, (_none, observations) => logits(observations));
}

/** Checks that an environment has a seat. */
export function checkSeat(fn: string, environment: TracedEnvironment, seat: number): void {
  const { agents } = environment;
  if (Number.isSafeInteger(seat) && seat >= 0 && seat < agents) return;
  throw new ArgumentError(fn, 'seat', `be a whole number below ${agents}`, String(seat));
}

function checkAction(fn: string, argument: string, action: number, actions: number): void {
  if (Number.isSafeInteger(action) && action >= 0 && action < actions) return;
  throw new ArgumentError(fn, argument, `be a whole number below ${actions}`, String(action));
}

/** The same logits whatever is seen. */
function unseeing(name: string, environment: TracedEnvironment, seat: number, row: number[]): FixedPolicy {
  const { observationShape, dtype } = environment;
  return fixedPolicy(name, environment, seat, (observations) => {
    const leading = observations.shape.slice(0, observations.rank - observationShape.length);
    return broadcastTo(tensor(row, { dtype }), [...leading, row.length]);
  });
}

/** Logits of one action out of some. */
const only = (action: number, actions: number): number[] =>
  Array.from({ length: actions }, (_, a) => (a === action ? 0 : NEVER));

/**
 * The policy that takes each action with the same probability.
 *
 * @throws ArgumentError when there is no such seat.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { uniformPolicy } from '@descant/marl-algos';
 * uniformPolicy(tracedCoinGame(), 0).outputs; // => 4
 * ```
 */
export function uniformPolicy(environment: TracedEnvironment, seat: number): FixedPolicy {
  checkSeat('uniformPolicy', environment, seat);
  const row = Array.from({ length: environment.actions[seat] }, () => 0);
  return unseeing('random', environment, seat, row);
}

/**
 * The policy that always takes the same action: 0 cooperates in the prisoner's dilemma and chicken, 1 defects.
 *
 * @throws ArgumentError when there is no such seat or action.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { constantPolicy } from '@descant/marl-algos';
 * import { softmax, zeros } from '@descant/tensor-ops';
 * const defect = constantPolicy(tracedIteratedMatrixGame({ game: 'prisonersDilemma' }), 0, 1);
 * softmax(defect.sequence(null, zeros([1, 1, 5]))).toArray(); // => [[[0, 1]]]
 * ```
 */
export function constantPolicy(environment: TracedEnvironment, seat: number, action: number): FixedPolicy {
  const fn = 'constantPolicy';
  checkSeat(fn, environment, seat);
  const actions = environment.actions[seat];
  checkAction(fn, 'action', action, actions);
  return unseeing(`always ${action}`, environment, seat, only(action, actions));
}

/** Options of `titForTat`. */
export interface TitForTatOptions {
  /** The first action; default 0, to cooperate. With 1 the policy is the cynic tit-for-tat of BRS. */
  readonly first?: number;
}

/**
 * Tit-for-tat in an iterated matrix game of two players: it does what the other did last.
 *
 * Source: Axelrod and Hamilton 1981; the cynic form, which defects first, Aghajohari et al. 2024, section 5.5.1.
 *
 * @param environment - Two players with the same A actions who see the last joint action: [1 + A^2].
 * @throws ArgumentError when the environment is another, or there is no such seat or action.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { titForTat } from '@descant/marl-algos';
 * import { argmax, eye } from '@descant/tensor-ops';
 * const policy = titForTat(tracedIteratedMatrixGame({ game: 'prisonersDilemma' }), 0);
 * argmax(policy.sequence(null, eye(5)), -1).toArray(); // => [0, 0, 1, 0, 1]
 * ```
 */
export function titForTat(
  environment: TracedEnvironment,
  seat: number,
  { first = 0 }: TitForTatOptions = {},
): FixedPolicy {
  const fn = 'titForTat';
  const { actions, observationShape, dtype, name } = environment;
  const [own, other] = actions;
  if (actions.length !== 2 || own !== other || observationShape.join() !== String(1 + own * own)) {
    const expected = 'be a matrix game of two players with the same actions who see the last joint action';
    throw new ArgumentError(
      fn,
      'environment',
      expected,
      `${name} with observations [${observationShape.join(', ')}]`,
    );
  }
  checkSeat(fn, environment, seat);
  checkAction(fn, 'first', first, own);
  // The environment shows how a seat sees each joint action.
  const start = environment.reset(key(0));
  const seen = (state: unknown) => argmax(at(environment.observe(state), seat)).item();
  const answers = Array.from({ length: 1 + own * own }, () => first);
  for (let joint = 0; joint < own * own; joint++) {
    const pair = [Math.floor(joint / own), joint % own];
    const { state } = environment.step(start, tensor(pair, { dtype: 'int32' }), key(0));
    answers[seen(state)] = pair[1 - seat];
  }
  const table = tensor(
    answers.map((action) => only(action, own)),
    { dtype },
  );
  return fixedPolicy(first === 0 ? 'tit-for-tat' : `tit-for-tat from ${first}`, environment, seat, (x) =>
    matmul(x, table),
  );
}
