/** FTRL and FTPL on logits, as the released code of FTNPL has them. */
import { naive, type UpdateRule } from '@descant/autodiff-games';
import {
  add,
  at,
  div,
  type FloatType,
  flatten,
  foldIn,
  log1p,
  mapTree,
  mul,
  neg,
  pow,
  split,
  sub,
  type Tensor,
  uniform,
  zeros,
} from '@descant/tensor-ops';

const floatOf = (tensor: Tensor): FloatType => (tensor.dtype === 'float64' ? 'float64' : 'float32');

/**
 * Gradient steps on the logits with a regulariser that fades: `z <- z + eta (grad f - 2 w (1 + t)^(-2/3) z)`.
 *
 * Source: code of Azarafrooz 2020 (FTNPL), ftrl.py, with w = 1e-3. It is no FTRL over strategies, for which see `ftrl`
 * of `@descant/autodiff-games`; it is what the paper's fig. 2 and 3 show. There players move in turns, here at once.
 */
export const fadingFtrl = (weight: number): UpdateRule => ({
  name: 'FTRL',
  init: (_game, parameters, player) => ({ t: zeros([], floatOf(flatten(parameters[player]).leaves[0])) }),
  update: (game, parameters, player, { t }, learningRate) => {
    const decay = mul(pow(add(t, 1), -2 / 3), 2 * weight);
    const gradient = naive().direction(game, parameters, player);
    return {
      parameters: mapTree(
        (z, g) => add(z, mul(sub(g, mul(z, decay)), learningRate)),
        parameters[player],
        gradient,
      ),
      state: { t: add(t, 1) },
    };
  },
});

/**
 * Gradient steps on the logits with a random push: `z <- z + eta (grad f + e)`, e exponential of the given rates.
 *
 * Source: code of Azarafrooz 2020 (FTNPL), ftpl.py. FTPL over strategies is `ftpl` of `@descant/autodiff-games`.
 *
 * @param rates - Of each player's exponential distribution; the mean of e is 1 / rate.
 */
export const perturbedLeader = (rates: readonly number[]): UpdateRule => ({
  name: 'FTPL',
  randomised: true,
  init: (_game, _parameters, player, key) => ({ key: foldIn(key, player) }),
  update: (game, parameters, player, { key }, learningRate) => {
    const keys = split(key);
    const gradient = naive().direction(game, parameters, player);
    return {
      parameters: mapTree(
        (z, g) => {
          const u = uniform(at(keys, 1), z.shape, { dtype: floatOf(z) });
          return add(z, mul(add(g, div(neg(log1p(neg(u))), rates[player])), learningRate));
        },
        parameters[player],
        gradient,
      ),
      state: { key: at(keys, 0) },
    };
  },
});
