import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/executors/wasm/compile.ts';
import { hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';
import {
  add,
  grad,
  matmul,
  mean,
  slice,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from '../../src/index.ts';
import { networkArguments, randomNetwork } from './random-networks.ts';
import { type Float, randomFrom } from './random-programs.ts';
import { dataOf, difference, programOf, reference } from './support.ts';

/** Rounding accumulates over a random network and its derivative. */
const TOLERANCE: Record<Float, number> = { float64: 1e-9, float32: 1e-3 };

type Function = (...inputs: Tensor[]) => Tensor[];

/** The derivatives of a bounded function of all outputs. */
const gradientOf =
  (fn: Function): Function =>
  (...inputs) => {
    const loss = (xs: readonly Tensor[]): Tensor =>
      fn(...xs)
        .map((out) => mean(tanh(out)))
        .reduce((a, b) => add(a, b));
    return [...grad(loss)(inputs)];
  };

describe.each(['float64', 'float32'] as const)('schedule S2 equals the reference in %s', (float) => {
  test.each([
    ['values', (fn: Function) => fn],
    ['gradients', gradientOf],
  ] as const)('on random networks: %s', (_, change) => {
    const check = (seed: number, fma: boolean): void => {
      const args = networkArguments(seed + 1, float);
      const program = programOf(change(randomNetwork(seed, float)), args);
      const executable = compileProgram(program, { fma: fma && hasRelaxedSimd(), mostOperations: 0 });
      const expected = reference(program, args);
      // The second run finds the working memory of the first.
      for (let run = 0; run < 2; run++) {
        expect(difference(executable.run(dataOf(args)), expected, TOLERANCE[float])).toBeUndefined();
      }
    };
    fc.assert(fc.property(fc.nat({ max: 1e6 }), fc.boolean(), check), { numRuns: 150, seed: 23 });
  });
});

describe('gradients of a matrix that a batch shares', () => {
  const random = (...shape: number[]): Tensor => {
    const next = randomFrom(shape.length + shape[0]);
    const values = Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => next() - 0.5);
    return tensor(values, { shape });
  };
  const layer = (x: Tensor, w: Tensor): Tensor => sum(tanh(matmul(x, w)));

  test.each([
    ['one batch axis', random(3, 5, 7), (x: Tensor) => x, 1],
    ['two batch axes', random(2, 3, 5, 7), (x: Tensor) => x, 1],
    ['rows in another order', random(3, 7, 5), (x: Tensor) => transpose(x, [0, 2, 1]), 3],
    ['batch and rows exchanged', random(5, 3, 7), (x: Tensor) => transpose(x, [1, 0, 2]), 3],
    ['one row for each example', random(6, 1, 7), (x: Tensor) => x, 1],
    ['a part of a batch', random(4, 9, 7), (x: Tensor) => slice(x, [1, 2, 0], [2, 5, 7]), 2],
  ] as const)('%s', (_, x, view, calls) => {
    const program = programOf(
      (a: Tensor, w: Tensor) => grad((m: Tensor) => layer(view(a), m))(w),
      [x, random(7, 4)],
    );
    const args = dataOf([x, random(7, 4)]);
    const executable = compileProgram(program, { fma: false, mostOperations: 0 });
    // The second product has a batch that is summed; where strides allow, it is one product.
    const products = executable.report.parts.filter((part) => part.group === 'product');
    expect(products[products.length - 1].calls).toBe(calls);
    const expected = reference(program, [x, random(7, 4)]);
    for (let run = 0; run < 2; run++)
      expect(difference(executable.run(args), expected, 1e-12)).toBeUndefined();
  });
});

test.each([0, 1] as const)('long sums of float32 along axis %i are rounded once', (axis) => {
  const next = randomFrom(axis);
  const values = Float32Array.from({ length: 200_000 }, next);
  const x = tensor(values, { shape: axis === 0 ? [40_000, 5] : [5, 40_000] });
  const program = programOf((t: Tensor) => sum(t, axis), [x]);
  const [sums] = compileProgram(program, { fma: false, mostOperations: 0 }).run(dataOf([x]));
  const exact = [0, 0, 0, 0, 0];
  values.forEach((value, i) => {
    exact[axis === 0 ? i % 5 : Math.floor(i / 40_000)] += value;
  });
  expect([...sums]).toEqual(exact.map(Math.fround));
});

test('the random networks have groups of every kind that networks need', () => {
  const kinds = new Set<unknown>();
  for (let seed = 0; seed < 40; seed++) {
    const program = programOf(randomNetwork(seed, 'float32'), networkArguments(seed + 1, 'float32'));
    const { parts } = compileProgram(program, { fma: false, mostOperations: 0 }).report;
    expect(parts[0].schedule).toBe('S2');
    for (const part of parts) kinds.add(part.group);
  }
  expect([...kinds]).toEqual(expect.arrayContaining(['nest', 'product', 'loop']));
});
