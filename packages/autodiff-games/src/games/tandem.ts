/** The tandem game of Letcher et al. */
import { add, at, mul, normal, split, square, sub, sum } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { checkShapes } from '../parameters.ts';

/**
 * The tandem game: two players pay for the same (x + y)^2, and each wants to let the other pay.
 *
 * `f_1 = -((x + y)^2 - 2 x)`, `f_2 = -((x + y)^2 - 2 y)`, the parameters being tensors [1] that start as standard
 * normals. Naive learners settle on x + y = 1; LOLA players overshoot to a worse place.
 *
 * Source: Letcher et al. 2019, "Stable opponent shaping", sec. 3.2, with the sign of a value to maximise.
 *
 * @example
 * ```ts
 * import { tandemGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * tandemGame().values([tensor([3]), tensor([1])]).map((v) => v.item()); // => [-10, -14]
 * ```
 */
export const tandemGame = (): Game => ({
  name: 'tandem',
  players: 2,
  values(parameters) {
    checkShapes('tandem', parameters, [[1], [1]]);
    const shared = square(add(parameters[0], parameters[1]));
    return parameters.map((x) => sum(sub(mul(2, x), shared)));
  },
  init(key, dtype = 'float32') {
    const keys = split(key, 2);
    return [0, 1].map((player) => normal(at(keys, player), [1], dtype));
  },
});
