/** WoLF-PHC: win or learn fast by policy hill climbing. */
import {
  ArgumentError,
  add,
  argmax,
  concat,
  div,
  full,
  greater,
  minimum,
  mul,
  oneHot,
  slice,
  sub,
  sum,
  type Tensor,
  where,
  zeros,
} from '@descant/tensor-ops';
import { ravel, unravel } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import type { UpdateRule } from './rule.ts';

/** Options of `wolfPhc`. */
export interface WolfPhcOptions {
  /** How many times longer than `learningRate` the steps are when losing, at least 1. */
  readonly losingFactor: number;
}

/** The probabilities of all actions, and what each earns against the others, up to a constant. */
function spread(parameters: Tensor, gradient: Tensor): { strategy: Tensor; earnings: Tensor } {
  if (parameters.size > 1) return { strategy: parameters, earnings: gradient };
  return {
    strategy: concat([parameters, sub(1, parameters)]),
    earnings: concat([gradient, zeros([1], gradient.dtype)]),
  };
}

/**
 * WoLF policy hill climbing: steps of a given length to the best action, short when the strategy does better than its
 * own average so far, long otherwise.
 *
 * With Q(a) the payoff of action a against the opponents, pi the strategy and pi' the average of all strategies so
 * far: delta = eta when `sum_a pi(a) Q(a) > sum_a pi'(a) Q(a)`, else eta l with l = `losingFactor`; every action but
 * the best gives away `min(pi(a), delta / (A - 1))`, and the best gets all of it.
 *
 * Source: Bowling and Veloso 2002 (WoLF-PHC), for one state. Deviation: Q is the exact expected payoff
 * (the gradient of the value) in place of a running estimate from samples, as the game is known here. The average
 * stands in for the equilibrium that WoLF-IGA has to know. Parameters: one tensor of strategies [1] or [A].
 *
 * @param options.losingFactor - At least 1.
 * @returns A rule that remembers its average strategy and the number of steps.
 * @throws ArgumentError when the factor is out of range.
 *
 * @example
 * ```ts
 * import { matrixGame, namedPayoffs, run, wolfPhc } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.prisonersDilemma, strategies: 'probabilities' });
 * const rules = [wolfPhc({ losingFactor: 2 }), wolfPhc({ losingFactor: 2 })];
 * const start = [tensor([[0.9]]), tensor([[0.2]])];
 * const { parameters } = run(game, start, { rules, learningRate: 0.01, steps: 200 });
 * parameters.map((p) => p.data[1]); // => [0, 0]
 * ```
 */
export function wolfPhc({ losingFactor }: WolfPhcOptions): UpdateRule {
  if (!Number.isFinite(losingFactor) || losingFactor < 1) {
    throw new ArgumentError(
      'wolfPhc',
      'losingFactor',
      'be a finite number of at least 1',
      String(losingFactor),
    );
  }
  return {
    name: 'WoLF-PHC',
    init(_game, parameters, player) {
      const own = ravel(parameters[player]);
      return { average: zeros([own.size === 1 ? 2 : own.size], own.dtype), count: zeros([], own.dtype) };
    },
    update(game, parameters, player, state, learningRate) {
      const own = ravel(parameters[player]);
      const gradient = ravel(valueGradient(game, parameters, player, player));
      const { strategy, earnings } = spread(own, gradient);
      const count = add(state.count, 1);
      const average = add(state.average, div(sub(strategy, state.average), count));
      const wins = greater(sum(mul(strategy, earnings)), sum(mul(average, earnings)));
      const [short, long] = [1, losingFactor].map((k) => full([], k * learningRate, own.dtype));
      const delta = where(wins, short, long);
      const best = oneHot(argmax(earnings), strategy.size, own.dtype);
      const given = mul(minimum(strategy, div(delta, strategy.size - 1)), sub(1, best));
      const moved = add(sub(strategy, given), mul(best, sum(given)));
      return {
        parameters: unravel(slice(moved, [0], [own.size]), parameters[player]),
        state: { average, count },
      };
    },
  };
}
