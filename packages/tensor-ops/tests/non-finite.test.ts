/** NaN and infinities go where IEEE arithmetic sends them, and no simplification hides them. */
import {
  add,
  argmax,
  argmin,
  clip,
  concat,
  cumsum,
  div,
  equal,
  exp,
  gelu,
  grad,
  jvp,
  less,
  log,
  logSoftmax,
  logSumExp,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  notEqual,
  pad,
  pow,
  prod,
  relu,
  sigmoid,
  softmax,
  softplus,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  where,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { MODES } from './support/executors.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  const of = (...values: number[]) => tensor(values, { dtype });

  describe.each(MODES)('$name', ({ run }) => {
    const value = (fn: (x: Tensor) => Tensor, ...values: number[]) => run(fn)(of(...values)).toArray();

    test('NaN passes through activations, extremes and bounds', () => {
      for (const fn of [relu, sigmoid, tanh, softplus, gelu, exp, log, sqrt])
        expect(value(fn, NAN)).toEqual([NAN]);
      expect(value((x) => maximum(x, 0), NAN, -1)).toEqual([NAN, 0]);
      expect(value((x) => minimum(0, x), NAN, 1)).toEqual([NAN, 0]);
      expect(value((x) => clip(x, 0, 1), NAN, INF, -INF)).toEqual([NAN, 1, 0]);
      for (const fn of [max, min, sum, mean, prod, logSumExp]) {
        expect(value((x) => fn(x), 1, NAN, 2)).toBeNaN();
        expect(value((x) => fn(x), NAN, 1, 2)).toBeNaN();
      }
      expect(value((x) => cumsum(x), 1, NAN, 2)).toEqual([1, NAN, NAN]);
      expect(value((x) => softmax(x), 0, NAN)).toEqual([NAN, NAN]);
    });

    test('both modes of differentiation give NaN where an extreme is NaN', () => {
      for (const fn of [max, min]) {
        expect(
          value(
            grad((x: Tensor) => fn(x)),
            1,
            NAN,
          ),
        ).toEqual([NAN, NAN]);
        expect(value((x) => jvp((v: Tensor) => fn(v), x, of(1, 1))[1], 1, NAN)).toBeNaN();
      }
    });

    test('the position of an extreme is that of the first NaN', () => {
      expect(value((x) => argmax(x), 1, NAN, 5, NAN)).toBe(1);
      expect(value((x) => argmin(x), 1, NAN, -5, NAN)).toBe(1);
      expect(value((x) => argmax(x), -INF, -INF)).toBe(0);
    });

    test('NaN is unequal to itself', () => {
      expect(value((x) => equal(x, x), NAN, 1)).toEqual([false, true]);
      expect(value((x) => notEqual(x, x), NAN, 1)).toEqual([true, false]);
      expect(value((x) => less(x, x), NAN, 1)).toEqual([false, false]);
    });

    test('nothing that could be infinite is multiplied, subtracted or divided away', () => {
      expect(value((x) => mul(x, 0), INF, NAN, 2)).toEqual([NAN, NAN, 0]);
      expect(value((x) => mul(0, x), -INF)).toEqual([NAN]);
      expect(value((x) => sub(x, x), INF, 3)).toEqual([NAN, 0]);
      expect(value((x) => div(x, x), INF, 0, 3)).toEqual([NAN, NAN, 1]);
      expect(value((x) => add(mul(x, 0), 1), INF)).toEqual([NAN]);
      expect(value((x) => sum(mul(x, 0)), 1, INF)).toBeNaN();
      expect(value((x) => mul(pad(x, [[1, 0]]), INF), 2)).toEqual([NAN, INF]);
      expect(value((x) => mul(concat([of(0), x]), INF), 2)).toEqual([NAN, INF]);
    });

    test('poles and limits', () => {
      expect(value((x) => div(1, x), 0, -0, INF)).toEqual([INF, -INF, 0]);
      expect(value((x) => log(x), 0, -1, INF)).toEqual([-INF, NAN, INF]);
      expect(value((x) => exp(x), -INF, INF)).toEqual([0, INF]);
      expect(value((x) => sqrt(x), INF, -1)).toEqual([INF, NAN]);
      expect(value((x) => sigmoid(x), -INF, INF)).toEqual([0, 1]);
      expect(value((x) => tanh(x), -INF, INF)).toEqual([-1, 1]);
      expect(value((x) => softplus(x), -INF, INF)).toEqual([0, INF]);
      expect(value((x) => relu(x), -INF, INF)).toEqual([0, INF]);
      expect(value((x) => pow(x, 0), NAN, INF)).toEqual([1, 1]);
      expect(value((x) => pow(2, x), -INF, INF)).toEqual([0, INF]);
    });

    test('logSumExp and softmax at infinite logits', () => {
      expect(value((x) => logSumExp(x), -INF, -INF)).toBe(-INF);
      expect(value((x) => logSumExp(x), -INF, 0)).toBe(0);
      expect(value((x) => logSumExp(x), INF, 0)).toBe(INF);
      expect(value((x) => softmax(x), -INF, 0)).toEqual([0, 1]);
      expect(value((x) => logSoftmax(x), -INF, 0)).toEqual([-INF, 0]);
    });

    test('large and small finite values do not overflow on the way', () => {
      expect(value((x) => logSumExp(x), 1000, 1000)).toBeCloseTo(1000 + Math.LN2, 3);
      expect(value((x) => logSumExp(x), -1000, -1000)).toBeCloseTo(-1000 + Math.LN2, 3);
      expect(value((x) => softmax(x), 1000, -1000)).toEqual([1, 0]);
      expect(value((x) => sigmoid(x), 1000, -1000)).toEqual([1, 0]);
      expect(value((x) => softplus(x), 1000, -1000)).toEqual([1000, 0]);
    });

    test('two paddings with different infinities stay two', () => {
      const both = run((x: Tensor) => [pad(x, [[1, 0]], INF), pad(x, [[1, 0]], -INF), pad(x, [[1, 0]], NAN)])(
        of(1),
      );
      expect(both.map((x) => x.toArray())).toEqual([
        [INF, 1],
        [-INF, 1],
        [NAN, 1],
      ]);
    });

    test('derivatives: relu is 0 at 0, |x| too, ties share, a stopped branch is silent', () => {
      // Adding zero makes -0 and 0 one.
      const slope = (fn: (x: Tensor) => Tensor, ...values: number[]) =>
        Array.from(run(grad((x: Tensor) => sum(fn(x))))(of(...values)).data, (g) => g + 0);
      expect(slope(relu, 0, -1, 1)).toEqual([0, 0, 1]);
      expect(slope((x) => max(x), 2, 2, 1)).toEqual([0.5, 0.5, 0]);
      expect(slope((x) => maximum(x, 2), 2, 3, 1)).toEqual([0.5, 1, 0]);
      expect(slope((x) => where(less(x, 0), 0, mul(x, x)), -3, 3)).toEqual([0, 6]);
      expect(slope((x) => pow(x, 0), 0, 3)).toEqual([0, 0]);
      expect(slope((x) => pow(x, 2), 0)).toEqual([0]);
      expect(slope((x) => prod(x), 0, 3, 4)).toEqual([12, 0, 0]);
      expect(slope((x) => logSumExp(x), -INF, 0)).toEqual([0, 1]);
    });
  });
});
