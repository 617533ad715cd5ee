/** customGradient: the given pullback is used in every mode, order, batch and loop; what it cannot do throws. */
import {
  add,
  clip,
  concat,
  cond,
  customGradient,
  exp,
  fori,
  grad,
  greater,
  hvp,
  jvp,
  mul,
  ones,
  round,
  sin,
  sum,
  type Tensor,
  tensor,
  vmap,
  where,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../support/close.ts';
import { MODES } from '../support/executors.ts';

const straightThrough = customGradient(round, (_x: Tensor, _y: Tensor, c: Tensor) => c);

/** exp with its true pullback, and exp with three times it. */
const trueExp = customGradient(exp, (_x: Tensor, y: Tensor, c: Tensor) => mul(y, c));
const tripled = customGradient(exp, (x: Tensor, _y: Tensor, c: Tensor) => mul(mul(3, exp(x)), c));

/** The same with the product hidden behind a linear function of both that brings its own derivative. */
const product = customGradient(
  ({ a, b }: { a: Tensor; b: Tensor }) => mul(a, b),
  ({ a, b }, _y: Tensor, c: Tensor) => ({ a: mul(b, c), b: mul(a, c) }),
);
const nestedExp = customGradient(exp, (_x: Tensor, y: Tensor, c: Tensor) => product({ a: y, b: c }));

const scalar = (x: number) => tensor(x, { dtype: 'float64' });

describe.each(MODES)('$name', ({ run }) => {
  const e = Math.exp(0.5);

  test('value and gradient', () => {
    expect(run(straightThrough)(tensor(1.7)).item()).toBe(2);
    expect(run(grad(straightThrough))(tensor(1.7)).item()).toBe(1);
    expect(run(grad(tripled))(scalar(0.5)).item()).toBeCloseTo(3 * e, 12);
  });

  test('forward mode and higher orders follow from a linear pullback', () => {
    expect(run((x: Tensor) => jvp(tripled, x, scalar(2))[1])(scalar(0.5)).item()).toBeCloseTo(6 * e, 12);
    // The pullback is written with exp itself, so that its own derivative is that of 3 e^x.
    expect(run(grad(grad(tripled)))(scalar(0.5)).item()).toBeCloseTo(3 * e, 12);
    expect(run(grad(grad(grad(trueExp))))(scalar(0.5)).item()).toBeCloseTo(e, 12);
    expect(run((x: Tensor) => hvp(trueExp, x, scalar(2)))(scalar(0.5)).item()).toBeCloseTo(2 * e, 12);
  });

  test('a pullback may use linear functions with gradients of their own', () => {
    for (const f of [trueExp, nestedExp]) {
      expect(run((x: Tensor) => jvp(f, x, scalar(2))[1])(scalar(0.5)).item()).toBeCloseTo(2 * e, 12);
      expect(run(grad(grad(grad(f))))(scalar(0.5)).item()).toBeCloseTo(e, 12);
      expect(run((x: Tensor) => hvp(f, x, scalar(2)))(scalar(0.5)).item()).toBeCloseTo(2 * e, 12);
      expect(run(vmap((x: Tensor) => hvp(f, x, scalar(2))))(tensor([0.5])).item()).toBeCloseTo(2 * e, 5);
    }
  });

  test('batched, in both orders', () => {
    const xs = tensor([0, 0.5, 1], { dtype: 'float64' });
    const expected = [1, e, Math.E].map((y) => 3 * y);
    const check = (x: Tensor) =>
      expectClose(x, { shape: [3], values: expected }, { what: 'slopes', tolerance: 1e-12 });
    check(run(vmap(grad(tripled)))(xs));
    check(run(grad((x: Tensor) => sum(vmap(tripled)(x))))(xs));
    check(run((x: Tensor) => jvp(vmap(tripled), x, ones([3], 'float64'))[1])(xs));
    check(run(vmap((x: Tensor) => jvp(tripled, x, scalar(1))[1]))(xs));
  });

  test('inside loops and branches', () => {
    const looped = (x: Tensor) => fori(0, 3, (_i, c) => tripled(mul(0.1, c)), x);
    // d c_{k+1} / d c_k = 0.3 c_{k+1}.
    const [c1, c2, c3] = [1, 2, 3].map((n) =>
      Array.from({ length: n }).reduce<number>((c) => Math.exp(0.1 * c), 0.5),
    );
    expect(run(grad(looped))(scalar(0.5)).item()).toBeCloseTo(0.027 * c1 * c2 * c3, 12);
    const chosen = (x: Tensor) => cond(greater(x, 0), tripled, (t: Tensor) => mul(t, 2), x);
    expect(run(grad(chosen))(scalar(0.5)).item()).toBeCloseTo(3 * e, 12);
    expect(run(grad(chosen))(scalar(-0.5)).item()).toBe(2);
  });

  test('trees in and out; cotangents that nobody sends are zero', () => {
    const f = customGradient(
      ({ a, b }: { a: Tensor; b: Tensor }) => [mul(a, b), sin(a)],
      ({ a, b }, _y, [c]) => ({ a: mul(10, mul(c, b)), b: mul(20, mul(c, a)) }),
    );
    const g = run(grad((p: { a: Tensor; b: Tensor }) => f(p)[0]))({ a: scalar(2), b: scalar(3) });
    expect([g.a.item(), g.b.item()]).toEqual([30, 40]);
    const none = run(grad((p: { a: Tensor; b: Tensor }) => f(p)[1]))({ a: scalar(2), b: scalar(3) });
    expect([none.a.item(), none.b.item()]).toEqual([0, 0]);
  });

  test('a clipped gradient serves reverse mode', () => {
    const clipped = customGradient(
      (x: Tensor) => x,
      (_x, _y, c) => clip(c, -1, 1),
    );
    expect(run(grad((x: Tensor) => mul(5, clipped(x))))(scalar(2)).item()).toBe(1);
  });
});

describe('what is not linear in the cotangent throws in forward mode and at second order', () => {
  const message =
    'customGradient: forward mode and higher derivatives need a gradient that is linear in the cotangent; this one is not';
  type Back = (x: Tensor, y: Tensor, c: Tensor) => Tensor;
  /** Not linear, and says so by a pullback that reads x. */
  const squared = customGradient(
    (x: Tensor) => mul(x, x),
    (x: Tensor, _y: Tensor, c: Tensor) => mul(mul(2, x), c),
  );
  const pullbacks: readonly (readonly [string, Back])[] = [
    ['clipped', (_x, _y, c) => clip(c, -1, 1)],
    ['squared', (_x, _y, c) => mul(c, c)],
    ['squared by a function with a gradient of its own', (_x, _y, c) => squared(c)],
    ['constant', (x) => ones(x.shape, x.dtype)],
    ['affine', (x, _y, c) => add(c, mul(0.1, x))],
    ['affine behind a choice', (x, _y, c) => where(greater(x, 0), c, x)],
    ['affine in parts', (x, _y, c) => sum(concat([mul(x, ones([1], x.dtype)), mul(c, ones([1], x.dtype))]))],
  ];
  test.each(pullbacks)('%s', (_, back) => {
    const f = customGradient((x: Tensor) => sin(x), back);
    expect(() => grad(f)(scalar(0.5))).not.toThrow();
    expect(() => jvp(f, scalar(0.5), scalar(1))).toThrow(message);
    expect(() => jacobianVectorOfGradient(f)).toThrow(message);
  });

  const jacobianVectorOfGradient = (f: (x: Tensor) => Tensor) =>
    jvp((x: Tensor) => jvp(f, x, scalar(1))[1], scalar(0.5), scalar(1));

  test('zeros among the parts of a linear pullback do not make it affine', () => {
    const f = customGradient(
      (x: Tensor) => sin(x),
      (_x, _y, c) => add(sum(concat([tensor([0], { dtype: 'float64' }), mul(c, ones([1], 'float64'))])), 0),
    );
    expectClose(jvp(f, scalar(0.5), scalar(2))[1], scalar(2), { what: 'pushforward', tolerance: 0 });
  });
});

describe('bad pullbacks and functions', () => {
  const at = tensor([1, 2]);
  const gradientWith = (back: (x: Tensor, y: Tensor, c: Tensor) => never) => () =>
    grad((x: Tensor) => sum(customGradient((t: Tensor) => sin(t), back)(x)))(at);

  test('another structure', () => {
    expect(gradientWith((_x, _y, c) => [c] as never)).toThrow(
      'customGradient: pullback must return a tree like x, *; got [*]',
    );
  });

  test('another shape', () => {
    expect(gradientWith((_x, _y, c) => sum(c) as never)).toThrow(
      'customGradient: pullback must return shape [2]; got []',
    );
  });

  test('a number is a gradient of the dtype of its argument', () => {
    const f = customGradient(
      (x: Tensor) => round(x),
      () => 7 as never,
    );
    const g = grad(f)(scalar(0.2));
    expect([g.item(), g.dtype]).toEqual([7, 'float64']);
  });

  test('an outer traced value', () => {
    const leaky = (x: Tensor) =>
      customGradient(
        (t: Tensor) => mul(t, x),
        (_t, _y, c) => c,
      )(x);
    expect(() => grad(leaky)(tensor(1))).toThrow(
      'customGradient: fn must use only its argument; got a function that also uses an outer traced value',
    );
  });
});
