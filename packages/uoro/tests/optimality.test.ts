/** The theory of variance: optimality of alpha and Q. */

import {
  add,
  at,
  eye,
  jit,
  key,
  matmul,
  mul,
  normal,
  ones,
  reshape,
  square,
  sum,
  type Tensor,
  transpose,
  vmap,
} from '@descant/tensor-ops';
import { balance, determinant, inverse, sqrtm } from '@descant/tensor-ops/linalg';
import {
  classifier,
  creditAssignment,
  gru,
  jointlyOptimal,
  lstm,
  optimalAlpha,
  optimalMatrix,
  preUoroVariance,
  spatialMatrix,
  uoroVariance,
} from '@descant/uoro';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';
import { elements, float64, model, parameters, reference, targets } from './support/network.ts';
import { setting } from './support/settings.ts';
import { creditAt, near, someScaling } from './support/theory.ts';

const traceOf = (m: Tensor): number => sum(mul(m, eye(m.shape[0], m.dtype))).item();

describe('optimality', () => {
  const positive = fc
    .integer({ min: 1, max: 5 })
    .chain((n) =>
      fc
        .array(fc.integer({ min: -500, max: 500 }), { minLength: n * n, maxLength: n * n })
        .map((logs) => reshape(float64(logs.map((l) => Math.exp(l / 100))), [n, n])),
    );

  property.prop([positive])('optimalAlpha is what balancing gives', (c) => {
    const alpha = optimalAlpha(c);
    near(square(alpha), elements(balance(c).scale), 1e-9);
  });

  property.prop([positive, fc.integer({ min: 0, max: 4 }), fc.constantFrom(1.02, 0.98)])(
    'no other alpha gives a smaller V',
    (c, index, factor) => {
      const alpha = elements(optimalAlpha(c));
      const n = alpha.length;
      const v = (a: readonly number[]) =>
        elements(c).reduce((s, x, e) => s + (x * a[e % n] ** 2) / a[Math.floor(e / n)] ** 2, 0);
      const moved = alpha.map((a, i) => (i === index % n ? a * factor : a));
      expect(v(moved)).toBeGreaterThanOrEqual(v(alpha) * (1 - 1e-12));
    },
  );

  property.prop([fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 5 })])(
    'Q_0 is optimal: no worse than any other matrix, and V = (tr B^(1/2))^2',
    (seed, n) => {
      const root = normal(key(seed), [n, n + 3], 'float64');
      const b = matmul(root, transpose(root));
      const q = optimalMatrix(b);
      const v = (m: Tensor): number => {
        const gram = matmul(m, transpose(m));
        return traceOf(matmul(b, gram)) * traceOf(inverse(gram));
      };
      near(v(q), [traceOf(sqrtm(b)) ** 2], 1e-8);
      const other = add(q, mul(0.1, normal(key(seed ^ 1), [n, n], 'float64')));
      expect(v(other)).toBeGreaterThanOrEqual(v(q) * (1 - 1e-9));
      near(determinant(q), [1], 1e-8);
    },
  );

  test('V by B and V by C agree for any Q_0', () => {
    const credit = creditAt('preactivation');
    const { alpha, matrix } = someScaling(5, 3, 21);
    const gram = matmul(matrix, transpose(matrix));
    const v = traceOf(matmul(spatialMatrix(credit, alpha), gram)) * traceOf(inverse(gram));
    near(uoroVariance(credit, { scaling: { alpha, matrix } }).v, [v], 1e-12);
  });

  test('the exponent printed for the damped Q_0 is worse than the identity', () => {
    const credit = creditAt('preactivation');
    const printed = inverse(optimalMatrix(spatialMatrix(credit)));
    const v = uoroVariance(credit, { scaling: { matrix: printed } }).v;
    near(v, reference.uoro_cut_pre.variance['V_with_thesis_sign_B^{+1/4}']);
    expect(v.item()).toBeGreaterThan(uoroVariance(credit).v.item());
  });

  test('PreUORO divides V by the number of preactivations', () => {
    const on = setting(classifier(lstm({ inputs: 2, units: 3 }), 2), 6, 4);
    const credit = creditAssignment(on.model, on.parameters, on.inputs, on.targets, { cellState: on.start });
    near(uoroVariance(credit).v.item() / preUoroVariance(credit).v.item(), [12], 1e-12);
  });

  test('compiled and batched', () => {
    const c = reshape(float64(Array.from({ length: 32 }, (_, i) => 1 + ((i * 7) % 11))), [2, 4, 4]);
    const each = [0, 1].flatMap((i) => elements(optimalAlpha(at(c, i))));
    near(jit(vmap(optimalAlpha))(c), each, 1e-9);
  });
});

test('errors of the theory', () => {
  const two = setting(classifier(gru({ inputs: 1, units: 1 }), 2), 3, 1);
  const credit = creditAssignment(two.model, two.parameters, two.inputs, two.targets);
  expect(messageOf(() => spatialMatrix(credit))).toBe(
    'spatialMatrix: credit must be of a cell with one matrix of weights; got 3 matrices',
  );
  expect(messageOf(() => optimalAlpha(ones([2, 3])))).toBe(
    'optimalAlpha: c must have shape [T, T] with T >= 1; got [2, 3]',
  );
  expect(messageOf(() => optimalMatrix(ones([2, 3])))).toBe(
    'optimalMatrix: b must have shape [N, N]; got [2, 3]',
  );
  expect(messageOf(() => optimalMatrix(eye(2), { damping: -1 }))).toBe(
    'optimalMatrix: damping must be a finite number of at least 0; got -1',
  );
  expect(messageOf(() => optimalMatrix(mul(0, eye(2))))).toBe(
    'optimalMatrix: b must be positive definite (or be damped); got eigenvalue 0',
  );
  expect(messageOf(() => jointlyOptimal(creditAt('preactivation')))).toBe(
    'jointlyOptimal: credit.b must have shape [E, T, T, N]; got [5, 5, 3]',
  );
  expect(messageOf(() => creditAssignment(model, parameters, ones([5, 3], 'float64'), targets))).toBe(
    'creditAssignment: inputs must have shape [T, 2]; got [5, 3]',
  );
});
