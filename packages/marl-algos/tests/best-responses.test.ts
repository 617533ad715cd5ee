import { type TracedEnvironment, tracedCoinGame, tracedIteratedMatrixGame } from '@descant/envs';
import {
  constantPolicy,
  discountedReturn,
  type Estimate,
  estimate,
  exactResponse,
  exploitability,
  gruNetwork,
  type MctsOptions,
  mcts,
  type Network,
  reinforce,
  type SampledGame,
  sampledGame,
  shortestPathPolicy,
  tabularPolicy,
  titForTat,
  trainedResponse,
  uniformPolicy,
} from '@descant/marl-algos';
import { key, type Tensor, tensor } from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { bestBlueReturn } from './support/coin-values.ts';
import { messageOf } from './support/errors.ts';

const dilemma = (maxSteps: number) => tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps });
const tables = tabularPolicy(5, 2);

/** A game in which a policy waits at one seat for an answer from the other. */
function waiting(environment: TracedEnvironment, network: Network, plays: number, seat = 1): SampledGame {
  const policies = [network, network].with(seat, uniformPolicy(environment, seat));
  return sampledGame({ environment, policies, plays, discount: 0.9 });
}

/** The parameters of everybody but the one who responds. */
const others = (parameters: unknown, seat: number): unknown[] => [parameters, parameters].with(seat, null);

/** The discounted return of a search. */
async function searched(game: SampledGame, parameters: unknown, options: MctsOptions, seed = 0, seat = 1) {
  const both = others(parameters, seat);
  const plays = await mcts(options).respond({ game, parameters: both, seat, key: key(seed) });
  return estimate(discountedReturn(game.discount)(plays))[seat];
}

/** The distance from an exact value in standard errors. */
const z = ({ mean, standardError }: Estimate, exact: number) =>
  ((mean ?? Number.NaN) - exact) / (standardError ?? Number.NaN);

describe('tree search', () => {
  it.each([
    ['always cooperate', constantPolicy(dilemma(5), 0, 0)],
    ['always defect', constantPolicy(dilemma(5), 0, 1)],
    ['tit-for-tat', titForTat(dilemma(5), 0)],
    ['cynic tit-for-tat', titForTat(dilemma(5), 0, { first: 1 })],
  ])('is the best response to %s', async (_, network) => {
    const game = waiting(dilemma(5), network, 4);
    const { value } = exactResponse(game, [null, null], 1);
    const { mean, standardError } = await searched(game, null, { simulations: 200 });
    expect(mean).toBeCloseTo(value, 5);
    expect(standardError).toBeLessThan(1e-6);
  });

  it('is myopic where it may look ahead one step only', async () => {
    const game = waiting(dilemma(5), titForTat(dilemma(5), 0), 4);
    const { mean } = await searched(game, null, { simulations: 200, horizon: 1 });
    // It defects at once and for ever: 0, then -2.
    expect(mean).toBeCloseTo(-2 * (0.9 + 0.9 ** 2 + 0.9 ** 3 + 0.9 ** 4), 5);
    expect(mean ?? 0).toBeLessThan(exactResponse(game, [null, null], 1).value - 1);
  });

  it.each([0, 1])('reaches the best response to policies that randomise, at seat %d', async (seat) => {
    const game = waiting(dilemma(4), tables, 200, seat);
    for (const seed of [1, 2]) {
      const parameters = tables.init(key(seed));
      const { value, present } = exactResponse(game, others(parameters, seat), seat);
      const result = await searched(game, parameters, { simulations: 150 }, seed, seat);
      // |z| <= 5 for each of 4: false alarm with probability 3e-6.
      expect(Math.abs(z(result, value))).toBeLessThan(5);
      expect(z(result, present)).toBeGreaterThan(5);
    }
  });

  it('knows what a policy with memory remembers', async () => {
    const network = gruNetwork({ inputShape: [5], units: 4, outputs: 2 });
    const parameters = network.init(key(3));
    const game = waiting(dilemma(4), network, 200);
    const { value, present } = exactResponse(game, [parameters, null], 1);
    const result = await searched(game, parameters, { simulations: 150 });
    expect(Math.abs(z(result, value))).toBeLessThan(5);
    expect(z(result, present)).toBeGreaterThan(5);
  });

  it.each(['own', 'any'] as const)(
    'comes near the best response to a walker to %s coins in the coin game',
    async (coins) => {
      const environment = tracedCoinGame({ maxSteps: 12 });
      const walker = shortestPathPolicy(environment, 0, coins);
      const game = waiting(environment as TracedEnvironment, walker, 256);
      const best = bestBlueReturn(environment, walker, game.discount);
      const found = await searched(game, null, { simulations: 100 });
      // From below, but for chance: |z| <= 5, false alarm with probability 3e-7.
      expect(z(found, best)).toBeLessThan(5);
      expect(z(found, best - 0.5)).toBeGreaterThan(0);
      const poor = await searched(game, null, { simulations: 1 });
      expect(z(poor, best - 0.5)).toBeLessThan(-5);
    },
  );

  it('depends on its key alone, stops when told to, and says how far it is', async () => {
    const game = waiting(dilemma(4), tables, 8);
    const parameters = tables.init(key(1));
    const first = await searched(game, parameters, { simulations: 20 }, 5);
    expect(await searched(game, parameters, { simulations: 20 }, 5)).toEqual(first);
    expect(await searched(game, parameters, { simulations: 20 }, 6)).not.toEqual(first);
    const stop = new AbortController();
    const seen: number[][] = [];
    const onStep = (done: number, steps: number) => {
      seen.push([done, steps]);
      if (done === 2) stop.abort(new Error('enough'));
    };
    const responder = mcts({ simulations: 20, onStep });
    const challenge = { game, parameters: [parameters, null], seat: 1, key: key(0), signal: stop.signal };
    await expect(responder.respond(challenge)).rejects.toThrow('enough');
    expect(seen).toEqual([
      [1, 4],
      [2, 4],
    ]);
  });

  it('says what does not fit', async () => {
    expect(messageOf(() => mcts({ simulations: 0 }))).toBe(
      'mcts: simulations must be a whole number of at least 1; got 0',
    );
    expect(messageOf(() => mcts({ simulations: 1, horizon: 0 }))).toBe(
      'mcts: horizon must be a whole number of at least 1; got 0',
    );
    expect(messageOf(() => mcts({ simulations: 1, exploration: -1 }))).toBe(
      'mcts: exploration must be a number of at least 0; got -1',
    );
    expect(mcts({ simulations: 9, horizon: 3 }).name).toBe('mcts 9, c 0.5, 3 steps ahead');
    const plain = dilemma(2) as TracedEnvironment;
    const drifting: TracedEnvironment<{ inner: unknown; x: Tensor }> = {
      ...plain,
      reset: (k) => ({ inner: plain.reset(k), x: tensor(0.5) }),
      step: ({ inner, x }, actions, k) => {
        const step = plain.step(inner, actions, k);
        return { ...step, state: { inner: step.state, x } };
      },
      observe: ({ inner }) => plain.observe(inner),
    };
    const game = waiting(drifting as TracedEnvironment, tables, 2);
    const parameters = [tables.init(key(0)), null];
    await expect(
      mcts({ simulations: 2 }).respond({ game, parameters, seat: 1, key: key(0) }),
    ).rejects.toThrow('mcts: environment must have a state of whole numbers or bools; got float32');
  });
});

