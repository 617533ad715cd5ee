/** Optimistic gradient ascent. */
import { mapTree, mul, sub } from '@descant/tensor-ops';
import { ravel, stepped, unravel } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import type { UpdateRule } from './rule.ts';

/**
 * Optimistic gradient ascent: a step with the gradient that the last two predict.
 *
 * `x_{t+1} = x_t + eta (2 g_t - g_{t-1})` with `g_t = grad_i f_i(x_t)` and `g_{-1} = g_0`. On bilinear games it
 * converges where gradient ascent diverges, with one gradient a step (extragradient needs two).
 *
 * Source: Popov 1980; Daskalakis et al. 2018. Any number of players.
 *
 * @returns A rule that remembers its last gradient.
 *
 * @example
 * ```ts
 * import { bilinearGame, optimisticGradient, run } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const rules = [optimisticGradient(), optimisticGradient()];
 * const x = [tensor([[1]]), tensor([[1]])];
 * const { parameters } = run(bilinearGame(), x, { rules, learningRate: 0.5, steps: 2, stride: 1 });
 * // x: 1 + 0.5, then + 0.5 (2 * 0.5 - 1)
 * parameters[0].toArray(); // => [[[1], [1.5], [1.5]]]
 * ```
 */
export const optimisticGradient = (): UpdateRule => ({
  name: 'optimistic gradient',
  init: (game, parameters, player) => ({ previous: ravel(valueGradient(game, parameters, player, player)) }),
  update(game, parameters, player, { previous }, learningRate) {
    const own = parameters[player];
    const gradient = valueGradient(game, parameters, player, player);
    const predicted = mapTree((now, last) => sub(mul(now, 2), last), gradient, unravel(previous, own));
    return { parameters: stepped(own, learningRate, predicted), state: { previous: ravel(gradient) } };
  },
});
