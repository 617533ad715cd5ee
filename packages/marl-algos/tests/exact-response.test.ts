import { tracedCoinGame, tracedIteratedMatrixGame } from '@descant/envs';
import {
  constantPolicy,
  exactResponse,
  gruNetwork,
  type Network,
  type SampledGame,
  sampledGame,
  titForTat,
  uniformPolicy,
} from '@descant/marl-algos';
import { key, normal, softmax, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactValues, wholeGame } from './support/enumeration.ts';
import { messageOf } from './support/errors.ts';

const logits = (seed: number) => normal(key(seed), [5, 1], 'float64');
const seeds = fc.integer({ min: 0, max: 1e6 });
const games = fc.constantFrom('prisonersDilemma', 'matchingPennies', 'chicken');

const PAYOFFS = {
  prisonersDilemma: [-1, -3, 0, -2],
  // Matching pennies pays player 2 the negative, which sees its own action first.
  matchingPennies: [-1, 1, 1, -1],
  chicken: [0, -1, 1, -100],
} as const;

/** The best that player 2 can do against logits of player 1, by recursion over histories. */
function bestOf(
  name: keyof typeof PAYOFFS,
  [start, cc, cd, dc, dd]: readonly number[],
  steps: number,
  discount: number,
): number {
  const sigma = (x: number) => 1 / (1 + Math.exp(-x));
  const best = (own: number, other: number, left: number): number => {
    if (left === 0) return 0;
    // What player 1 saw: its own action first.
    const p = sigma(own < 0 ? start : [cc, cd, dc, dd][2 * other + own]);
    return Math.max(
      ...[0, 1].map((a) =>
        [p, 1 - p].reduce(
          (sum, chance, b) => sum + chance * (PAYOFFS[name][2 * a + b] + discount * best(a, b, left - 1)),
          0,
        ),
      ),
    );
  };
  return best(-1, -1, steps);
}

describe('exact best responses', () => {
  it('are what recursion over all histories gives', () => {
    fc.assert(
      fc.property(games, seeds, fc.integer({ min: 1, max: 4 }), (name, seed, steps) => {
        const x = logits(seed);
        const game = wholeGame(name, steps);
        const { value } = exactResponse(game, [x, logits(seed + 1)], 1);
        expect(value).toBeCloseTo(bestOf(name, Array.from(x.data), steps, game.discount), 9);
      }),
      { numRuns: 20 },
    );
  });

  it('are at least what the policies get, which enumeration of all plays gives too', () => {
    fc.assert(
      fc.property(games, seeds, fc.constantFrom(0, 1), (name, seed, seat) => {
        const parameters = [logits(seed), logits(seed + 1)];
        const game = wholeGame(name, 3);
        const { value, present } = exactResponse(game, parameters, seat);
        expect(present).toBeCloseTo(exactValues(game, parameters).data[seat], 9);
        expect(value).toBeGreaterThanOrEqual(present);
      }),
      { numRuns: 15 },
    );
  });

  const respond = (
    steps: number,
    network: (game: Parameters<typeof titForTat>[0]) => Network<null>,
    discount = 1,
  ) => {
    const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: steps });
    const policies = [network(environment), uniformPolicy(environment, 1)];
    const game = sampledGame({ environment, policies, plays: 1, discount });
    return exactResponse(game, [null, null], 1).value;
  };

  it('of long games against policies without memory need few positions', () => {
    // 60 steps have 4^60 plays.
    expect(respond(60, (e) => constantPolicy(e, 0, 0))).toBe(0);
    expect(respond(60, (e) => constantPolicy(e, 0, 1))).toBe(-120);
    expect(respond(60, (e) => titForTat(e, 0))).toBe(-59);
    expect(respond(60, (e) => titForTat(e, 0, { first: 1 }))).toBe(-61);
    // Who does not look ahead defects: 0, then -2 for ever.
    expect(respond(60, (e) => titForTat(e, 0), 0)).toBe(0);
  });

  it('see what a policy with memory remembers', () => {
    const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4, dtype: 'float64' });
    const network = gruNetwork({ inputShape: [5], units: 4, outputs: 2, dtype: 'float64' });
    const game: SampledGame = sampledGame({
      environment,
      policies: [network, uniformPolicy(environment, 1)],
      plays: 1,
      discount: 0.9,
    });
    const parameters = network.init(key(3));
    const seen = (own: number, other: number) => (own < 0 ? 0 : 1 + 2 * own + other);
    const best = (history: readonly number[], left: number): number => {
      if (left === 0) return 0;
      const rows = history.map((state) => [[0, 1, 2, 3, 4].map((s) => (s === state ? 1 : 0))]);
      const out = softmax(network.sequence(parameters, tensor(rows, { dtype: 'float64' })));
      const chances = (out.toArray() as number[][][])[history.length - 1][0];
      return Math.max(
        ...[0, 1].map((a) =>
          chances.reduce((sum, chance, b) => {
            const later = best([...history, seen(b, a)], left - 1);
            return sum + chance * (PAYOFFS.prisonersDilemma[2 * a + b] + 0.9 * later);
          }, 0),
        ),
      );
    };
    expect(exactResponse(game, [parameters, null], 1).value).toBeCloseTo(best([0], 4), 9);
  });

  it('say what they cannot do', () => {
    const coins = tracedCoinGame({ maxSteps: 2 });
    const policies = [0, 1].map((seat) => uniformPolicy(coins, seat));
    const random = sampledGame({ environment: coins, policies, plays: 1 });
    expect(messageOf(() => exactResponse(random, [null, null], 0))).toBe(
      'exactResponse: game.environment must have nothing random in it, because all its plays are enumerated; got a ' +
        'random beginning',
    );
    const payoffs = [0, 1].map(() => Array.from({ length: 10 }, () => Array(10).fill(0)));
    const environment = tracedIteratedMatrixGame({ game: payoffs, maxSteps: 3 });
    const network = gruNetwork({ inputShape: [101], units: 1, outputs: 10 });
    const large = sampledGame({ environment, policies: network, plays: 1 });
    const parameters = network.init(key(0));
    expect(messageOf(() => exactResponse(large, [parameters, parameters], 0))).toBe(
      'exactResponse: game must have at most 200000 moves at a step; got 1000000',
    );
    expect(messageOf(() => exactResponse(large, [parameters, parameters], 2))).toBe(
      'exactResponse: seat must be a whole number below 2; got 2',
    );
  });
});
