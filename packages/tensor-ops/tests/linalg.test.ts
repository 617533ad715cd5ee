/** Functions of matrices: ml-matrix as the reference, defining equations, derivatives, batches, executors, errors. */
import {
  abs,
  add,
  at,
  eye,
  grad,
  jit,
  jsExecutor,
  key,
  matmul,
  max,
  mul,
  normal,
  reshape,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  wasmExecutor,
} from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import {
  cholesky,
  determinant,
  eigh,
  inverse,
  inverseRoot,
  logDeterminant,
  matrixRoot,
  sqrtm,
} from '@descant/tensor-ops/linalg';
import fc from 'fast-check';
import {
  CholeskyDecomposition,
  EVD,
  Matrix,
  determinant as mlDeterminant,
  inverse as mlInverse,
} from 'ml-matrix';
import { describe, expect, test } from 'vitest';

const f64 = (values: number[][]): Tensor => tensor(values, { dtype: 'float64' });
const toMatrix = (a: Tensor): Matrix => Matrix.from1DArray(a.shape[0], a.shape[1], [...a.data]);

const random = (seed: number, n: number): Tensor => normal(key(seed), [n, n], 'float64');
const symmetric = (seed: number, n: number): Tensor => {
  const m = random(seed, n);
  return mul(0.5, add(m, transpose(m)));
};
/** Symmetric positive definite with eigenvalues of at least 0.5. */
const definite = (seed: number, n: number): Tensor => {
  const m = random(seed, n);
  return add(matmul(m, transpose(m)), mul(0.5, eye(n, 'float64')));
};

const largest = (a: Tensor): number => (a.size === 0 ? 0 : max(abs(a)).item());

/** Equal up to a tolerance that is relative to the largest element expected. */
function expectNear(actual: Tensor, expected: Tensor | readonly number[], tolerance = 1e-11): void {
  const wanted = Array.isArray(expected) ? expected : [...(expected as Tensor).data];
  expect(actual.size).toBe(wanted.length);
  const scale = Math.max(1, ...wanted.map(Math.abs));
  const worst = Math.max(...[...actual.data].map((v, i) => Math.abs(v - wanted[i])));
  expect(worst / scale).toBeLessThanOrEqual(tolerance);
}

const cases = fc.tuple(fc.nat(10_000), fc.integer({ min: 1, max: 9 }));

describe('ml-matrix 6.15.1 as the reference', () => {
  test('inverse and determinant of random matrices', () => {
    fc.assert(
      fc.property(cases, ([seed, n]) => {
        const a = random(seed, n);
        const reference = mlInverse(toMatrix(a)).to1DArray();
        expectNear(inverse(a), reference, 1e-9);
        const det = mlDeterminant(toMatrix(a));
        expect(determinant(a).item() / det).toBeCloseTo(1, 9);
        const { sign, logAbsolute } = logDeterminant(a);
        expect(sign.item()).toBe(Math.sign(det));
        expect(logAbsolute.item()).toBeCloseTo(Math.log(Math.abs(det)), 9);
      }),
      { seed: 51, numRuns: 60 },
    );
  });

  test('Cholesky factors and eigenvalues', () => {
    fc.assert(
      fc.property(cases, ([seed, n]) => {
        const a = definite(seed, n);
        expectNear(cholesky(a), new CholeskyDecomposition(toMatrix(a)).lowerTriangularMatrix.to1DArray());
        const s = symmetric(seed, n);
        const values = new EVD(toMatrix(s), { assumeSymmetric: true }).realEigenvalues.toSorted(
          (x, y) => x - y,
        );
        expectNear(eigh(s).values, values);
      }),
      { seed: 52, numRuns: 60 },
    );
  });

  test('the comparison rejects a matrix that is 1e-6 off', () => {
    const a = definite(1, 4);
    const wrong = add(a, mul(1e-6, eye(4, 'float64')));
    const reference = new CholeskyDecomposition(toMatrix(a)).lowerTriangularMatrix.to1DArray();
    expect(() => expectNear(cholesky(wrong), reference)).toThrow();
  });
});

