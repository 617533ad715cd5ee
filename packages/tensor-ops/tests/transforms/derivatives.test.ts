/** Derivatives of whole functions: Jacobians, Hessians, third orders, known values. */
import {
  add,
  exp,
  grad,
  hessian,
  hvp,
  jacobian,
  jit,
  jvp,
  linearize,
  log,
  matmul,
  mul,
  sigmoid,
  sin,
  softmax,
  stopGradient,
  sum,
  type Tensor,
  tanh,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../support/close.ts';
import { MODES } from '../support/executors.ts';
import { build, toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';

const f64 = (shape: readonly number[], seed: number): Tensor => toTensor(noise(shape, generator(seed)));
const scalar = (x: number) => tensor(x, { dtype: 'float64' });

const third = (f: (x: Tensor) => Tensor) => grad(grad(grad(f)));

describe.each(MODES)('$name', ({ run }) => {
  describe('known values', () => {
    test('x^2 sigmoid(x): the second derivative at 0.7, which TensorFlow.js gets wrong', () => {
      const f = (x: Tensor) => mul(mul(x, x), sigmoid(x));
      const [x, s] = [0.7, 1 / (1 + Math.exp(-0.7))];
      const [s1, s2] = [s * (1 - s), s * (1 - s) * (1 - 2 * s)];
      const expected = 2 * s + 4 * x * s1 + x * x * s2;
      expect(expected).toBeCloseTo(1.921, 3);
      expect(run(grad(grad(f)))(scalar(x)).item()).toBeCloseTo(expected, 12);
    });

    test('(exp x)^2: the second derivative at 0.3 is 4 e^0.6', () => {
      const f = (x: Tensor) => mul(exp(x), exp(x));
      expect(4 * Math.exp(0.6)).toBeCloseTo(7.288, 3);
      expect(run(grad(grad(f)))(scalar(0.3)).item()).toBeCloseTo(4 * Math.exp(0.6), 11);
    });

    test('sin: derivatives of orders 0 to 6', () => {
      let f: (x: Tensor) => Tensor = sin;
      for (const expected of [Math.sin, Math.cos, (x: number) => -Math.sin(x), (x: number) => -Math.cos(x)]) {
        expect(run(f)(scalar(0.6)).item()).toBeCloseTo(expected(0.6), 12);
        f = grad(f);
      }
      expect(run(grad(grad(f)))(scalar(0.6)).item()).toBeCloseTo(-Math.sin(0.6), 12);
    });
  });

  describe('third derivatives against closed forms', () => {
    const points = [-1.7, -0.3, 0, 0.4, 2.1];

    test.each(points)('sigmoid at %s', (x) => {
      const s = 1 / (1 + Math.exp(-x));
      const expected = s * (1 - s) * (1 - 6 * s + 6 * s * s);
      expect(run(third(sigmoid))(scalar(x)).item()).toBeCloseTo(expected, 11);
    });

    test.each(points)('tanh at %s', (x) => {
      const t = Math.tanh(x);
      const expected = -2 * (1 - t * t) * (1 - 3 * t * t);
      expect(run(third(tanh))(scalar(x)).item()).toBeCloseTo(expected, 11);
    });

    test('softmax: all 81 entries', () => {
      // With p = softmax(x): d p_a / d x_b = p_a (d_ab - p_b), applied three times.
      const x = [0.3, -1.1, 0.8];
      const weights = x.map(Math.exp);
      const p = weights.map((w) => w / weights.reduce((a, b) => a + b));
      const d = (i: number, j: number) => Number(i === j);
      const first = (a: number, b: number) => p[a] * (d(a, b) - p[b]);
      const second = (a: number, b: number, c: number) => first(a, c) * (d(a, b) - p[b]) - p[a] * first(b, c);
      const third = ([a, b, c, e]: readonly number[]) =>
        (first(a, e) * (d(a, c) - p[c]) - p[a] * first(c, e)) * (d(a, b) - p[b]) -
        first(a, c) * first(b, e) -
        first(a, e) * first(b, c) -
        p[a] * second(b, c, e);
      const point = tensor(x, { dtype: 'float64' });
      const expected = build([3, 3, 3, 3], third);
      const reverse = jacobian(jacobian(jacobian((t) => softmax(t))));
      const mixed = jacobian(
        jacobian(
          jacobian((t) => softmax(t), 'forward'),
          'reverse',
        ),
        'forward',
      );
      expectClose(run(reverse)(point), expected, { what: 'reverse', tolerance: 1e-11 });
      expectClose(run(mixed)(point), expected, { what: 'mixed modes', tolerance: 1e-11 });
    });
  });

  describe('Jacobians and Hessians', () => {
    const w = f64([2, 3], 1);
    const f = (x: Tensor) => sin(matmul(w, mul(x, x)));

    test('forward = reverse = closed form, of a matrix-valued function of a matrix', () => {
      const x = f64([3, 2], 2);
      const [reverse, forward] = [run(jacobian(f))(x), run(jacobian(f, 'forward'))(x)];
      const inside = matmul(w, mul(x, x));
      const expected = build([2, 2, 3, 2], ([i, j, k, l]) =>
        j === l ? Math.cos(inside.data[2 * i + j]) * w.data[3 * i + k] * 2 * x.data[2 * k + l] : 0,
      );
      expectClose(reverse, expected, { what: 'reverse', tolerance: 1e-12 });
      expectClose(forward, expected, { what: 'forward', tolerance: 1e-12 });
    });

    test('the Hessian is symmetric, the Jacobian of the gradient in both modes, and its products are hvp', () => {
      const g = (x: Tensor) => sum(f(x));
      const [x, v] = [f64([3], 3), f64([3], 4)];
      const h = run(hessian(g))(x);
      expectClose(
        h,
        build([3, 3], ([i, j]) => h.data[3 * j + i]),
        { what: 'symmetry', tolerance: 1e-12 },
      );
      expectClose(run(jacobian(grad(g)))(x), h, { what: 'reverse over reverse', tolerance: 1e-12 });
      const products = run((y: Tensor, t: Tensor) => hvp(g, y, t))(x, v);
      expectClose(products, matmul(h, v), { what: 'products', tolerance: 1e-12 });
    });

    test('vmap of hessian is the stack of Hessians', () => {
      const g = (x: Tensor) => sum(f(x));
      const xs = f64([4, 3], 5);
      const each = run(vmap(hessian(g)))(xs);
      const expected = build([4, 3, 3], ([b, i, j]) => {
        const row = tensor(xs.data.slice(3 * b, 3 * b + 3));
        return hessian(g)(row).data[3 * i + j];
      });
      expectClose(each, expected, { what: 'Hessians', tolerance: 1e-12 });
    });
  });

  test('a derivative of a derivative inside a function: the outer variable stays what it is', () => {
    // d/dx [x d/dy (x + y)^2 at y = 1] = d/dx 2 x (x + 1) = 4 x + 2: no confusion of perturbations.
    const f = (x: Tensor) => mul(x, grad((y: Tensor) => mul(add(x, y), add(x, y)))(scalar(1)));
    expect(run(grad(f))(scalar(3)).item()).toBeCloseTo(14, 12);
    const forward = (x: Tensor) =>
      mul(x, jvp((y: Tensor) => mul(add(x, y), add(x, y)), scalar(1), scalar(1))[1]);
    expect(run((x: Tensor) => jvp(forward, x, scalar(1))[1])(scalar(3)).item()).toBeCloseTo(14, 12);
  });

  test('jit inside grad inside vmap inside jit', () => {
    const inner = jit((x: Tensor) => mul(sin(x), x));
    const xs = f64([3], 6);
    const expected = build([3], ([i]) => Math.sin(xs.data[i]) + xs.data[i] * Math.cos(xs.data[i]));
    expectClose(run(vmap(grad(inner)))(xs), expected, { what: 'slopes', tolerance: 1e-12 });
  });
});

describe('trees and pullbacks', () => {
  const point = { w: f64([2, 2], 7), rest: [f64([2], 8), scalar(0.3)] as [Tensor, Tensor] };
  const f = ({ w, rest: [b, s] }: typeof point) => ({ y: sin(add(matmul(w, b), s)), n: mul(sum(w), s) });

  test('valueAndGrad, vjp and linearize agree on a tree, and keep its structure', () => {
    const c = { y: f64([2], 9), n: scalar(-0.7) };
    const loss = (p: typeof point) => add(sum(mul(f(p).y, c.y)), mul(f(p).n, c.n));
    const [value, gradient] = valueAndGrad(loss)(point);
    const [y, pullback] = vjp(f, point);
    expectClose(add(sum(mul(y.y, c.y)), mul(y.n, c.n)), value, { what: 'value', tolerance: 1e-13 });
    const pulled = pullback(c);
    const pairs: [Tensor, Tensor][] = [
      [pulled.w, gradient.w],
      [pulled.rest[0], gradient.rest[0]],
      [pulled.rest[1], gradient.rest[1]],
    ];
    for (const [a, b] of pairs) expectClose(a, b, { what: 'pullback', tolerance: 1e-13 });
    const direction = { w: f64([2, 2], 10), rest: [f64([2], 11), scalar(2)] as [Tensor, Tensor] };
    const [, pushforward] = linearize(f, point);
    const moved = pushforward(direction);
    const left = add(sum(mul(moved.y, c.y)), mul(moved.n, c.n));
    const right = add(
      add(sum(mul(pulled.w, direction.w)), sum(mul(pulled.rest[0], direction.rest[0]))),
      mul(pulled.rest[1], scalar(2)),
    );
    expectClose(left, right, { what: 'forward = reverse', tolerance: 1e-12 });
  });

  test('a pullback and a pushforward can be called again, batched and differentiated', () => {
    const [, pullback] = vjp((x: Tensor) => mul(x, mul(x, x)), f64([2], 12));
    const x = f64([2], 12);
    const cs = f64([3, 2], 13);
    const expected = build([3, 2], ([b, i]) => 3 * x.data[i] ** 2 * cs.data[2 * b + i]);
    expectClose(vmap(pullback)(cs), expected, { what: 'batched pullback', tolerance: 1e-12 });
    expectClose(vmap(pullback)(cs), expected, { what: 'again', tolerance: 1e-12 });
    const curvature = grad((y: Tensor) => {
      const [, back] = vjp((t: Tensor) => sum(mul(t, mul(t, t))), y);
      return sum(back(tensor(1, { dtype: 'float64' })));
    });
    expectClose(
      curvature(x),
      build([2], ([i]) => 6 * x.data[i]),
      { what: 'differentiated pullback', tolerance: 1e-12 },
    );
  });

  test('the other arguments of grad pass through, traced or not', () => {
    const g = grad((x: Tensor, scale: Tensor, name: string) => mul(name === 'square' ? mul(x, x) : x, scale));
    expect(g(scalar(3), scalar(5), 'square').item()).toBe(30);
    expect(vmap((s: Tensor) => g(scalar(3), s, 'square'))(tensor([1, 2])).toArray()).toEqual([6, 12]);
  });

  test('arguments that do not matter have zero gradient', () => {
    const { used, unused } = grad(({ used: u }: { used: Tensor; unused: Tensor }) => mul(u, u))({
      used: tensor(3),
      unused: tensor([1, 2]),
    });
    expect(used.item()).toBe(6);
    expect(unused.toArray()).toEqual([0, 0]);
  });

  test('stopGradient hides its argument in both modes, at every order and for trees', () => {
    const f3 = (x: Tensor) => mul(stopGradient(mul(x, x)), x);
    expect(grad(f3)(scalar(3)).item()).toBe(9);
    expect(jvp(f3, scalar(3), scalar(1))[1].item()).toBe(9);
    // The first derivative is stopGradient(x^2): constant, so that the second is zero.
    expect(grad(grad(f3))(scalar(3)).item()).toBe(0);
    const { a } = stopGradient({ a: scalar(2) });
    expect(a.item()).toBe(2);
    expect(grad((x: Tensor) => stopGradient({ y: x }).y)(scalar(1)).item()).toBe(0);
  });

  test('log and exp undo each other at every order', () => {
    const identity = (x: Tensor) => log(exp(x));
    expect(grad(identity)(scalar(0.7)).item()).toBeCloseTo(1, 14);
    expect(grad(grad(identity))(scalar(0.7)).item()).toBeCloseTo(0, 14);
    expect(grad(grad(grad(identity)))(scalar(0.7)).item()).toBeCloseTo(0, 14);
  });
});
