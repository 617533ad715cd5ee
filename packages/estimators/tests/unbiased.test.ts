/** Unbiasedness of the score-function family by complete enumeration of random games, at every order claimed. */
import {
  constantBaseline,
  dice,
  type Estimator,
  enumerate,
  expectation,
  followingValues,
  generalisedAdvantage,
  loadedDice,
  lowVarianceCurvature,
  moments,
  rewardToGo,
  scoreFunction,
  stateValueBaseline,
  temporalDifference,
  totalReturn,
} from '@descant/estimators';
import {
  add,
  at,
  div,
  gather,
  grad,
  jacobian,
  mul,
  reshape,
  stack,
  sum,
  type Tensor,
  zeros,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { playedGame } from './support/arbitraries.ts';
import {
  exactValues,
  exampleGame,
  examplePolicies,
  f64,
  type MatrixGame,
  type Play,
  type Policies,
  play,
  readPayoffs,
  returnOf,
  rolloutOf,
} from './support/matrix-game.ts';
import { biasOf, type Completed, relativeError } from './support/unbiased.ts';

const settings = { numRuns: 8 };

/** An arbitrary critic, a table over states for each player. */
const critic =
  (table: readonly number[]): Completed =>
  (rollout, one) => {
    const values = stack(
      [0, 1].map((i) => gather(f64(table.slice(5 * i, 5 * i + 5)), one.states)),
      1,
    );
    const shaped = reshape(values, [values.shape[0], 1, 2]);
    return { ...rollout, values: shaped, nextValues: followingValues(shaped, zeros([1, 2], 'float64')) };
  };

/** Exact Q and V at step t and state s, by enumerating what follows; V as the mean of Q over both actions. */
const exactCritic =
  (game: MatrixGame, policies: Policies): Completed =>
  (rollout, one) => {
    const values = Array.from({ length: game.steps }, (_, t) => {
      const rest = { ...game, steps: game.steps - t };
      const table = [0, 1, 2, 3, 4].map((s) =>
        expectation(enumerate((chance) => returnOf(rest, play(rest, policies, chance, s)))),
      );
      return gather(stack(table), at(one.states, t));
    });
    const shaped = reshape(stack(values), [game.steps, 1, 2]);
    return { ...rollout, values: shaped, nextValues: followingValues(shaped, zeros([1, 2], 'float64')) };
  };

const firstOrder: readonly [string, () => Estimator][] = [
  ['REINFORCE', () => scoreFunction({ credit: totalReturn() })],
  [
    'REINFORCE with a constant baseline',
    () => scoreFunction({ credit: totalReturn({ baseline: constantBaseline(3) }) }),
  ],
  ['with causality', () => scoreFunction()],
  [
    'with causality and a wrong critic',
    () => scoreFunction({ credit: rewardToGo({ baseline: stateValueBaseline() }) }),
  ],
  [
    'GAE, lambda = 1, with a wrong critic',
    () => scoreFunction({ credit: generalisedAdvantage({ lambda: 1 }) }),
  ],
  ['LVC', () => lowVarianceCurvature()],
];

const anyOrder: readonly [string, () => Estimator][] = [
  ['DiCE', () => dice()],
  ['DiCE with a wrong critic', () => dice({ baseline: stateValueBaseline() })],
  ['DiCE with a constant baseline', () => dice({ baseline: constantBaseline(-2) })],
  ['Loaded DiCE, lambda = 1, returns', () => loadedDice({ lambda: 1, credit: rewardToGo() })],
  ['Loaded DiCE, lambda = tau = 1, wrong critic', () => loadedDice({ lambda: 1, tau: 1 })],
];

describe('unbiased at the first order, for both players, on any game', () => {
  test.each([...firstOrder, ...anyOrder])('%s', (_, build) => {
    fc.assert(
      fc.property(playedGame, fc.constantFrom(0, 1), ({ game, policies, values }, player) => {
        const options = { player, kind: 'grad', complete: critic(values) } as const;
        expect(biasOf(game, policies, build(), options)).toBeLessThan(1e-11);
      }),
      settings,
    );
  });

  test.each([
    ['one-step errors (A2C)', () => scoreFunction({ credit: temporalDifference() })],
    ['GAE, lambda = 0.4', () => scoreFunction({ credit: generalisedAdvantage({ lambda: 0.4 }) })],
    ['Loaded DiCE, lambda = 0.3, tau = 0.6', () => loadedDice({ lambda: 0.3, tau: 0.6 })],
  ] as const)('%s, with exact values', (_, build) => {
    fc.assert(
      fc.property(playedGame, fc.constantFrom(0, 1), ({ game, policies }, player) => {
        const options = { player, kind: 'grad', complete: exactCritic(game, policies) } as const;
        expect(biasOf(game, policies, build(), options)).toBeLessThan(1e-11);
      }),
      settings,
    );
  });
});

describe('unbiased at the second order, mixed (IPO eq. 13, eq. 14) and own', () => {
  test.each(anyOrder)('%s', (_, build) => {
    fc.assert(
      fc.property(
        playedGame,
        fc.constantFrom(0, 1),
        fc.constantFrom('mixed', 'own'),
        ({ game, policies, values }, player, kind) => {
          const options = { player, kind, complete: critic(values) } as const;
          expect(biasOf(game, policies, build(), options)).toBeLessThan(1e-11);
        },
      ),
      settings,
    );
  });

  test('Loaded DiCE, lambda = 1, exact values, any tau', () => {
    const tau = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(playedGame, tau, fc.constantFrom('mixed', 'own'), ({ game, policies }, decay, kind) => {
        const options = { player: 1, kind, complete: exactCritic(game, policies) } as const;
        const estimator = loadedDice({ lambda: 1, tau: decay });
        expect(biasOf(game, policies, estimator, options)).toBeLessThan(1e-11);
      }),
      settings,
    );
  });

  test('LVC, for plays of one step only', () => {
    fc.assert(
      fc.property(playedGame, fc.constantFrom('mixed', 'own'), ({ game, policies }, kind) => {
        const oneStep = { ...game, steps: 1 };
        expect(biasOf(oneStep, policies, lowVarianceCurvature(), { player: 0, kind })).toBeLessThan(1e-11);
      }),
      settings,
    );
  });
});

