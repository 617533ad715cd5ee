/** What the rules that look ahead share: the imagined steps of the other players. */
import { ArgumentError, grad, type Tensor } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { playerValue, replaced, stepped } from '../parameters.ts';

/** Checks a step size: a finite number of at least 0. */
export function checkRate(rule: string, argument: string, rate: number): number {
  if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0) {
    throw new ArgumentError(rule, argument, 'be a finite number of at least 0', String(rate));
  }
  return rate;
}

/** The gradient in the player's own parameters of a surrogate for its value. */
export function surrogateGradient<P>(
  parameters: readonly P[],
  player: number,
  surrogate: (parameters: readonly P[]) => Tensor,
): P {
  return grad((x: P) => surrogate(replaced(parameters, player, x)))(parameters[player]);
}

/** One player's value after every other player has made the imagined step x_j + rate d_j(x). */
export function valueAfterOpponents<P>(
  game: Game<P>,
  parameters: readonly P[],
  player: number,
  rate: number,
  opponentDirection: (opponent: number) => P,
): Tensor {
  const moved = parameters.map((x, j) => (j === player ? x : stepped(x, rate, opponentDirection(j))));
  return playerValue(game, moved, player);
}

/** The indices of all players but one. */
export const opponentsOf = (game: { readonly players: number }, player: number): number[] =>
  Array.from({ length: game.players }, (_, j) => j).filter((j) => j !== player);
