import { iteratedPrisonersDilemma } from '@descant/autodiff-games';
import { dice, scoreFunction } from '@descant/estimators';
import { abs, grad, key, max, normal, sub, sum, type Tensor, tensor } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import type { Task } from '../src/experiment.ts';
import { findExperiment } from '../src/experiments/registry.ts';
import type { IteratedFinding } from '../src/marl/iterated.ts';
import { withoutMagicBox } from '../src/marl/without-box.ts';

const small = { runs: 2, plays: 4, steps: 3, updates: 4 };
const runOf = async (task: Task) => (await task.run()) as IteratedFinding;
const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('experiments with learners that play', () => {
  test.each([
    ['lola-pg', 8, ['IPD', 'IMP']],
    ['lola-dice', 17, ['opponent rate 0.2', 'exact values']],
    ['lola-om', 8, ['LOLA-DiCE, 2 steps', 'LOLA-PG']],
  ])('%s', async (name, tasks, groups) => {
    const plan = await findExperiment(name).plan(small, 0);
    expect(plan.tasks.length).toBe(tasks);
    expect([...new Set(plan.tasks.map(({ group }) => group))]).toEqual(groups);
    const [first, second] = [await runOf(plan.tasks[0]), await runOf(plan.tasks[1])];
    // Two runs of one cell: other keys, other ends.
    expect(second.returns).not.toEqual(first.returns);
    const again = await findExperiment(name).plan(small, 0);
    expect(await runOf(again.tasks[0])).toEqual(first);
    // Returns are those of the policies.
    if (name !== 'lola-pg') {
      const logits = first.policies.map((p) => tensor(Float64Array.from(p, (q) => Math.log(q / (1 - q)))));
      const exact = iteratedPrisonersDilemma().values(logits);
      exact.forEach((v, i) => {
        expect(first.returns[i]).toBeCloseTo(v.item(), 5);
      });
    }
    const rows = plan.rows();
    const row = rows.find((r) => r.name.includes('return'));
    const expected =
      name === 'lola-pg' ? [first, second].map((f) => f.returns[0]) : [first, second].map((f) => f.value);
    expect(row?.measured).toBeCloseTo(average(expected), 12);
    expect(row?.n).toBe(2);
    expect(row?.paper).not.toBeNull();
    expect(plan.sections()[0].figures[0].svg).toContain('<svg');
  });

  test('modelled opponents have an error of their models', async () => {
    const plan = await findExperiment('lola-om').plan({ ...small, runs: 1 }, 0);
    const modelled = plan.tasks.filter(({ name }) => name.startsWith('modelled'));
    const { modelError } = await runOf(modelled[0]);
    expect(modelError).toBeGreaterThan(0);
    expect(modelError).toBeLessThan(1);
    expect(plan.rows().map(({ unit }) => unit)).toContain('probability');
  });
});

describe('DiCE without its magic box', () => {
  const rewards = normal(key(1), [3, 4, 2], 'float64');
  const rollout = (x: Tensor) => ({ logProbabilities: x, rewards, discount: 0.9 });
  const logs = normal(key(2), [3, 4, 2], 'float64');
  const slope = (estimator: typeof withoutMagicBox) =>
    grad((x: Tensor) => sum(estimator.surrogate(rollout(x))));
  const distance = (a: Tensor, b: Tensor) => max(abs(sub(a, b))).item();

  test('has the first derivative, and not the second', () => {
    expect(distance(slope(withoutMagicBox)(logs), slope(scoreFunction())(logs))).toBeLessThan(1e-12);
    const second = (estimator: typeof withoutMagicBox) => grad((x: Tensor) => sum(slope(estimator)(x)))(logs);
    expect(distance(second(withoutMagicBox), second(dice()))).toBeGreaterThan(1e-2);
  });
});
