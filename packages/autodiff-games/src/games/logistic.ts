/** The logistic game of Letcher. */
import {
  add,
  at,
  mul,
  neg,
  reshape,
  sigmoid,
  split,
  square,
  sub,
  type Tensor,
  uniform,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { checkShapes } from '../parameters.ts';

/**
 * The logistic game: two stable fixed points on the diagonal, A = (-5.03, -5.03) and the better B = (5.03, 5.03),
 * between which neither player can go alone.
 *
 * `f_i = -4 s(x_i) (1 - 2 s(x_j)) - (x_1^2 x_2^2 + (x_1 - x_2)^2 (x_1 + x_2)^2) / 10000`, with s the sigmoid. The
 * parameters are tensors [1] and start uniformly on (-8, 8) (thesis, appendix 6.D).
 *
 * Source: Letcher 2018; Cooijmans 2023, thesis, eq. 6.5.1. Letcher writes the divisor 1000, but his plots, like the
 * thesis and this code, use 10000.
 *
 * @example
 * ```ts
 * import { logisticGame, simultaneousGradient } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const b = tensor([5.03070988], { dtype: 'float64' });
 * simultaneousGradient(logisticGame(), [b, b])[0]; // => [0]
 * ```
 */
export const logisticGame = (): Game => ({
  name: 'logistic',
  players: 2,
  values(parameters) {
    checkShapes('logistic', parameters, [[1], [1]]);
    const [x, y] = parameters.map((p) => reshape(p, []));
    const walls = add(mul(square(x), square(y)), mul(square(sub(x, y)), square(add(x, y))));
    const value = (own: Tensor, other: Tensor) => {
      const attraction = mul(mul(4, sigmoid(own)), sub(1, mul(2, sigmoid(other))));
      return neg(add(attraction, mul(walls, 1e-4)));
    };
    return [value(x, y), value(y, x)];
  },
  init(key, dtype = 'float32') {
    const keys = split(key, 2);
    return [0, 1].map((player) => uniform(at(keys, player), [1], { dtype, low: -8, high: 8 }));
  },
});
