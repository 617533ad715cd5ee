/** Returns, generalised advantages and V-trace against their definitions in plain numbers; plays that end. */
import {
  type Advantages,
  dice,
  type Estimator,
  enumerate,
  expectation,
  followingValues,
  generalisedAdvantages,
  loadedDice,
  moments,
  type Rollout,
  returnsToGo,
  rewardToGo,
  scoreFunction,
  temporalDifference,
  totalReturn,
  vtrace,
  vtraceAdvantages,
} from '@descant/estimators';
import {
  add,
  at,
  concat,
  gather,
  grad,
  jit,
  mul,
  reshape,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { playedGame } from './support/arbitraries.ts';
import {
  differentiate,
  exactValues,
  f64,
  logProbabilities,
  type MatrixGame,
  type Play,
  type Policies,
  play,
  readPayoffs,
  rolloutOf,
} from './support/matrix-game.ts';
import { relativeError } from './support/unbiased.ts';

interface Drawn {
  readonly steps: number;
  readonly plays: number;
  readonly players: number;
  readonly discount: number;
  readonly lambda: number;
  /** [T][B] */
  readonly terminated: boolean[][];
  readonly truncated: boolean[][];
  /** [T][B][N], three of them. */
  readonly rewards: number[][][];
  readonly values: number[][][];
  readonly nextValues: number[][][];
  /** [T][B][2] */
  readonly target: number[][][];
  readonly behaviour: number[][][];
}

const array = <T>(item: fc.Arbitrary<T>, n: number) => fc.array(item, { minLength: n, maxLength: n });
const real = (max: number) => fc.double({ min: -max, max, noNaN: true });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

const drawn: fc.Arbitrary<Drawn> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }))
  .chain(([steps, plays, players]) => {
    const table = (n: number, max: number) => array(array(array(real(max), n), plays), steps);
    const flags = array(array(fc.boolean(), plays), steps);
    return fc.record({
      steps: fc.constant(steps),
      plays: fc.constant(plays),
      players: fc.constant(players),
      discount: fraction,
      lambda: fraction,
      terminated: flags,
      truncated: flags,
      rewards: table(players, 5),
      values: table(players, 5),
      nextValues: table(players, 5),
      target: table(2, 1),
      behaviour: table(2, 1),
    });
  });

const toRollout = (d: Drawn): Rollout => ({
  logProbabilities: f64(d.target),
  behaviourLogProbabilities: f64(d.behaviour),
  rewards: f64(d.rewards),
  values: f64(d.values),
  nextValues: f64(d.nextValues),
  terminated: tensor(d.terminated),
  truncated: tensor(d.truncated),
  discount: d.discount,
});

/** Something for every step of every play of every player, [T][B][N]. */
const table = (d: Drawn, of: (t: number, b: number, n: number) => number): Tensor =>
  f64(d.rewards.map((row, t) => row.map((paid, b) => paid.map((_, n) => of(t, b, n)))));

/** The last step of the play (or what was seen of it) that step t belongs to. */
const lastOf = (d: Drawn, t: number, b: number): number => {
  let end = t;
  while (end < d.steps - 1 && !d.terminated[end][b] && !d.truncated[end][b]) end++;
  return end;
};
const firstOf = (d: Drawn, t: number, b: number): number => {
  let start = t;
  while (start > 0 && !d.terminated[start - 1][b] && !d.truncated[start - 1][b]) start--;
  return start;
};
const total = (from: number, to: number, term: (k: number) => number): number => {
  let s = 0;
  for (let k = from; k <= to; k++) s += term(k);
  return s;
};
const product = (from: number, to: number, factor: (k: number) => number): number => {
  let p = 1;
  for (let k = from; k <= to; k++) p *= factor(k);
  return p;
};
const errorAt = (d: Drawn, t: number, b: number, n: number): number =>
  d.rewards[t][b][n] + (d.terminated[t][b] ? 0 : d.discount * d.nextValues[t][b][n]) - d.values[t][b][n];

