/** Conjugate gradients and GMRES: dense solutions as the reference, derivatives, compilation, reports, errors. */
import {
  abs,
  add,
  eye,
  grad,
  hvp,
  jit,
  jsExecutor,
  key,
  matmul,
  max,
  mul,
  normal,
  reshape,
  slice,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
  vmap,
  wasmExecutor,
} from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import {
  conjugateGradient,
  gmres,
  type LinearSolution,
  type SolverOptions,
  solve,
} from '@descant/tensor-ops/linalg';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const product = (m: Tensor, v: Tensor): Tensor => matmul(m, v);
const random = (seed: number, shape: number[]): Tensor => normal(key(seed), shape, 'float64');
const definite = (seed: number, n: number): Tensor => {
  const m = random(seed, [n, n]);
  return add(matmul(m, transpose(m)), eye(n, 'float64'));
};
/** Not symmetric, and not near singular. */
const general = (seed: number, n: number): Tensor =>
  add(random(seed, [n, n]), mul(3 * Math.sqrt(n), eye(n, 'float64')));

const largest = (a: Tensor): number => max(abs(a)).item();
function expectNear(actual: Tensor, expected: Tensor, tolerance: number): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(largest(sub(actual, expected)) / Math.max(1, largest(expected))).toBeLessThanOrEqual(tolerance);
}

interface Solver {
  readonly name: string;
  readonly matrix: (seed: number, n: number) => Tensor;
  readonly solve: (a: Tensor, b: Tensor, options?: SolverOptions) => LinearSolution<Tensor>;
}
const SOLVERS: readonly Solver[] = [
  { name: 'conjugateGradient', matrix: definite, solve: (a, b, o) => conjugateGradient(product, a, b, o) },
  { name: 'gmres', matrix: general, solve: (a, b, o) => gmres(product, a, b, o) },
];