describe('defining equations', () => {
  test('eigh: V diag(w) V^T = A, V^T V = 1, w ascending, for sizes up to 33', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.integer({ min: 1, max: 33 }), (seed, n) => {
        const a = symmetric(seed, n);
        const { values, vectors } = eigh(a);
        expectNear(matmul(mul(vectors, values), transpose(vectors)), a, 1e-12);
        expectNear(matmul(transpose(vectors), vectors), eye(n, 'float64'), 1e-12);
        expect([...values.data].every((v, i, all) => i === 0 || all[i - 1] <= v)).toBe(true);
      }),
      { seed: 53, numRuns: 25 },
    );
  });

  test('eigh of matrices with repeated eigenvalues', () => {
    fc.assert(
      fc.property(
        fc.nat(9999),
        fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 2, maxLength: 9 }),
        (seed, w) => {
          const q = eigh(symmetric(seed, w.length)).vectors;
          const a = matmul(mul(q, tensor(w, { dtype: 'float64' })), transpose(q));
          const { values, vectors } = eigh(a);
          expectNear(
            values,
            w.toSorted((x, y) => x - y),
            1e-13,
          );
          expectNear(matmul(transpose(vectors), vectors), eye(w.length, 'float64'), 1e-13);
          expectNear(matmul(mul(vectors, values), transpose(vectors)), a, 1e-13);
        },
      ),
      { seed: 55, numRuns: 60 },
    );
  });

  test('eigh of matrices that are easy to get wrong', () => {
    expectNear(eigh(eye(5, 'float64')).values, [1, 1, 1, 1, 1], 0);
    expectNear(
      eigh(
        f64([
          [0, 0],
          [0, 0],
        ]),
      ).values,
      [0, 0],
      0,
    );
    expectNear(
      eigh(
        f64([
          [1, 1, 1],
          [1, 1, 1],
          [1, 1, 1],
        ]),
      ).values,
      [0, 0, 3],
      1e-15,
    );
    expectNear(
      eigh(
        f64([
          [3, 0],
          [0, -2],
        ]),
      ).values,
      [-2, 3],
      0,
    );
    for (const scale of [1e-30, 1e30]) {
      const { values } = eigh(
        tensor([
          [2 * scale, scale],
          [scale, 2 * scale],
        ]),
      );
      expect(values.data[0] / scale).toBeCloseTo(1, 5);
      expect(values.data[1] / scale).toBeCloseTo(3, 5);
    }
  });

  test('roots: B^p = A, inverseRoot is its inverse, sqrtm the second root', () => {
    fc.assert(
      fc.property(
        fc.nat(9999),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        (seed, n, p) => {
          const a = definite(seed, n);
          const b = matrixRoot(a, p);
          let power = b;
          for (let k = 1; k < p; k++) power = matmul(power, b);
          expectNear(power, a, 1e-11);
          expectNear(b, transpose(b), 1e-13);
          expectNear(matmul(inverseRoot(a, p), b), eye(n, 'float64'), 1e-11);
          expectNear(sqrtm(a), matrixRoot(a, 2), 0);
        },
      ),
      { seed: 54, numRuns: 40 },
    );
  });

  test('logDeterminant does not overflow, and a singular matrix has sign 0', () => {
    const a = mul(1e200, eye(4, 'float64'));
    expect(logDeterminant(a).logAbsolute.item()).toBeCloseTo(800 * Math.log(10), 9);
    const singular = f64([
      [1, 2],
      [2, 4],
    ]);
    expect(Math.abs(determinant(singular).item())).toBe(0);
    expect(Math.abs(logDeterminant(singular).sign.item())).toBe(0);
    expect(logDeterminant(singular).logAbsolute.item()).toBe(-Infinity);
  });

  test('cholesky of a matrix that is not definite is NaN', () => {
    expect(
      cholesky(
        f64([
          [1, 2],
          [2, 1],
        ]),
      ).data[3],
    ).toBeNaN();
  });
});

const logAbsolute = (a: Tensor): Tensor => logDeterminant(a).logAbsolute;

/** Projectors on eigenvectors do not depend on their signs. */
const projectors = (a: Tensor): Tensor => {
  const { vectors } = eigh(a);
  return stack([0, 1, 2].map((i) => mul(reshape(at(vectors, i, 1), [3, 1]), at(vectors, i, 1))));
};

/** A sum with unequal weights, so that every element counts. */
const weigh = (y: Tensor): Tensor => {
  const weights = Float64Array.from({ length: y.size }, (_, i) => 0.5 + Math.cos(1.7 * i + 0.3));
  return sum(mul(y, tensor(weights, { shape: y.shape })));
};