const trained = trainedResponse({
  name: 'REINFORCE',
  network: tables,
  learner: (game) => reinforce(game, { optimizer: sgd({ learningRate: 0.3 }) }),
  plays: 64,
  updates: 150,
});

describe('trained responses', () => {
  const environment = dilemma(20);
  it.each([
    ['always cooperate', constantPolicy(environment, 0, 0), 0.3],
    ['always defect', constantPolicy(environment, 0, 1), 0.3],
    // The policy of the response does not see that the end is near, and cooperates to the last.
    ['tit-for-tat', titForTat(environment, 0), 0.9],
  ] as const)('to %s come near the best from below', async (_, network, gap) => {
    const game = waiting(environment, network, 64);
    const { value } = exactResponse(game, [null, null], 1);
    const plays = await trained.respond({ game, parameters: [null, null], seat: 1, key: key(1) });
    const [, { mean, standardError }] = estimate(discountedReturn(game.discount)(plays));
    expect((mean ?? 0) - value).toBeLessThan(5 * (standardError ?? 0) + 1e-5);
    expect((mean ?? 0) - value).toBeGreaterThan(-gap);
  });

  it('stop when told to', async () => {
    const stop = new AbortController();
    const onUpdate = () => stop.abort(new Error('enough'));
    const responder = trainedResponse({
      name: 'x',
      network: tables,
      learner: (game) => reinforce(game, { optimizer: sgd({ learningRate: 0.3 }) }),
      plays: 4,
      updates: 10,
      onUpdate,
    });
    const game = waiting(dilemma(3), tables, 4);
    const parameters = [tables.init(key(0)), null];
    const challenge = { game, parameters, seat: 1, key: key(0), signal: stop.signal };
    await expect(responder.respond(challenge)).rejects.toThrow('enough');
  });
});

describe('exploitability', () => {
  const environment = dilemma(4);
  const gameOf = (policies: readonly Network[], plays: number) =>
    sampledGame({ environment, policies, plays, discount: 0.9 });

  it('is what exact best responses would gain', async () => {
    const game = gameOf([tables, tables], 400);
    const parameters = [tables.init(key(1)), tables.init(key(2))];
    const exact = [0, 1].map((seat) => {
      const { value, present } = exactResponse(game, parameters, seat);
      return value - present;
    });
    const responder = mcts({ simulations: 150 });
    const { gains, mean } = await exploitability(game, parameters, { responder, key: key(0) });
    // |z| <= 5 for each of 3: false alarm with probability 2e-6.
    gains.forEach((gain, seat) => {
      expect(Math.abs(z(gain, exact[seat]))).toBeLessThan(5);
    });
    expect(Math.abs(z(mean, (exact[0] + exact[1]) / 2))).toBeLessThan(5);
    expect(z(mean, 0)).toBeGreaterThan(5);
  });

  it('is nothing in mutual defection, and something in cooperation', async () => {
    const responder = mcts({ simulations: 60 });
    const of = async (action: number) => {
      const game = gameOf(
        [0, 1].map((seat) => constantPolicy(environment, seat, action)),
        2,
      );
      return (await exploitability(game, [null, null], { responder, key: key(0) })).mean.mean;
    };
    expect(await of(1)).toBeCloseTo(0, 5);
    expect(await of(0)).toBeCloseTo(1 + 0.9 + 0.81 + 0.729, 5);
  });
});