describe.each(SOLVERS)('$name', ({ matrix, solve: iterate }) => {
  test('agrees with the dense solution, and reports the residual that it has', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.integer({ min: 1, max: 12 }), (seed, n) => {
        const [a, b] = [matrix(seed, n), random(seed + 1, [n])];
        const { solution, residualNorm, iterations } = iterate(a, b, { tolerance: 1e-13, iterations: 3 * n });
        expectNear(solution, solve(a, b), 1e-9);
        const residual = Math.sqrt(sum(square(sub(b, matmul(a, solution)))).item());
        expect(Math.abs(residualNorm.item() - residual)).toBeLessThanOrEqual(1e-14);
        expect(iterations.dtype).toBe('int32');
        expect(iterations.item()).toBeLessThanOrEqual(3 * n);
      }),
      { seed: 61, numRuns: 40 },
    );
  });

  test('stops at the tolerance, and at the number of iterations', () => {
    const [a, b] = [matrix(3, 20), random(4, [20])];
    const size = Math.sqrt(sum(square(b)).item());
    const loose = iterate(a, b, { iterations: 60, tolerance: 0.05 });
    const tight = iterate(a, b, { iterations: 60, tolerance: 1e-6 });
    expect(loose.residualNorm.item()).toBeLessThanOrEqual(0.05 * size);
    expect(tight.residualNorm.item()).toBeLessThanOrEqual(1.001e-6 * size);
    expect(loose.iterations.item()).toBeLessThan(tight.iterations.item());
    const short = iterate(a, b, { iterations: 2, tolerance: 1e-6 });
    expect(short.iterations.item()).toBe(2);
    expect(short.residualNorm.item()).toBeGreaterThan(1e-6 * size);
  });

  test('needs as many iterations as there are eigenvalues', () => {
    const { solution, iterations } = iterate(mul(3, eye(5, 'float64')), random(1, [5]));
    expectNear(solution, mul(1 / 3, random(1, [5])), 1e-15);
    expect(iterations.item()).toBe(1);
  });

  test('b = 0 has the solution 0 after no iterations', () => {
    const { solution, residualNorm, iterations } = iterate(
      matrix(1, 3),
      tensor([0, 0, 0], { dtype: 'float64' }),
    );
    expect([...solution.data, residualNorm.item(), iterations.item()]).toEqual([0, 0, 0, 0, 0]);
  });

  test('derivatives are those of the dense solution, first and second', () => {
    const [a, b, w] = [matrix(5, 4), random(6, [4]), random(7, [4])];
    const options = { tolerance: 1e-14, iterations: 12 };
    type Pair = { a: Tensor; b: Tensor };
    const iterative = (x: Pair) => sum(mul(w, iterate(x.a, x.b, options).solution));
    const dense = (x: Pair) => sum(mul(w, solve(x.a, x.b)));
    // The derivative in A of a symmetric solver is one for symmetric changes; A is used as it is by both.
    const [own, exact] = [grad(iterative)({ a, b }), grad(dense)({ a, b })];
    expectNear(own.a, exact.a, 1e-10);
    expectNear(own.b, exact.b, 1e-10);
    const curvature = (f: (x: Pair) => Tensor) => (scale: Tensor) => {
      const slope = grad(f)({ a: mul(scale, a), b });
      return add(sum(square(slope.b)), sum(mul(slope.a, a)));
    };
    const one = tensor(1.3, { dtype: 'float64' });
    expectNear(grad(curvature(iterative))(one), grad(curvature(dense))(one), 1e-9);
  });

  test('derivatives in both modes agree with finite differences, first and second', () => {
    const [a, b, w] = [matrix(5, 3), random(6, [3]), random(7, [3])];
    // Symmetric whatever a is, for the solver that needs it.
    const solution = (x: Tensor, y: Tensor) =>
      iterate(add(matmul(x, transpose(x)), eye(3, 'float64')), y, { tolerance: 1e-15, iterations: 9 })
        .solution;
    checkGradients(solution, [a, b]);
    checkGradients(
      grad((y: Tensor) => sum(mul(w, square(solution(a, y))))),
      [b],
    );
  });

  test.each([jsExecutor, wasmExecutor])('compiled on $name, with its gradient', (executor) => {
    const [a, b] = [matrix(8, 5), random(9, [5])];
    const both = (m: Tensor, v: Tensor) => ({
      ...iterate(m, v, { tolerance: 1e-12, iterations: 10 }),
      slope: grad((u: Tensor) => sum(iterate(m, u, { tolerance: 1e-12, iterations: 10 }).solution))(v),
    });
    const [compiled, plain] = [jit(both, { executor })(a, b), both(a, b)];
    expectNear(compiled.solution, plain.solution, 1e-11);
    expectNear(compiled.slope, plain.slope, 1e-11);
    expect(compiled.iterations.item()).toBe(plain.iterations.item());
  });

  test('batches, each member with its own number of iterations', () => {
    const matrices = stack([eye(4, 'float64'), matrix(1, 4), matrix(2, 4)]);
    const sides = stack([1, 2, 3].map((seed) => random(seed, [4])));
    const run = (a: Tensor, b: Tensor) => iterate(a, b, { tolerance: 1e-12, iterations: 8 });
    const { solution, iterations } = vmap(run)(matrices, sides);
    expectNear(solution, reshape(solve(matrices, reshape(sides, [3, 4, 1])), [3, 4]), 1e-9);
    expect(iterations.data[0]).toBe(1);
    expect(iterations.data[1]).toBeGreaterThan(1);
  });

  test('float32', () => {
    const [a, b] = [matrix(3, 6), random(2, [6])];
    const single = (t: Tensor) => tensor(t.data, { shape: t.shape, dtype: 'float32' });
    const { solution } = iterate(single(a), single(b), { tolerance: 1e-6, iterations: 12 });
    expect(solution.dtype).toBe('float32');
    expect(largest(sub(solution, solve(a, b)))).toBeLessThan(1e-4);
  });
});