describe('against their definitions, sums over the rest of a play', () => {
  const check = (run: (d: Drawn) => readonly (readonly [Tensor, Tensor])[]) =>
    fc.assert(
      fc.property(drawn, (d) => {
        for (const [found, expected] of run(d)) expect(relativeError(found, expected)).toBeLessThan(1e-12);
      }),
    );

  test('returns to go, and their credits', () => {
    check((d) => {
      const paid = (from: number, t: number, b: number, n: number) =>
        total(from, lastOf(d, t, b), (k) => d.discount ** (k - from) * d.rewards[k][b][n]);
      const rollout = toRollout(d);
      const weighted = (t: number, b: number, n: number) =>
        d.discount ** (t - firstOf(d, t, b)) * paid(t, t, b, n);
      return [
        [returnsToGo(rollout), table(d, (t, b, n) => paid(t, t, b, n))],
        [rewardToGo()(rollout), table(d, weighted)],
        [totalReturn()(rollout), table(d, (t, b, n) => paid(firstOf(d, t, b), t, b, n))],
      ];
    });
  });

  test('generalised advantages: sum of (gamma lambda)^k delta', () => {
    check((d) => {
      const advantage = (t: number, b: number, n: number) =>
        total(t, lastOf(d, t, b), (k) => (d.discount * d.lambda) ** (k - t) * errorAt(d, k, b, n));
      const found = generalisedAdvantages(toRollout(d), { lambda: d.lambda });
      return [
        [found.advantages, table(d, advantage)],
        [found.targets, table(d, (t, b, n) => advantage(t, b, n) + d.values[t][b][n])],
      ];
    });
  });

  test('lambda = 1: rewards, plus the critic where the play is cut off, minus the critic', () => {
    check((d) => {
      const { advantages } = generalisedAdvantages(consistent(d), { lambda: 1 });
      const expected = table(d, (t, b, n) => {
        const end = lastOf(d, t, b);
        const rewards = total(t, end, (k) => d.discount ** (k - t) * d.rewards[k][b][n]);
        const rest = d.terminated[end][b] ? 0 : d.discount ** (end - t + 1) * d.nextValues[end][b][n];
        return rewards + rest - d.values[t][b][n];
      });
      return [[advantages, expected]];
    });
  });

  test('V-trace: sum of gamma^k c_t ... c_(k-1) delta_k', () => {
    const cuts = [
      { rhoMax: 1, cMax: 1 },
      { rhoMax: 1.5, cMax: 0.7 },
      { rhoMax: Number.POSITIVE_INFINITY, cMax: 1 },
      { rhoMax: Number.POSITIVE_INFINITY, cMax: Number.POSITIVE_INFINITY },
    ];
    for (const options of cuts) {
      check((d) => {
        const ratio = (t: number, b: number) =>
          Math.exp(total(0, 1, (m) => d.target[t][b][m] - d.behaviour[t][b][m]));
        const rho = (t: number, b: number) => Math.min(options.rhoMax, ratio(t, b));
        const target = (t: number, b: number, n: number) =>
          d.values[t][b][n] +
          total(
            t,
            lastOf(d, t, b),
            (k) =>
              d.discount ** (k - t) *
              product(t, k - 1, (i) => d.lambda * Math.min(options.cMax, ratio(i, b))) *
              rho(k, b) *
              errorAt(d, k, b, n),
          );
        const advantage = (t: number, b: number, n: number) => {
          const followed = lastOf(d, t, b) > t ? target(t + 1, b, n) : d.nextValues[t][b][n];
          const future = d.terminated[t][b] ? 0 : d.discount * followed;
          return rho(t, b) * (d.rewards[t][b][n] + future - d.values[t][b][n]);
        };
        const found = vtraceAdvantages(toRollout(d), { ...options, lambda: d.lambda });
        return [
          [found.targets, table(d, target)],
          [found.advantages, table(d, advantage)],
        ];
      });
    }
  });

  test('V-trace of plays that the same policy has drawn has the targets of generalised advantages', () => {
    check((d) => {
      const rollout = consistent({ ...d, behaviour: d.target });
      const { targets } = vtraceAdvantages(rollout, { lambda: d.lambda });
      return [[targets, generalisedAdvantages(rollout, { lambda: d.lambda }).targets]];
    });
  });

  test('a truncation is no termination', () => {
    const base = { rewards: f64([[[1]]]), values: f64([[[2]]]), nextValues: f64([[[10]]]), discount: 0.5 };
    const rollout = { ...base, logProbabilities: f64([[[0]]]) };
    const advantageOf = (r: Rollout) => generalisedAdvantages(r, { lambda: 1 }).advantages.item();
    expect(advantageOf({ ...rollout, truncated: tensor([[true]]) })).toBe(4);
    expect(advantageOf({ ...rollout, terminated: tensor([[true]]) })).toBe(-1);
    expect(advantageOf(rollout)).toBe(4);
  });

  test('compiled, and with a traced discount', () => {
    fc.assert(
      fc.property(drawn, (d) => {
        const { discount, ...rest } = toRollout(d);
        const compiled = jit(
          (r: typeof rest, gamma: Tensor): Advantages =>
            generalisedAdvantages({ ...r, discount: gamma }, { lambda: d.lambda }),
        )(rest, tensor(discount as number, { dtype: 'float64' }));
        const plain = generalisedAdvantages(toRollout(d), { lambda: d.lambda });
        expect(relativeError(compiled.advantages, plain.advantages)).toBeLessThan(1e-13);
      }),
      { numRuns: 5 },
    );
  });
});

