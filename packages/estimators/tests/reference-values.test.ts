/** The estimators on every play of a two-step game, and evolution strategies, against reference values. */
import {
  dice,
  type Enumeration,
  type Estimator,
  enumerate,
  evolutionStrategies,
  followingValues,
  generalisedAdvantage,
  generalisedAdvantages,
  givenAdvantages,
  loadedDice,
  lowVarianceCurvature,
  moments,
  type Rollout,
  returnsToGo,
  rewardToGo,
  scoreFunction,
  stateValueBaseline,
  temporalDifference,
  totalReturn,
} from '@descant/estimators';
import {
  add,
  at,
  gather,
  grad,
  matmul,
  mul,
  pow,
  reshape,
  stack,
  sub,
  sum,
  type Tensor,
  zeros,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import {
  differentiate,
  exactValues,
  f64,
  type MatrixGame,
  type Play,
  type Policies,
  play,
  rolloutOf,
} from './support/matrix-game.ts';
import { type ReferenceEstimate, reference } from './support/reference.ts';

const { matrix_game: given } = reference;
const game: MatrixGame = { payoffs: [given.R1, given.R2], discount: given.gamma, steps: given.T };
const policies: Policies = [f64(given.theta1), f64(given.theta2)];
const ids = ['1', '2'] as const;
const kinds = ['grad', 'mixed', 'own'] as const;

/** Tables by player, read along a play as [T, 1, 2]. */
const along = (table: (id: '1' | '2', t: number) => Tensor): Tensor =>
  reshape(stack(Array.from({ length: game.steps }, (_, t) => stack(ids.map((id) => table(id, t))))), [
    game.steps,
    1,
    2,
  ]);

const stateAt = (one: Play, t: number) => at(one.states, t);
const exactV = (one: Play) => along((id, t) => gather(f64(given.players[id].V[t]), stateAt(one, t)));
const wrongV = (one: Play) => along((id, t) => gather(f64(given.Vhat[id]), stateAt(one, t)));
const exactQ = (one: Play) =>
  along((id, t) => {
    const [a1, a2] = [0, 1].map((i) => at(at(one.actions, t), i));
    const flat = f64(given.players[id].Q[t].flat(2));
    return gather(flat, add(mul(stateAt(one, t), 4), add(mul(a1, 2), a2)));
  });

/** The rollout of a play with a critic, at whose end the game is over. */
const withCritic = (rollout: Rollout, values: Tensor): Rollout => ({
  ...rollout,
  values,
  nextValues: followingValues(values, zeros([1, 2], 'float64')),
});

type Build = (one: Play) => { estimator: Estimator; critic?: Tensor };
const exactA = (one: Play) => givenAdvantages(sub(exactQ(one), exactV(one)));
const overWrong =
  (estimator: Estimator): Build =>
  (one) => ({ estimator, critic: wrongV(one) });
const baseline = stateValueBaseline();

/** The estimators by their names in the reference file. */
const estimators: Readonly<Record<string, Build>> = {
  reinforce_full_return: () => ({ estimator: scoreFunction({ credit: totalReturn() }) }),
  reinforce_reward_to_go: () => ({ estimator: scoreFunction() }),
  reinforce_rtg_exact_V_baseline: (one) => ({
    estimator: scoreFunction({ credit: rewardToGo({ baseline }) }),
    critic: exactV(one),
  }),
  reinforce_rtg_Vhat_baseline: overWrong(scoreFunction({ credit: rewardToGo({ baseline }) })),
  ipo_eq12_exactQ: (one) => ({ estimator: scoreFunction({ credit: givenAdvantages(exactQ(one)) }) }),
  advantage_exact: (one) => ({ estimator: scoreFunction({ credit: exactA(one) }) }),
  a2c_td_error_Vhat: overWrong(scoreFunction({ credit: temporalDifference() })),
  'gae_lambda0.5_Vhat': overWrong(scoreFunction({ credit: generalisedAdvantage({ lambda: 0.5 }) })),
  dice: () => ({ estimator: dice() }),
  dice_baseline_Vhat: overWrong(dice({ baseline })),
  loaded_dice_lam1_exactA: (one) => ({ estimator: loadedDice({ lambda: 1, credit: exactA(one) }) }),
  loaded_dice_lam1_exactQ: (one) => ({
    estimator: loadedDice({ lambda: 1, credit: givenAdvantages(exactQ(one)) }),
  }),
  loaded_dice_lam1_mcA_Vhat: overWrong(loadedDice({ lambda: 1, credit: rewardToGo({ baseline }) })),
  'loaded_dice_lam1_gae0.5_Vhat': overWrong(loadedDice({ lambda: 1, tau: 0.5 })),
  'loaded_dice_lam0.5_exactA': (one) => ({ estimator: loadedDice({ lambda: 0.5, credit: exactA(one) }) }),
  // IPO's equations, play by play: one implementation serves both.
  ipo_eq13: () => ({ estimator: dice() }),
  ipo_eq14_exactQ: (one) => ({
    estimator: loadedDice({ lambda: 1, credit: givenAdvantages(exactQ(one)) }),
  }),
  ipo_eq14_exactA: (one) => ({ estimator: loadedDice({ lambda: 1, credit: exactA(one) }) }),
  ipo_eq14_rtg: () => ({ estimator: loadedDice({ lambda: 1, credit: rewardToGo() }) }),
  ipo_eq14_first_term_only_exactA: (one) => ({ estimator: lowVarianceCurvature({ credit: exactA(one) }) }),
};

/** Surrogates of both players as a function of the policies, for a play that has been drawn. */
const surrogateOf = (build: Build, one: Play) => {
  const { estimator, critic } = build(one);
  return (p: Policies) => {
    const rollout = rolloutOf(game, p, one);
    return estimator.surrogate(critic === undefined ? rollout : withCritic(rollout, critic));
  };
};

/** Every play's estimates. */
const estimatesOf = (build: Build, player: number, kind: (typeof kinds)[number]): Enumeration<Tensor> =>
  enumerate((chance) => {
    const one = play(game, policies, chance);
    return differentiate[kind](surrogateOf(build, one), policies, player);
  });

const largest = (values: ArrayLike<number>, expected: readonly number[]): number => {
  expect(values.length).toBe(expected.length);
  return Math.max(...expected.map((e, i) => Math.abs(values[i] - e)));
};

describe.each([0, 1])('player %i', (player) => {
  const expected = given.players[ids[player]];
  const exact = {
    grad: expected.exact_grad_theta_i,
    mixed: expected.exact_mixed,
    own: expected.exact_own_hessian,
  };

  test('the list of estimators is that of the reference', () => {
    expect(Object.keys(estimators)).toEqual(Object.keys(expected.trajectories[0].est));
  });

  test('values, probabilities and credits of each play', () => {
    const { probabilities, values } = enumerate((chance) => {
      const one = play(game, policies, chance);
      const rollout = withCritic(rolloutOf(game, policies, one), wrongV(one));
      return [
        returnsToGo(rollout),
        generalisedAdvantages(rollout, { lambda: 0 }).advantages,
        generalisedAdvantages(rollout, { lambda: 0.5 }).advantages,
      ].map((x) => reshape(at(x, player, 2), [2]));
    });
    order(expected.trajectories).forEach(({ prob, rtg, td, gae }, k) => {
      expect(Math.abs(probabilities.data[k] - prob)).toBeLessThan(1e-14);
      [rtg, td, gae].forEach((series, s) => {
        expect(largest(at(values[s], k).data, series)).toBeLessThan(1e-13);
      });
    });
    expect(exactValues(game, policies).data[player]).toBeCloseTo(expected.J, 13);
  });

  test('exact derivatives', () => {
    for (const kind of kinds) {
      const found = differentiate[kind]((p) => exactValues(game, p), policies, player);
      expect(largest(found.data, exact[kind].flat())).toBeLessThan(1e-13);
    }
  });

  const named = Object.entries(estimators).flatMap(([name, build]) =>
    kinds
      .filter((kind) => expected.trajectories[0].est[name][kind] !== undefined)
      .map((kind) => ({ name, build, kind })),
  );

  test.each(named)('$name, $kind: each play, bias and variance', ({ name, build, kind }) => {
    const estimates = estimatesOf(build, player, kind);
    order(expected.trajectories).forEach(({ est }, k) => {
      expect(largest(at(estimates.values, k).data, flat(est[name], kind))).toBeLessThan(1e-12);
    });
    const { mean, totalVariance } = moments(estimates);
    const summary = expected.summary[`${name}/${kind}`];
    const bias = largest(mean.data, exact[kind].flat());
    expect(Math.abs(bias - summary.max_abs_bias)).toBeLessThan(1e-12);
    expect(Math.abs(totalVariance - summary.total_variance)).toBeLessThan(1e-12);
  });

  test('the comparison sees an estimator that is off by 1e-9', () => {
    const estimates = estimatesOf(() => ({ estimator: dice() }), player, 'grad');
    const wrong = add(estimates.values, 1e-9);
    const { est } = order(expected.trajectories)[3];
    expect(largest(at(wrong, 3).data, flat(est.dice, 'grad'))).toBeGreaterThan(1e-10);
  });
});

const flat = (estimate: ReferenceEstimate, kind: (typeof kinds)[number]): number[] =>
  [...(estimate[kind] ?? [])].flat();

/** The plays of the reference in the order of `enumerate`: draws a1, a2 of step 0, then of step 1. */
function order<P extends { a1: readonly number[]; a2: readonly number[] }>(plays: readonly P[]): P[] {
  const rank = ({ a1, a2 }: P) => a1.reduce((r, a, t) => r * 4 + 2 * a + a2[t], 0);
  return [...plays].sort((p, q) => rank(p) - rank(q));
}

describe('evolution strategies', () => {
  const { A, b, c, x, sigma, eps } = reference.es;
  const f = (v: Tensor) =>
    add(add(mul(sum(mul(v, matmul(f64(A), v))), 0.5), sum(mul(f64(b), v))), mul(sum(pow(v, 3)), c));
  const kindsOfEs = [
    ['vanilla', reference.es.vanilla],
    ['baselined', reference.es.vanilla_baselined],
    ['antithetic', reference.es.antithetic],
  ] as const;

  test.each(kindsOfEs)('%s, each perturbation alone and all together', (kind, rows) => {
    const estimate = (noise: Tensor) =>
      grad((v: Tensor) => evolutionStrategies(f, v, noise, { standardDeviation: sigma, kind }))(f64(x));
    eps.forEach((e, k) => {
      expect(largest(estimate(f64([e])).data, [...rows[k]])).toBeLessThan(1e-12);
    });
    const mean = x.map((_, i) => rows.reduce((total, row) => total + row[i], 0) / rows.length);
    expect(largest(estimate(f64(eps)).data, mean)).toBeLessThan(1e-12);
  });
});