describe('trees and operators without a matrix', () => {
  /** v -> H v, the Hessian of a convex function of a tree, at the parameters. */
  interface Point {
    readonly u: Tensor;
    readonly v: Tensor;
  }
  const loss = ({ u, v }: Point): Tensor =>
    add(sum(square(u)), sum(mul(0.5, square(add(v, tanh(slice(u, [0], [2])))))));
  const point: Point = { u: random(1, [3]), v: random(2, [2]) };

  test("Newton's direction by Hessian-vector products", () => {
    const gradient = grad(loss)(point);
    const apply = (p: Point, d: Point): Point => hvp(loss, p, d);
    const options = { tolerance: 1e-13, iterations: 20 };
    const newton = conjugateGradient(apply, point, gradient, options).solution;
    const minimal = gmres(apply, point, gradient, options).solution;
    const image = apply(point, newton);
    expectNear(image.u, gradient.u, 1e-10);
    expectNear(image.v, gradient.v, 1e-10);
    expectNear(minimal.u, newton.u, 1e-10);
    const compiled = jit((p: Point, g: Point) => conjugateGradient(apply, p, g, options).solution)(
      point,
      gradient,
    );
    expectNear(compiled.v, newton.v, 1e-10);
  });

  test('a tree solution has the elements of the flat one', () => {
    const a = general(3, 5);
    const pack = ({ u, v }: Point) => tensor([...u.data, ...v.data], { dtype: 'float64' });
    const blocks = (m: Tensor, x: Point): Point => {
      const part = (rows: [number, number], t: Tensor, columns: [number, number]) =>
        matmul(slice(m, [rows[0], columns[0]], [rows[1], columns[1]]), t);
      return {
        u: add(part([0, 3], x.u, [0, 3]), part([0, 3], x.v, [3, 2])),
        v: add(part([3, 2], x.u, [0, 3]), part([3, 2], x.v, [3, 2])),
      };
    };
    const tree = gmres(blocks, a, point, { tolerance: 1e-13 });
    expectNear(pack(tree.solution), solve(a, pack(point)), 1e-11);
  });
});

test('gmres reports what a singular system leaves', () => {
  const a = tensor(
    [
      [1, 0],
      [0, 0],
    ],
    { dtype: 'float64' },
  );
  const { solution, residualNorm } = gmres(product, a, tensor([2, 1], { dtype: 'float64' }));
  expect(residualNorm.item()).toBeCloseTo(1, 12);
  expect(solution.data[0]).toBeCloseTo(2, 12);
});

test('the comparison rejects a tolerance of 0.1', () => {
  const [a, b] = [definite(3, 12), random(4, [12])];
  const { solution } = conjugateGradient(product, a, b, { tolerance: 0.1 });
  expect(() => expectNear(solution, solve(a, b), 1e-9)).toThrow();
});

test('errors name the function, what was expected and what came', () => {
  const [a, b] = [eye(2), tensor([1, 2])];
  expect(() => conjugateGradient(product, a, b, { iterations: 0 })).toThrow(
    'conjugateGradient: iterations must be a whole number of at least 1; got 0',
  );
  expect(() => gmres(product, a, b, { tolerance: -1 })).toThrow(
    'gmres: tolerance must not be negative; got -1',
  );
  expect(() => gmres(() => tensor([1, 2, 3]), a, b)).toThrow(
    'gmres: apply must return a tree like its argument, * of float32[2]; got * of float32[3]',
  );
  expect(() => gmres(product, a, tensor([1, 2], { dtype: 'int32' }))).toThrow(
    'gmres: rightSide must hold tensors of one float dtype; got int32',
  );
  expect(() => gmres((_: Tensor, v: object) => v, a, {})).toThrow(
    'gmres: rightSide must hold at least one number; got none',
  );
  // What an operator closes over would lose its gradient.
  const hidden = (scale: Tensor) => sum(gmres((_: Tensor, v: Tensor) => mul(scale, v), a, b).solution);
  expect(() => grad(hidden)(tensor(2))).toThrow('customGradient: fn must use only its argument');
});