/** With the values of the next step as next values wherever the play goes on. */
const consistent = (d: Drawn): Rollout => {
  const rollout = toRollout(d);
  const next = table(d, (t, b, n) => (lastOf(d, t, b) > t ? d.values[t + 1][b][n] : d.nextValues[t][b][n]));
  return { ...rollout, nextValues: next };
};

describe('V-trace estimates the values of other policies than those that draw', () => {
  const settings = { numRuns: 10 };
  const arbitrary = fc.tuple(playedGame, array(real(2), 10), array(real(3), 10));

  /** Targets at the first step, in the mean over plays of the behaviour, for an arbitrary critic. */
  const meanTarget = (
    game: MatrixGame,
    policies: Policies,
    behaviour: Policies,
    critic: readonly number[],
    rhoMax: number,
  ) =>
    moments(
      enumerate((chance) => {
        const one = play(game, behaviour, chance);
        const values = reshape(
          stack(
            [0, 1].map((i) => gather(f64(critic.slice(5 * i, 5 * i + 5)), one.states)),
            1,
          ),
          [game.steps, 1, 2],
        );
        const rollout = {
          ...rolloutOf(game, policies, one),
          behaviourLogProbabilities: logProbabilities(behaviour, one),
          values,
          nextValues: followingValues(values, zeros([1, 2], 'float64')),
        };
        const { targets } = vtraceAdvantages(rollout, { rhoMax, cMax: rhoMax });
        return at(at(targets, 0), 0);
      }),
    ).mean;

  test('without a cut the targets are unbiased, whatever the critic', () => {
    fc.assert(
      fc.property(arbitrary, ([{ game, policies }, logits, critic]) => {
        const behaviour: Policies = [f64(logits.slice(0, 5)), f64(logits.slice(5))];
        const found = meanTarget(game, policies, behaviour, critic, Number.POSITIVE_INFINITY);
        expect(relativeError(found, exactValues(game, policies))).toBeLessThan(1e-11);
      }),
      settings,
    );
  });

  test('with a cut they are biased where the policies differ', () => {
    const game: MatrixGame = {
      payoffs: [
        [
          [1, 0],
          [0, 0],
        ],
        [
          [1, 0],
          [0, 0],
        ],
      ],
      discount: 1,
      steps: 1,
    };
    const [policies, behaviour]: [Policies, Policies] = [
      [f64([2, 0, 0, 0, 0]), f64([0, 0, 0, 0, 0])],
      [f64([-1, 0, 0, 0, 0]), f64([0, 0, 0, 0, 0])],
    ];
    const critic = new Array<number>(10).fill(0);
    const exact = exactValues(game, policies);
    expect(relativeError(meanTarget(game, policies, behaviour, critic, 1), exact)).toBeGreaterThan(0.1);
  });

  test('as a credit, for plays of one step: the gradient of the other policies, without bias', () => {
    fc.assert(
      fc.property(arbitrary, fc.constantFrom(0, 1), ([drawnGame, logits, critic], player) => {
        const game = { ...drawnGame.game, steps: 1 };
        const { policies } = drawnGame;
        const behaviour: Policies = [f64(logits.slice(0, 5)), f64(logits.slice(5))];
        const cuts = { rhoMax: Number.POSITIVE_INFINITY };
        const { mean } = moments(
          enumerate((chance) => {
            const one = play(game, behaviour, chance);
            const values = (p: Policies) =>
              scoreFunction({ credit: vtrace(cuts) }).surrogate({
                ...rolloutOf(game, p, one),
                behaviourLogProbabilities: logProbabilities(behaviour, one),
                values: f64([[[critic[0], critic[1]]]]),
                nextValues: zeros([1, 1, 2], 'float64'),
              });
            return differentiate.grad(values, policies, player);
          }),
        );
        const exact = differentiate.grad((p) => exactValues(game, p), policies, player);
        expect(relativeError(mean, exact)).toBeLessThan(1e-11);
      }),
      settings,
    );
  });
});

