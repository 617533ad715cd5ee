/** Iterated matrix games as functions of tensors. */
import {
  add,
  arange,
  cast,
  equal,
  expandDims,
  gather,
  mul,
  stack,
  sum,
  type Tensor,
  tensor,
  where,
  zeros,
} from '@descant/tensor-ops';
import { type MatrixGameOptions, matrixGameForm } from '../environments/matrix-game.ts';
import { checkDtype, int, never, truncation } from './helpers.ts';
import type { TracedEnvironment, TracedOptions } from './traced.ts';

/** The state: the joint actions so far, plus one, in int32 (the last, or [maxSteps] all), and the steps taken. */
export interface MatrixGameState {
  readonly played: Tensor;
  readonly time: Tensor;
}

/**
 * An iterated matrix game as pure functions of tensors; the rules are those of `iteratedMatrixGame`, step for step.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { key, tensor } from '@descant/tensor-ops';
 * const game = tracedIteratedMatrixGame({ game: 'chicken' });
 * const start = game.reset(key(0));
 * const { state, rewards } = game.step(start, tensor([0, 1], { dtype: 'int32' }), key(1));
 * rewards.toArray(); // => [-1, 1]
 * game.observe(state).toArray(); // => [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]
 * ```
 */
export function tracedIteratedMatrixGame(
  options: MatrixGameOptions & TracedOptions = {},
): TracedEnvironment<MatrixGameState> {
  const { dtype = 'float32', ...rules } = options;
  checkDtype('tracedIteratedMatrixGame', dtype);
  const form = matrixGameForm('tracedIteratedMatrixGame', rules);
  const { name, actions, joint, strides, maxSteps } = form;
  const players = actions.length;
  const remembers = form.observation === 'history';
  const payoffs = tensor(form.payoffs as number[][], { dtype });
  // Row 0 is the start, which nobody sees as a joint action: -1 has no place in a one-hot of a history.
  const seenAs = form.seenAs.map((row) =>
    int([remembers ? -1 : 0, ...row.map((s) => (remembers ? s : s + 1))]),
  );
  return {
    name,
    agents: players,
    actions,
    observationShape: remembers ? [maxSteps, joint] : [1 + joint],
    dtype,
    maxSteps,
    reset: () => ({ played: remembers ? zeros([maxSteps], 'int32') : int(0), time: int(0) }),
    step(state, taken) {
      const s = sum(mul(taken, int(strides)));
      const place = equal(arange(0, maxSteps === Number.POSITIVE_INFINITY ? 1 : maxSteps), state.time);
      const played = remembers ? where(place, add(s, 1), state.played) : add(s, 1);
      const time = add(state.time, 1);
      const terminated = never(players);
      return {
        state: { played, time },
        rewards: gather(payoffs, s, 1),
        terminated,
        truncated: truncation(time, maxSteps, terminated),
      };
    },
    observe({ played }) {
      const see = (table: Tensor): Tensor => {
        const seen = gather(table, played);
        // One row for each step, or one for the last.
        const numbers = arange(0, remembers ? joint : 1 + joint);
        return cast(equal(numbers, remembers ? expandDims(seen, 1) : seen), dtype);
      };
      return stack(seenAs.map(see));
    },
  };
}
