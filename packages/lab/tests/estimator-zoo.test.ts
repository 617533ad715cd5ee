import { enumerate, expectation } from '@descant/estimators';
import { add, mul, sum } from '@descant/tensor-ops';
import { expect, test } from 'vitest';
import { type Entry, measure } from '../src/estimator-zoo/entry.ts';
import { gaussianEntries } from '../src/estimator-zoo/gaussian-game.ts';
import { repeatedEntries } from '../src/estimator-zoo/repeated-entries.ts';
import {
  draw,
  float64,
  type Policies,
  type RepeatedGame,
  rolloutOf,
  valuesAtStart,
} from '../src/estimator-zoo/repeated-game.ts';
import { findExperiment } from '../src/experiments/registry.ts';

const game: RepeatedGame = {
  name: 'two steps',
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
const policies: Policies = [float64([0.3, -0.4, 0.8, -1.1, 0.2]), float64([-0.6, 0.5, -0.2, 0.9, -0.7])];

test('exact values by dynamic programming are those of all plays, and the reference values', () => {
  const enumerated = expectation(
    enumerate((chance) => {
      const { rewards } = rolloutOf(game, policies, draw(game, policies, chance, 1));
      return sum(mul(rewards, float64([[[1]], [[game.discount]]])), [0, 1]);
    }),
  );
  const exact = valuesAtStart(game, policies);
  exact.data.forEach((v, i) => {
    expect(enumerated.data[i]).toBeCloseTo(v, 13);
    expect(v).toBeCloseTo([0.05682581901262193, 0.7365820747777823][i], 12);
  });
});

const entries = [...repeatedEntries(game, policies), ...gaussianEntries()];
const find = (name: string, derivative = 'gradient'): Entry => {
  const entry = entries.find((e) => e.name === name && e.derivative === derivative);
  if (entry === undefined) throw new Error(`no entry ${name}`);
  return entry;
};

test('every enumerated estimator that theory calls unbiased is, and the others are not', {
  timeout: 120_000,
}, () => {
  for (const entry of entries) {
    const { bias, biasError, unbiased, name, derivative, sampled } = measure(entry, 400, 3);
    const title = `${name}, ${derivative}`;
    // Finite differences and straight-through draws are biased by little or, on linear payoffs, by nothing.
    if (!sampled && unbiased) expect(bias, title).toBeLessThan(1e-12);
    else if (!sampled && !/^finite|^straight/.test(name)) expect(bias, title).toBeGreaterThan(1e-3);
    // n = 400, seed 3: the measure-valued mean of two elements; above 5 with probability below 1e-5.
    if (sampled && unbiased) expect(bias / (biasError ?? 0), title).toBeLessThan(5);
  }
});

test('an estimator that is wrong by one percent shows it', () => {
  const right = find('DiCE (IPO eq. 13)');
  const wrong: Entry = { ...right, estimate: (chance) => mul(right.estimate(chance), 1.01) };
  expect(measure(wrong, 2, 0).bias).toBeCloseTo(0.01, 12);
});

test('the noise of a batch is that of a single play', () => {
  const single = find('reward to go');
  const twice: Entry = {
    ...single,
    plays: 2,
    estimate: (chance) => mul(add(single.estimate(chance), single.estimate(chance)), 0.5),
  };
  expect(measure(twice, 2, 0).noise).toBeCloseTo(measure(single, 2, 0).noise, 12);
});

test('rows and pictures of a run', async () => {
  const plan = await findExperiment('estimator-zoo').plan({ steps: 1, samples: 10 }, 0);
  const some = plan.tasks.filter(({ name }) => /^DiCE|measure-valued/.test(name));
  for (const task of some) await task.run();
  const rows = plan.rows();
  expect(rows).toHaveLength(2 * some.length + 1);
  expect(rows.find(({ name }) => name.startsWith('Gaussian game: measure-valued'))).toMatchObject({ n: 10 });
  expect(plan.sections().map(({ title, figures }) => [title, figures.length])).toEqual([
    ['IPD', 2],
    ['IMP', 2],
    ['Gaussian game', 2],
  ]);
  expect(plan.notes()[1]).toMatch(/measure-valued \d/);
});
