/** What opponent shaping and PPO need: derivatives through learning steps, compiled plays, ratios. */
import {
  dice,
  type Estimator,
  enumerate,
  generalisedAdvantage,
  importanceWeighted,
  loadedDice,
  lowVarianceCurvature,
  moments,
  type Rollout,
  rewardToGo,
  scoreFunction,
} from '@descant/estimators';
import {
  add,
  at,
  categorical,
  foldIn,
  gather,
  grad,
  jit,
  key,
  mul,
  neg,
  normal,
  ones,
  reshape,
  scan,
  softplus,
  stack,
  sum,
  type Tensor,
  tensor,
  vmap,
  where,
  zeros,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { playedGame } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import {
  differentiate,
  exactValues,
  f64,
  logProbabilities,
  type MatrixGame,
  type Policies,
  play,
  rolloutOf,
} from './support/matrix-game.ts';
import { relativeError } from './support/unbiased.ts';

const game: MatrixGame = {
  payoffs: [
    [
      [-1, -3],
      [0, -2],
    ],
    [
      [-1, 0],
      [-3, -2],
    ],
  ],
  discount: 0.96,
  steps: 2,
};

describe('LOLA-DiCE', () => {
  /** With both policies at random all plays are equally likely: one batch of all of them has no sampling error. */
  const random: Policies = [zeros([5], 'float64'), zeros([5], 'float64')];
  const { values: all } = enumerate((chance) => play(game, random, chance));
  const batch = (p: Policies): Rollout => {
    const each = vmap((states: Tensor, actions: Tensor) => {
      const { logProbabilities: log, rewards } = rolloutOf(game, p, { states, actions });
      return { log: reshape(log, [game.steps, 2]), rewards: reshape(rewards, [game.steps, 2]) };
    })(all.states, all.actions);
    const timeFirst = (x: Tensor) => stack(Array.from({ length: game.steps }, (_, t) => at(x, t, 1)));
    return {
      logProbabilities: timeFirst(each.log),
      rewards: timeFirst(each.rewards),
      discount: game.discount,
    };
  };
  /** d/dx1 [V1 + rate grad_2 V1 . grad_2 V2], the second player's learning step to first order. */
  const shaping = (values: (p: Policies) => Tensor) =>
    grad((own: Tensor) => {
      const byOther = (player: number) =>
        grad((other: Tensor) => at(values([own, other]), player))(random[1]);
      return add(at(values([own, random[1]]), 0), mul(0.3, sum(mul(byOther(0), byOther(1)))));
    })(random[0]);

  test('the shaping direction of a batch of all plays is exact', () => {
    const exact = shaping((p) => exactValues(game, p));
    for (const estimator of [dice(), loadedDice({ lambda: 1, credit: rewardToGo() })]) {
      const found = shaping((p) => estimator.surrogate(batch(p)));
      expect(relativeError(found, exact)).toBeLessThan(1e-14);
    }
    // Without dependencies between steps the shaping term is wrong; with first-order surrogates it is an error.
    const lvc = shaping((p) => lowVarianceCurvature().surrogate(batch(p)));
    expect(relativeError(lvc, exact)).toBeGreaterThan(1e-3);
    expect(messageOf(() => shaping((p) => scoreFunction().surrogate(batch(p))))).toMatch(/at most once/);
  });
});

describe('plays drawn and differentiated inside one compiled function', () => {
  const [steps, plays] = [6, 32];
  /** Plays of the iterated game with memory, by scan; states and actions [T, B] and [T, B, 2]. */
  const draw = (policies: Policies, from: Tensor) => {
    const step = (state: Tensor, t: Tensor): [Tensor, { states: Tensor; actions: Tensor }] => {
      const own = policies.map((logits, i) => {
        const chosen = gather(logits, state);
        const both = stack([chosen, mul(chosen, 0)], -1);
        return categorical(foldIn(foldIn(from, t), i), both);
      });
      const next = add(1, add(mul(2, own[0]), own[1]));
      return [next, { states: state, actions: stack(own, -1) }];
    };
    const times = tensor(Int32Array.from({ length: steps }, (_, t) => t));
    return scan(step, zeros([plays], 'int32'), times)[1];
  };
  const rollout = (policies: Policies, { states, actions }: { states: Tensor; actions: Tensor }): Rollout => {
    const log = policies.map((logits, i) => {
      const own = gather(logits, states);
      return neg(softplus(where(at(actions, i, 2), own, neg(own))));
    });
    const rewards = game.payoffs.map((r) =>
      gather(f64(r.flat()), add(mul(2, at(actions, 0, 2)), at(actions, 1, 2))),
    );
    const ends = Array.from({ length: steps }, (_, t) => new Array<boolean>(plays).fill(t % 3 === 2));
    const values = mul(ones([steps, plays, 2], 'float64'), -4);
    return {
      logProbabilities: stack(log, -1),
      rewards: stack(rewards, -1),
      discount: 0.96,
      truncated: tensor(ends),
      values,
      nextValues: values,
    };
  };
  const policies: Policies = [normal(key(1), [5], 'float64'), normal(key(2), [5], 'float64')];
  const estimators: readonly Estimator[] = [
    dice(),
    loadedDice({ lambda: 0.9, tau: 0.95 }),
    scoreFunction({ credit: generalisedAdvantage({ lambda: 0.95 }) }),
  ];

  test.each(estimators)('$name: gradients under jit are those without it; keys decide', (estimator) => {
    const gradient = (x: Tensor, k: Tensor) =>
      grad((own: Tensor) => {
        const p: Policies = [own, policies[1]];
        // Drawn from the traced policy: draws are integers, so no derivative passes through them.
        return at(estimator.surrogate(rollout(p, draw(p, k))), 0);
      })(x);
    const compiled = jit(gradient);
    const plain = gradient(policies[0], key(5));
    expect(relativeError(compiled(policies[0], key(5)), plain)).toBeLessThan(1e-12);
    expect(relativeError(compiled(policies[0], key(6)), plain)).toBeGreaterThan(1e-3);
    expect(plain.data.some((g) => g !== 0)).toBe(true);
  });

  test('an outer derivative through an inner learning step on fresh plays, compiled', () => {
    const outer = (own: Tensor, k: Tensor) => {
      const inner = grad((other: Tensor) => {
        const p: Policies = [own, other];
        return at(dice().surrogate(rollout(p, draw(p, foldIn(k, 0)))), 1);
      })(policies[1]);
      const learned: Policies = [own, add(policies[1], mul(inner, 0.3))];
      return at(dice().surrogate(rollout(learned, draw(learned, foldIn(k, 1)))), 0);
    };
    const direction = (k: Tensor) => grad((own: Tensor) => outer(own, k))(policies[0]);
    const [plain, compiled] = [direction(key(7)), jit(direction)(key(7))];
    expect(relativeError(compiled, plain)).toBeLessThan(1e-12);
    const naive = grad((own: Tensor) => {
      const p: Policies = [own, policies[1]];
      return at(dice().surrogate(rollout(p, draw(p, foldIn(key(7), 1)))), 0);
    })(policies[0]);
    expect(relativeError(plain, naive)).toBeGreaterThan(1e-3);
  });
});

describe('importance-weighted surrogates', () => {
  test('at the behaviour itself: LVC to second order, play by play', () => {
    fc.assert(
      fc.property(playedGame, ({ game: drawn, policies }) => {
        const { values } = enumerate((chance) => {
          const one = play(drawn, policies, chance);
          const behaviourLogProbabilities = logProbabilities(policies, one);
          const of = (estimator: Estimator) => (p: Policies) =>
            estimator.surrogate({ ...rolloutOf(drawn, p, one), behaviourLogProbabilities });
          return [importanceWeighted(), lowVarianceCurvature()].map((estimator) => [
            of(estimator)(policies),
            differentiate.grad(of(estimator), policies, 0),
            differentiate.mixed(of(estimator), policies, 1),
            differentiate.own(of(estimator), policies, 1),
          ]);
        });
        values[0].forEach((x, i) => {
          expect(relativeError(x, values[1][i])).toBeLessThan(1e-12);
        });
      }),
      { numRuns: 8 },
    );
  });

  test('plays of one step by other policies: values, first and second derivatives are unbiased', () => {
    const logits = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(playedGame, logits, logits, ({ game: drawn, policies }, a, b) => {
        const oneStep = { ...drawn, steps: 1 };
        const behaviour: Policies = [f64(a), f64(b)];
        const { mean } = moments(
          enumerate((chance) => {
            const one = play(oneStep, behaviour, chance);
            const values = (p: Policies) =>
              importanceWeighted().surrogate({
                ...rolloutOf(oneStep, p, one),
                behaviourLogProbabilities: logProbabilities(behaviour, one),
              });
            return {
              value: values(policies),
              grad: differentiate.grad(values, policies, 0),
              mixed: differentiate.mixed(values, policies, 0),
            };
          }),
        );
        const exact = (p: Policies) => exactValues(oneStep, p);
        expect(relativeError(mean.value, exact(policies))).toBeLessThan(1e-11);
        expect(relativeError(mean.grad, differentiate.grad(exact, policies, 0))).toBeLessThan(1e-11);
        expect(relativeError(mean.mixed, differentiate.mixed(exact, policies, 0))).toBeLessThan(1e-11);
      }),
      { numRuns: 8 },
    );
  });

  test('clipped: min(rho A, clip(rho) A) in plain numbers, for own and joint ratios', () => {
    const number = fc.double({ min: -1, max: 1, noNaN: true });
    const four = fc.array(number, { minLength: 4, maxLength: 4 });
    const bound = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(
        four,
        four,
        four,
        bound,
        fc.constantFrom('own', 'joint'),
        (target, behaviour, rewards, c, ratio) => {
          const shaped = (x: readonly number[]) => reshape(f64([...x]), [1, 2, 2]);
          const found = importanceWeighted({ clip: c, ratio }).surrogate({
            logProbabilities: shaped(target),
            behaviourLogProbabilities: shaped(behaviour),
            rewards: shaped(rewards),
            discount: 1,
          });
          [0, 1].forEach((n) => {
            const expected = [0, 1].reduce((total, b) => {
              const change = [0, 1].map((m) => target[2 * b + m] - behaviour[2 * b + m]);
              const rho = Math.exp(ratio === 'own' ? change[n] : change[0] + change[1]);
              const paid = rewards[2 * b + n];
              return total + Math.min(rho * paid, Math.min(Math.max(rho, 1 - c), 1 + c) * paid) / 2;
            }, 0);
            expect(Math.abs(found.data[n] - expected)).toBeLessThan(1e-13);
          });
        },
      ),
    );
  });

  test('errors', () => {
    const zero = zeros([1, 1, 1], 'float64');
    const good = { logProbabilities: zero, rewards: zero, behaviourLogProbabilities: zero, discount: 1 };
    const twice = (estimator: Estimator) =>
      grad((x: Tensor) =>
        grad((y: Tensor) => sum(estimator.surrogate({ ...good, logProbabilities: mul(ones([1, 1, 1]), y) })))(
          x,
        ),
      )(f64(0));
    const messages = [
      () => importanceWeighted({ clip: 0 }),
      () => importanceWeighted({ ratio: 'mine' as 'own' }),
      () => importanceWeighted().surrogate({ logProbabilities: zero, rewards: zero, discount: 1 }),
      () => importanceWeighted({ ratio: 'own' }).surrogate({ ...good, rewards: zeros([1, 1, 2]) }),
      () => twice(importanceWeighted({ clip: 0.1 })),
    ].map(messageOf);
    expect(messages).toEqual([
      'importanceWeighted: clip must be positive; got 0',
      'importanceWeighted: ratio must be joint or own; got mine',
      'importanceWeighted: behaviourLogProbabilities must be given; got undefined',
      'importanceWeighted: logProbabilities must have as many actors as there are players, 2, for own ratios; got 1',
      'importanceWeighted: surrogate must be differentiated at most once; got a derivative of order 2',
    ]);
    expect(messageOf(() => twice(importanceWeighted()))).toBe('no error');
  });
});
