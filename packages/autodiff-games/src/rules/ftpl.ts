/** FTPL: follow the perturbed leader. */
import {
  ArgumentError,
  add,
  argmax,
  at,
  concat,
  type FloatType,
  foldIn,
  log,
  log1p,
  mul,
  neg,
  oneHot,
  slice,
  split,
  type Tensor,
  uniform,
  zeros,
} from '@descant/tensor-ops';
import { ravel, unravel } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import type { UpdateRule } from './rule.ts';

/** Options of `ftpl`. */
export interface FtplOptions {
  /** The distribution of the perturbations, of scale 1: `exponential` (as published) or `gumbel`. */
  readonly noise: 'exponential' | 'gumbel';
}

/** Exponential draws -ln(1 - u), or Gumbel draws -ln of them. */
function perturbation(key: Tensor, size: number, noise: FtplOptions['noise'], dtype: FloatType): Tensor {
  const exponential = neg(log1p(neg(uniform(key, [size], { dtype }))));
  return noise === 'exponential' ? exponential : neg(log(exponential));
}

/**
 * Follow the perturbed leader: the action that would have been best so far, after random bonuses.
 *
 * `a_{t+1} = argmax_a eta sum_{s <= t} u_s(a) + z_{t+1}(a)`, with u_s(a) the payoff of action a against the opponents
 * and z fresh noise at every step: the strategy is a pure one, drawn anew. With `gumbel` noise action a is drawn with
 * the probability that multiplicative weights (from the uniform strategy) give it.
 *
 * Source: Kalai and Vempala 2005, FPL*, with exponential noise (one-sided: a common shift changes nothing); Azarafrooz
 * 2020 (FTNPL), sec. 2.2, after Gonen and Hazan 2018. FTNPL's h(theta) = sigma theta is a random linear term,
 * which needs a bounded set of strategies such as this one. Parameters: one tensor of strategies [1] or [A].
 *
 * @returns A rule that remembers its earnings and draws random numbers: `run` needs a key.
 * @throws ArgumentError when the noise is unknown.
 *
 * @example
 * ```ts
 * import { ftpl, matrixGame, namedPayoffs, run } from '@descant/autodiff-games';
 * import { key, tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.prisonersDilemma, strategies: 'probabilities' });
 * const rules = [ftpl({ noise: 'exponential' }), ftpl({ noise: 'exponential' })];
 * const start = [tensor([[0.9]]), tensor([[0.2]])];
 * const { parameters } = run(game, start, { rules, learningRate: 1, steps: 40, key: key(0) });
 * parameters.map((p) => p.data[1]); // => [0, 0]
 * ```
 */
export function ftpl({ noise }: FtplOptions): UpdateRule {
  if (noise !== 'exponential' && noise !== 'gumbel') {
    throw new ArgumentError('ftpl', 'noise', 'be exponential or gumbel', String(noise));
  }
  return {
    name: `FTPL(${noise})`,
    randomised: true,
    init(_game, parameters, player, key) {
      const own = ravel(parameters[player]);
      return { earned: zeros([own.size === 1 ? 2 : own.size], own.dtype), key: foldIn(key, player) };
    },
    update(game, parameters, player, { earned, key }, learningRate) {
      const own = ravel(parameters[player]);
      const dtype = own.dtype === 'float64' ? 'float64' : 'float32';
      const gradient = ravel(valueGradient(game, parameters, player, player));
      // Of two actions the gradient is the advantage of the first; a common shift changes nothing.
      const payoffs = own.size === 1 ? concat([gradient, zeros([1], dtype)]) : gradient;
      const total = add(earned, payoffs);
      const keys = split(key);
      const bonus = perturbation(at(keys, 1), total.size, noise, dtype);
      const leader = oneHot(argmax(add(mul(total, learningRate), bonus)), total.size, dtype);
      return {
        parameters: unravel(slice(leader, [0], [own.size]), parameters[player]),
        state: { earned: total, key: at(keys, 0) },
      };
    },
  };
}