/** The third derivative in all directions of a player's value: own, own, other. */
function third(values: (p: Policies) => Tensor, [own, other]: Policies): Tensor {
  const first = (x: Tensor, y: Tensor) => grad((z: Tensor) => at(values([z, y]), 0))(x);
  const second = (x: Tensor, y: Tensor) => jacobian((z: Tensor) => first(z, y))(x);
  return jacobian((y: Tensor) => second(own, y))(other);
}

describe('unbiased at the third order', () => {
  const game = exampleGame;
  const policies = examplePolicies;
  const complete = critic([1.5, 0.4, -0.3, 0.8, 0.1, -0.5, 0.7, 0.2, -0.9, 0.6]);
  const meanOf = (estimator: Estimator, completed = complete) =>
    moments(
      enumerate((chance) => {
        const one = play(game, policies, chance);
        return third((p) => estimator.surrogate(completed(rolloutOf(game, p, one), one)), policies);
      }),
    ).mean;
  const exact = third((p) => exactValues(game, p), policies);

  test.each(anyOrder)('%s', (_, build) => {
    expect(relativeError(meanOf(build()), exact)).toBeLessThan(1e-12);
  });

  test('Loaded DiCE, lambda = 1, tau = 0, exact values', () => {
    const mean = meanOf(loadedDice({ lambda: 1, tau: 0 }), exactCritic(game, policies));
    expect(relativeError(mean, exact)).toBeLessThan(1e-12);
  });

  test('is not zero, and Loaded DiCE with lambda = 0.5 does not give it', () => {
    expect(Math.max(...exact.data)).toBeGreaterThan(0.01);
    expect(relativeError(meanOf(loadedDice({ lambda: 0.5, tau: 1 })), exact)).toBeGreaterThan(1e-3);
  });
});

describe('the tests see a deliberately biased estimator', () => {
  const game = exampleGame;
  const policies = examplePolicies;
  const bias = (estimator: Estimator, kind: 'grad' | 'mixed' | 'own', complete?: Completed) =>
    biasOf(game, policies, estimator, { player: 0, kind, ...(complete && { complete }) });
  const wrong = critic([1.5, 0.4, -0.3, 0.8, 0.1, -0.5, 0.7, 0.2, -0.9, 0.6]);

  /** Credit for what was paid before the draw as well as the draw's own reward, but not for what follows. */
  const onlyThePast = scoreFunction({ credit: ({ rewards }) => rewards });
  /** Without the discount of the step, as much published code has it. */
  const undiscounted = scoreFunction({
    credit: (rollout) => div(rewardToGo()(rollout), f64([[[1]], [[0.9]]])),
  });
  /** A baseline that looks at the draw of its own step. */
  const peeking = scoreFunction({ credit: rewardToGo({ baseline: (returns) => mul(returns, 0.1) }) });

  test('at the first order', () => {
    expect(bias(onlyThePast, 'grad')).toBeGreaterThan(1e-3);
    expect(bias(undiscounted, 'grad')).toBeGreaterThan(1e-3);
    expect(bias(peeking, 'grad')).toBeGreaterThan(1e-3);
    expect(bias(scoreFunction({ credit: temporalDifference() }), 'grad', wrong)).toBeGreaterThan(1e-3);
  });

  test.each(['mixed', 'own'] as const)('at the second order, %s', (kind) => {
    expect(bias(lowVarianceCurvature(), kind)).toBeGreaterThan(1e-3);
    expect(bias(loadedDice({ lambda: 0.5, tau: 1 }), kind, wrong)).toBeGreaterThan(1e-3);
    expect(bias(dice({ baseline: (returns) => mul(returns, 0.1) }), kind)).toBeGreaterThan(1e-3);
  });
});

