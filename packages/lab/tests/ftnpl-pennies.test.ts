import { pennies, run, type UpdateRule } from '@descant/autodiff-games';
import { key, tensor } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';
import { cells, measure } from '../src/pennies/cells.ts';
import { fadingFtrl, perturbedLeader } from '../src/pennies/leaders.ts';

describe('the leaders of the released code', () => {
  /** Probabilities' derivatives by hand: f1 = -4 x y, f2 = 4 x y with x = sigma(z0 - z1) - 1/2. */
  const slopes = (z: readonly (readonly number[])[]) => {
    const [p, q] = z.map(([a, b]) => 1 / (1 + Math.exp(b - a)));
    return [-4 * (q - 0.5) * p * (1 - p), 4 * (p - 0.5) * q * (1 - q)];
  };
  const play = (rule: UpdateRule, steps: number) => {
    const initial = [
      [0.3, -0.2],
      [0.9, 0.1],
    ];
    const start = initial.map((z) => tensor([z], { dtype: 'float64' }));
    const options = { rules: [rule, rule], learningRate: [0.1, 0.2], steps, key: key(1) };
    const { parameters } = run(pennies({ convex: true }), start, options);
    return { initial, end: parameters.map(({ data }) => Array.from(data.subarray(2))) };
  };

  test('FTRL, written out', () => {
    const { initial, end } = play(fadingFtrl(0.05), 3);
    const written = (fades: boolean) => {
      let z = initial;
      for (let t = 0; t < 3; t++) {
        const slope = slopes(z);
        const decay = 2 * 0.05 * (fades ? (1 + t) ** (-2 / 3) : 1);
        z = z.map((own, i) =>
          own.map((v, a) => v + [0.1, 0.2][i] * ((a === 0 ? 1 : -1) * slope[i] - decay * v)),
        );
      }
      return z.flat();
    };
    for (const [i, v] of written(true).entries()) expect(end.flat()[i]).toBeCloseTo(v, 12);
    expect(end.flat()[0]).not.toBeCloseTo(written(false)[0], 6);
  });

  test('FTPL: one step less the gradient is exponential with the given means, of its own for each player', () => {
    const n = 4000;
    const start = [0, 1].map(() => tensor(new Float64Array(2 * n), { dtype: 'float64', shape: [n, 2] }));
    const rule = perturbedLeader([4, 2]);
    const options = { rules: [rule, rule], learningRate: 1, steps: 1, key: key(2) };
    const { parameters } = run(pennies({ convex: true }), start, options);
    // At equal logits there is no gradient.
    for (const [i, rate] of [4, 2].entries()) {
      const pushes = Array.from({ length: 2 * n }, (_, k) => {
        const [pair, a] = [Math.floor(k / 2), k % 2];
        return parameters[i].data[(2 * pair + 1) * 2 + a] * rate;
      });
      expect(Math.min(...pushes)).toBeGreaterThan(0);
      const mean = pushes.reduce((a, b) => a + b) / pushes.length;
      // The standard error is 1 / sqrt(8000) = .011; |z| > 5 has probability 6e-7.
      expect(Math.abs(mean - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
      const above = pushes.filter((v) => v > 1).length / pushes.length;
      expect(above).toBeCloseTo(Math.exp(-1), 1);
    }
  });
});

describe('cells', () => {
  const found = (name: string, convex: boolean) => {
    const cell = cells.find((c) => c.name === name && c.convex === convex);
    if (cell === undefined) throw new Error(`no cell ${name}`);
    const { rows } = measure(cell, { pairs: 8, steps: 8000 }, 0);
    return rows[0].measured;
  };
  test('convex: the mediator makes runs converge, learned or frozen; without codes that change they circle', () => {
    expect(found('FTNPL', true)).toBe(100);
    expect(found('frozen mediator', true)).toBe(100);
    expect(found('zero codes', true)).toBe(0);
    expect(found('FTRL, rate 0.1', true)).toBe(0);
  });
  test('non-convex: runs converge without codes', () => {
    expect(found('zero codes', false)).toBe(100);
  });
});

test('the report has a panel for each cell, and the field of gradients', async () => {
  const plan = await findExperiment('ftnpl-pennies').plan({ pairs: 2, steps: 20 }, 0);
  for (const task of plan.tasks) await task.run();
  expect(plan.sections().map(({ figures }) => figures.length)).toEqual([8, 7]);
});

test('steps must be recorded whole', async () => {
  await expect(findExperiment('ftnpl-pennies').plan({ steps: 25 }, 0)).rejects.toThrow(
    'ftnpl-pennies: steps: Invalid number: must be a multiple of 10',
  );
});
