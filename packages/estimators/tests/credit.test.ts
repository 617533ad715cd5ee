/** Returns, generalised advantages and V-trace against their definitions in plain numbers. */
import {
  type Advantages,
  generalisedAdvantages,
  type Rollout,
  returnsToGo,
  rewardToGo,
  totalReturn,
  vtraceAdvantages,
} from '@descant/estimators';
import { jit, type Tensor, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { f64 } from './support/matrix-game.ts';
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
