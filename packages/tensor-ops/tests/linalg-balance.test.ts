import { jit, jsExecutor, type Tensor, tensor, wasmExecutor } from '@descant/tensor-ops';
import { balance } from '@descant/tensor-ops/linalg';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';

/** Positive matrices whose entries differ by up to e^12. */
const matrices = fc
  .integer({ min: 1, max: 6 })
  .chain((n) =>
    fc
      .array(fc.integer({ min: -600, max: 600 }), { minLength: n * n, maxLength: n * n })
      .map((logs) => ({ n, entries: logs.map((l) => Math.exp(l / 100)) })),
  );

const rowsAndColumns = (m: readonly (readonly number[])[]) => ({
  rows: m.map((row, i) => row.reduce((s, v, j) => (i === j ? s : s + Math.abs(v)), 0)),
  columns: m.map((_, j) => m.reduce((s, row, i) => (i === j ? s : s + Math.abs(row[j])), 0)),
});

const float64 = (entries: readonly number[], n: number) =>
  tensor(Float64Array.from(entries), { shape: [n, n], dtype: 'float64' });

describe('balance', () => {
  property.prop([matrices])('rows and columns of equal sums, by a diagonal similarity', ({ n, entries }) => {
    const { matrix, scale } = balance(float64(entries, n));
    const balanced = matrix.toArray() as number[][];
    const { rows, columns } = rowsAndColumns(balanced);
    for (let k = 0; k < n; k++) {
      expect(Math.abs(rows[k] - columns[k])).toBeLessThanOrEqual(1e-12 * (rows[k] + columns[k]));
    }
    const d = Array.from(scale.data, Number);
    expect(Math.abs(d.reduce((a, v) => a + Math.log(v), 0))).toBeLessThan(1e-9);
    balanced.forEach((row, i) => {
      row.forEach((v, j) => {
        const expected = (entries[i * n + j] * d[j]) / d[i];
        expect(Math.abs(v - expected)).toBeLessThanOrEqual(1e-9 * expected);
      });
    });
  });

  property.prop([matrices, fc.integer({ min: 0, max: 5 }), fc.constantFrom(1.01, 0.99)])(
    'no other diagonal gives a smaller sum of entries',
    ({ n, entries }, index, factor) => {
      const { scale } = balance(float64(entries, n));
      const d = Array.from(scale.data, Number);
      const total = (x: readonly number[]) =>
        entries.reduce((s, v, e) => s + (v * x[e % n]) / x[Math.floor(e / n)], 0);
      const moved = d.map((v, i) => (i === index % n ? v * factor : v));
      expect(total(moved)).toBeGreaterThanOrEqual(total(d) * (1 - 1e-12));
    },
  );

  test('signs, diagonals and rows of zeros', () => {
    expect(
      balance(
        tensor([
          [-5, -4],
          [1, 0],
        ]),
      ).matrix.toArray(),
    ).toEqual([
      [-5, -2],
      [2, 0],
    ]);
    expect(
      balance(
        tensor([
          [1, 3],
          [0, 1],
        ]),
      ).matrix.toArray(),
    ).toEqual([
      [1, 3],
      [0, 1],
    ]);
  });

  test('batches, compiled on every executor', () => {
    const a = tensor(
      [
        [
          [5, 4],
          [1, 7],
        ],
        [
          [1, 9],
          [1, 1],
        ],
      ],
      { dtype: 'float64' },
    );
    for (const executor of [jsExecutor, wasmExecutor]) {
      const f = jit((m: Tensor) => balance(m).matrix, { executor });
      const found = f(a).toArray() as number[][][];
      [
        [5, 2, 2, 7],
        [1, 3, 3, 1],
      ].forEach((expected, i) => {
        found[i].flat().forEach((v, k) => {
          expect(v).toBeCloseTo(expected[k], 12);
        });
      });
    }
  });

  test('one sweep is not enough for three indices', () => {
    const a = tensor(
      [
        [0, 8, 1],
        [1, 0, 9],
        [5, 1, 0],
      ],
      { dtype: 'float64' },
    );
    const { rows, columns } = rowsAndColumns(balance(a, { sweeps: 1 }).matrix.toArray() as number[][]);
    expect(Math.max(...rows.map((r, i) => Math.abs(r - columns[i])))).toBeGreaterThan(1e-3);
  });

  test('errors', () => {
    expect(() => balance(tensor([1, 2]))).toThrow(
      'balance: a must have shape [..., n, n] with n >= 1; got [2]',
    );
    expect(() => balance(tensor([[1]]), { sweeps: 0 })).toThrow(
      'balance: sweeps must be a whole number of at least 1; got 0',
    );
  });
});