describe('derivatives', () => {
  test.each([
    ['inverse', inverse],
    ['determinant', determinant],
    ['logDeterminant', logAbsolute],
    ['cholesky', cholesky],
    ['eigenvalues', (a: Tensor) => eigh(a).values],
    ['projectors on eigenvectors', projectors],
  ])('%s: first and second, forward and reverse', (_name, f) => {
    const a = definite(7, 3);
    checkGradients(f, [a]);
    checkGradients(
      grad((x: Tensor) => weigh(f(x))),
      [a],
      { tolerance: 1e-5 },
    );
  });

  test.each([
    ['sqrtm', sqrtm],
    ['matrixRoot(3)', (a: Tensor) => matrixRoot(a, 3)],
    ['inverseRoot(4)', (a: Tensor) => inverseRoot(a, 4)],
  ])('%s: first and second, equal eigenvalues included', (_name, f) => {
    const q = eigh(definite(8, 3)).vectors;
    const repeated = matmul(mul(q, tensor([2, 2, 5], { dtype: 'float64' })), transpose(q));
    for (const a of [definite(7, 3), repeated, eye(3, 'float64')]) {
      checkGradients(f, [a]);
      checkGradients(
        grad((x: Tensor) => weigh(f(x))),
        [a],
      );
    }
  });

  test('at the identity d sqrtm = dA / 2', () => {
    const direction = symmetric(3, 4);
    const slope = grad((a: Tensor) => sum(mul(direction, sqrtm(a))))(eye(4, 'float64'));
    expectNear(slope, mul(0.5, direction), 1e-14);
  });

  test('the check rejects a gradient that ignores the symmetric part', () => {
    const wrong = (a: Tensor) => weigh(cholesky(add(a, mul(1e-3, mul(a, a)))));
    const [own, other] = [grad(wrong), grad((x: Tensor) => weigh(cholesky(x)))].map((g) => g(definite(7, 3)));
    expect(() => expectNear(own, other, 1e-5)).toThrow();
  });
});

const functions: [string, (a: Tensor) => Tensor][] = [
  ['inverse', inverse],
  ['determinant', determinant],
  ['logDeterminant', logAbsolute],
  ['cholesky', cholesky],
  ['eigenvalues', (a) => eigh(a).values],
  ['sqrtm', sqrtm],
];

describe.each(functions)('%s', (_name, f) => {
  test('of a batch is that of each matrix', () => {
    const matrices = [1, 2, 3, 4, 5, 6].map((seed) => definite(seed, 3));
    const batch = reshape(stack(matrices), [2, 3, 3, 3]);
    const each = stack(matrices.map(f));
    expectNear(f(batch), each, 1e-12);
    expect(f(batch).shape).toEqual([2, 3, ...each.shape.slice(1)]);
  });

  test.each([jsExecutor, wasmExecutor])('compiled, with its gradient, on $name', (executor) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const a = tensor(definite(9, 4).data, { shape: [4, 4], dtype });
      const both = (x: Tensor) => ({ value: f(x), slope: grad((y: Tensor) => sum(f(y)))(x) });
      const compiled = jit(both, { executor })(a);
      const plain = both(a);
      const tolerance = dtype === 'float32' ? 2e-4 : 1e-11;
      expectNear(compiled.value, plain.value, tolerance);
      expectNear(compiled.slope, plain.slope, tolerance);
      expect(compiled.value.dtype).toBe(dtype);
    }
  });
});

test('float32 results are those of float64, rounded', () => {
  for (const [, f] of functions) {
    const a = definite(10, 5);
    const single = f(tensor(a.data, { shape: [5, 5], dtype: 'float32' }));
    const exact = f(a);
    expect(largest(sub(single, exact)) / largest(exact)).toBeLessThan(1e-5);
  }
});

test('errors name the function, what was expected and what came', () => {
  const wide = tensor([[1, 2, 3]]);
  for (const [name, f] of Object.entries({ inverse, determinant, logDeterminant, cholesky, eigh, sqrtm })) {
    expect(() => f(wide)).toThrow(`${name}: a must have shape [..., n, n] with n >= 1; got [1, 3]`);
  }
  expect(() => eigh(tensor([1]))).toThrow('eigh: a must have shape [..., n, n] with n >= 1; got [1]');
  expect(() => matrixRoot(eye(2), 0)).toThrow('matrixRoot: p must be a whole number of at least 1; got 0');
  expect(() => inverseRoot(eye(2), 1.5)).toThrow(
    'inverseRoot: p must be a whole number of at least 1; got 1.5',
  );
});