describe('identities play by play', () => {
  /** All derivatives up to the second of a surrogate, as one list of numbers. */
  const derivatives = (game: MatrixGame, policies: Policies, estimator: Estimator, one: Play) => {
    const values = (p: Policies) => estimator.surrogate(rolloutOf(game, p, one));
    const first = (x: Tensor, y: Tensor) => grad((z: Tensor) => at(values([z, y]), 0))(x);
    return [
      values(policies),
      first(policies[0], policies[1]),
      jacobian((y: Tensor) => first(policies[0], y))(policies[1]),
      jacobian((x: Tensor) => first(x, policies[1]))(policies[0]),
    ];
  };

  test('Loaded DiCE with lambda = 1 and returns is DiCE; LVC is Loaded DiCE with lambda = 0', () => {
    fc.assert(
      fc.property(playedGame, ({ game, policies }) => {
        const { values } = enumerate((chance) => {
          const one = play(game, policies, chance);
          return [
            dice(),
            loadedDice({ lambda: 1, credit: rewardToGo() }),
            lowVarianceCurvature(),
            loadedDice({ lambda: 0, credit: rewardToGo() }),
          ].map((estimator) => derivatives(game, policies, estimator, one));
        });
        for (const [left, right] of [
          [values[0], values[1]],
          [values[2], values[3]],
        ]) {
          left.forEach((x, i) => {
            expect(relativeError(x, right[i])).toBeLessThan(1e-12);
          });
        }
      }),
      settings,
    );
  });

  test('every surrogate evaluates to the return of the play', () => {
    fc.assert(
      fc.property(playedGame, ({ game, policies, values }) => {
        const { values: found } = enumerate((chance) => {
          const one = play(game, policies, chance);
          const rollout = critic(values)(rolloutOf(game, policies, one), one);
          const surrogates = [...firstOrder, ...anyOrder].map(([, build]) => build().surrogate(rollout));
          return { surrogates, exact: returnOf(game, one) };
        });
        for (const surrogate of found.surrogates) {
          expect(relativeError(surrogate, found.exact)).toBeLessThan(1e-13);
        }
      }),
      settings,
    );
  });
});

describe('rewards that depend on parameters themselves', () => {
  // The payoff of step t is c a_t^1 with c a parameter: the value is bilinear in c, the policies do the rest.
  const game = exampleGame;
  const other = f64([-0.6, 0.5, -0.2, 0.9, -0.7]);
  const x = f64([0.3, -0.4, 0.8, -1.1, 0.2]);
  const scaled = (own: Tensor, rewards: Tensor) => mul(rewards, add(1, at(own, 0)));
  const value = (own: Tensor) =>
    at(expectation(enumerate((chance) => scaled(own, returnOf(game, play(game, [own, other], chance))))), 0);
  const estimate = (
    estimator: Estimator,
    derivative: (f: (own: Tensor) => Tensor) => (own: Tensor) => Tensor,
  ) =>
    moments(
      enumerate((chance) => {
        const one = play(game, [x, other], chance);
        return derivative((own) => {
          const rollout = rolloutOf(game, [own, other], one);
          return at(estimator.surrogate({ ...rollout, rewards: scaled(own, readPayoffs(game, one)) }), 0);
        })(x);
      }),
    ).mean;
  const hessianOf = (f: (own: Tensor) => Tensor) => jacobian(grad(f));

  test('their derivatives are part of the estimate, at every order', () => {
    for (const estimator of [scoreFunction(), dice(), loadedDice({ lambda: 1, credit: rewardToGo() })]) {
      expect(relativeError(estimate(estimator, grad), grad(value)(x))).toBeLessThan(1e-13);
    }
    for (const estimator of [dice(), loadedDice({ lambda: 1, credit: rewardToGo() })]) {
      expect(relativeError(estimate(estimator, hessianOf), hessianOf(value)(x))).toBeLessThan(1e-13);
    }
    const constantRewards = grad((own: Tensor) => at(exactValues(game, [own, other]), 0))(x);
    expect(relativeError(mul(constantRewards, 1.3), grad(value)(x))).toBeGreaterThan(1e-3);
  });

  test('one actor and many objectives, or many actors and one objective', () => {
    const { values } = enumerate((chance) => {
      const one = play(game, [x, other], chance);
      const rollout = rolloutOf(game, [x, other], one);
      const first = (t: Tensor) => reshape(at(t, 0, 2), [2, 1, 1]);
      return {
        all: dice().surrogate(rollout),
        manyActors: dice().surrogate({ ...rollout, rewards: first(rollout.rewards) }),
        manyObjectives: dice().surrogate({
          ...rollout,
          logProbabilities: reshape(sum(rollout.logProbabilities, -1), [2, 1, 1]),
        }),
      };
    });
    expect(values.manyActors.shape).toEqual([16, 1]);
    expect(relativeError(at(values.manyActors, 0, 1), at(values.all, 0, 1))).toBe(0);
    expect(relativeError(values.manyObjectives, values.all)).toBe(0);
  });
});