describe('several plays in one row (auto-reset), and plays that end early', () => {
  const game: MatrixGame = {
    payoffs: [
      [
        [1, -2],
        [3, -0.5],
      ],
      [
        [0.5, 2.5],
        [-1.5, -1],
      ],
    ],
    discount: 0.9,
    steps: 2,
  };
  const policies: Policies = [f64([0.3, -0.4, 0.8, -1.1, 0.2]), f64([-0.6, 0.5, -0.2, 0.9, -0.7])];
  const estimators: readonly Estimator[] = [
    scoreFunction(),
    scoreFunction({ credit: totalReturn() }),
    dice(),
    loadedDice({ lambda: 1, credit: rewardToGo() }),
  ];
  const joined = (p: Policies, plays: readonly Play[], flag: 'terminated' | 'truncated'): Rollout => ({
    logProbabilities: concat(plays.map((one) => logProbabilities(p, one))),
    rewards: concat(plays.map((one) => readPayoffs(game, one))),
    discount: game.discount,
    [flag]: tensor(plays.flatMap(() => [[false], [true]])),
  });

  test.each(['terminated', 'truncated'] as const)('two %s plays one after the other: their sum', (flag) => {
    const exactFirst = differentiate.grad((p) => exactValues(game, p), policies, 0);
    const exactMixed = differentiate.mixed((p) => exactValues(game, p), policies, 0);
    for (const estimator of estimators) {
      const { mean } = moments(
        enumerate((chance) => {
          const plays = [play(game, policies, chance), play(game, policies, chance)];
          const values = (p: Policies) => estimator.surrogate(joined(p, plays, flag));
          const first = differentiate.grad(values, policies, 0);
          return estimator.order === 1
            ? { value: values(policies), first }
            : { value: values(policies), first, mixed: differentiate.mixed(values, policies, 0) };
        }),
      );
      expect(relativeError(mean.value, mul(exactValues(game, policies), 2))).toBeLessThan(1e-13);
      expect(relativeError(mean.first, mul(exactFirst, 2))).toBeLessThan(1e-13);
      if ('mixed' in mean && mean.mixed !== undefined) {
        expect(relativeError(mean.mixed, mul(exactMixed, 2))).toBeLessThan(1e-13);
      }
    }
  });

  test('each estimate is that of the first play plus that of the second; not so without the flag', () => {
    for (const estimator of estimators) {
      const { values } = enumerate((chance) => {
        const plays = [play(game, policies, chance), play(game, policies, chance)];
        const estimate = (rollout: (p: Policies) => Rollout) =>
          differentiate.grad((p) => estimator.surrogate(rollout(p)), policies, 0);
        return {
          joined: estimate((p) => joined(p, plays, 'truncated')),
          unflagged: estimate((p) => {
            const { truncated: _, ...rest } = joined(p, plays, 'truncated');
            return rest;
          }),
          sum: plays.map((one) => estimate((p) => rolloutOf(game, p, one))).reduce((a, b) => add(a, b)),
        };
      });
      expect(relativeError(values.joined, values.sum)).toBeLessThan(1e-13);
      expect(relativeError(values.unflagged, values.sum)).toBeGreaterThan(0.01);
    }
  });

  test('a play that both players can end: nothing is paid afterwards', () => {
    const long = { ...game, steps: 3 };
    /** 1 until both have played action 1, then 0: [T, 1, 1]. */
    const alive = ({ actions }: Play): { paid: Tensor; terminated: Tensor } => {
      const both = mul(at(actions, 0, 1), at(actions, 1, 1));
      const ends = Array.from({ length: long.steps }, (_, t) => at(both, t));
      const before = ends.map((_, t) =>
        ends.slice(0, t).reduce((on, e) => mul(on, sub(1, e)), tensor(1, { dtype: 'int32' })),
      );
      return {
        paid: reshape(stack(before), [long.steps, 1, 1]),
        terminated: reshape(both, [long.steps, 1]),
      };
    };
    const weights = f64([[[1]], [[long.discount]], [[long.discount ** 2]]]);
    const exact = (p: Policies) =>
      expectation(
        enumerate((chance) => {
          const one = play(long, p, chance);
          return sum(mul(mul(weights, alive(one).paid), readPayoffs(long, one)), [0, 1]);
        }),
      );
    for (const estimator of estimators) {
      const { mean } = moments(
        enumerate((chance) => {
          const one = play(long, policies, chance);
          const { paid, terminated } = alive(one);
          return differentiate.grad(
            (p) => {
              const rollout = rolloutOf(long, p, one);
              return estimator.surrogate({ ...rollout, rewards: mul(rollout.rewards, paid), terminated });
            },
            policies,
            0,
          );
        }),
      );
      expect(relativeError(mean, differentiate.grad(exact, policies, 0))).toBeLessThan(1e-13);
    }
  });
});

test('the critic is not trained by the surrogate', () => {
  const derivative = grad((v: Tensor) => {
    const values = reshape(v, [2, 1, 1]);
    const rollout = {
      logProbabilities: f64([[[-1]], [[-2]]]),
      rewards: f64([[[1]], [[2]]]),
      values,
      nextValues: followingValues(values, zeros([1, 1], 'float64')),
      discount: 0.9,
    };
    const all = [scoreFunction({ credit: temporalDifference() }), loadedDice({ lambda: 1, tau: 0.5 })].map(
      (e) => sum(e.surrogate(rollout)),
    );
    return add(all[0], add(all[1], sum(generalisedAdvantages(rollout, { lambda: 0.5 }).targets)));
  })(f64([3, 4]));
  expect(derivative.toArray()).toEqual([0, 0]);
});
