/** The matching pennies of FTNPL: convex and not. */

import type { Tensor } from '@descant/tensor-ops';
import {
  at,
  type FloatType,
  matmul,
  mul,
  neg,
  normal,
  relu,
  softmax,
  split,
  sub,
  sum,
  tensor,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { checkShapes } from '../parameters.ts';

/** Options of `pennies`. */
export interface PenniesOptions {
  /** True (example 1): both losses are bilinear in the strategies. False (example 2): player 2's is a ReLU of it. */
  readonly convex: boolean;
}

/** A mixed strategy less the uniform one, so that the equilibrium is 0. */
const centredStrategy = (logits: Tensor): Tensor => sub(softmax(logits), 0.5);

/** The players' values of two centred strategies [2]. */
function penniesValues(phi: Tensor, omega: Tensor, convex: boolean): [Tensor, Tensor] {
  const matrix = tensor(
    [
      [1, -1],
      [-1, 1],
    ],
    { dtype: phi.dtype },
  );
  const loss = sum(mul(phi, matmul(matrix, omega)));
  return [neg(loss), convex ? loss : neg(relu(neg(loss)))];
}

/**
 * Matching pennies as in FTNPL, with the equilibrium at strategies 0 after the uniform one is subtracted.
 *
 * With phi, omega in R^2 the softmax of each player's two logits less 1/2, and A = [[1, -1], [-1, 1]]:
 * `L = phi A omega'`; player 1 has the loss L, player 2 the loss -L when `convex` (example 1) and ReLU(-L) otherwise
 * (example 2). The values are the negated losses. In the second game player 2 has no gradient where L >= 0.
 *
 * Source: Azarafrooz 2020 (FTNPL), examples 1 and 2. The paper calls phi and omega mixed strategies with the
 * equilibrium (0, 0), which fits only when 1/2 is subtracted; so does its released code, which also holds the
 * strategies as softmaxes of logits. Logits start as standard normals (the code draws some from a uniform).
 *
 * @example
 * ```ts
 * import { pennies } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([40, 0]), tensor([40, 0])];
 * pennies({ convex: true }).values(x).map((v) => v.item()); // => [-1, 1]
 * pennies({ convex: false }).values(x).map((v) => v.item() + 0); // => [-1, 0]
 * ```
 */
export const pennies = ({ convex }: PenniesOptions): Game => ({
  name: convex ? 'matching pennies (convex)' : 'matching pennies (non-convex)',
  players: 2,
  values(parameters) {
    checkShapes('pennies', parameters, [[2], [2]]);
    const [phi, omega] = parameters.map(centredStrategy);
    return penniesValues(phi, omega, convex);
  },
  init(key, dtype: FloatType = 'float32') {
    const keys = split(key, 2);
    return [0, 1].map((player) => normal(at(keys, player), [2], dtype));
  },
});
