/** The equation that COLA solves: every player's direction takes account of all the directions. */
import { add, at, expandDims, grad, mul, stack, sum, type Tensor } from '@descant/tensor-ops';
import type { FlatGame } from '../../networks/flat-game.ts';

/** Directions [2, R, n] of both players at positions [2, R, n]. */
export type DirectionField = (x: Tensor) => Tensor;

/**
 * The gradient of each player's value after the step that a field imagines for its opponent, [2, R, n].
 *
 * `d/dx_i f_i(x_i, x_j + alpha g_j(x))`, a total derivative through the field g: of naive directions it makes exact
 * LOLA, of HOLA(n) it makes HOLA(n + 1), and it leaves the consistent directions of COLA as they are.
 *
 * Source: Cooijmans 2023, thesis, appendix 6.B.
 *
 * @param rates - alpha of each play, [R].
 */
export function shapingGradients(game: FlatGame, field: DirectionField, x: Tensor, rates: Tensor): Tensor {
  const steps = expandDims(rates, 1);
  return stack(
    [0, 1].map((player) => {
      const value = (own: Tensor) => {
        const here = stack(player === 0 ? [own, at(x, 1)] : [at(x, 0), own]);
        const opponent = 1 - player;
        const moved = add(at(here, opponent), mul(steps, at(field(here), opponent)));
        return sum(at(game.values(stack(player === 0 ? [own, moved] : [moved, own])), player));
      };
      return grad(value)(at(x, player));
    }),
  );
}
