/** Each kind of check of the conformance table fails on an operation that is wrong in the way it looks for. */
import { add, cast, customGradient, exp, mul, stopGradient, sum, type Tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { one, smooth } from '../support/arbitraries.ts';
import { MODES } from '../support/executors.ts';
import { elementwise, type Grid } from '../support/grid.ts';
import { checkBatching } from './batching-laws.ts';
import { checkDerivatives, checkSinglePrecision } from './derivative-laws.ts';
import type { Row } from './row.ts';
import { checkValue } from './value-laws.ts';

const point: Grid[] = [{ shape: [2], values: [0.7, -0.4] }];

/** e^x, with one thing changed. */
const exponential = (change: Partial<Row>): Row => ({
  name: 'exp',
  fn: exp,
  reference: elementwise(Math.exp),
  args: one(smooth, fc.constant([2])),
  differentiable: [true],
  result: 'real',
  ...change,
});

describe.each(MODES)('$name', (mode) => {
  const derivatives = (change: Partial<Row>) => () => checkDerivatives(exponential(change), point, mode, 1);

  test('the right operation passes', () => {
    checkValue(exponential({}), point, 'float64', mode);
    derivatives({})();
    checkSinglePrecision(exponential({}), point, mode, 1);
    checkBatching(exponential({}), [point, point, point, point], mode, 1);
  });

  test('a wrong value', () => {
    const wrong = exponential({ fn: (x) => add(exp(x), 1e-6) });
    expect(() => checkValue(wrong, point, 'float64', mode)).toThrow(/^exp: value in float64: element 0/);
    expect(derivatives({ fn: wrong.fn })).toThrow(/^exp: value: element 0/);
  });

  test('a wrong shape', () => {
    expect(() => checkValue(exponential({ fn: (x) => sum(exp(x)) }), point, 'float64', mode)).toThrow(
      'shape [] instead of [2]',
    );
  });

  test('a wrong dtype', () => {
    const wrong = exponential({ fn: (x) => cast(exp(x), 'float32') });
    expect(() => checkValue(wrong, point, 'float64', mode)).toThrow(
      'exp: float64 operands gave float32 instead of float64',
    );
    const widening = exponential({ fn: (x) => cast(exp(cast(x, 'float64')), 'float64') });
    expect(() => checkValue(widening, point, 'float32', mode)).toThrow('gave float64 instead of float32');
  });

  test('a wrong first derivative', () => {
    const fn = customGradient(exp, (_x: Tensor, y: Tensor, c: Tensor) => mul(1.0001, mul(y, c)));
    expect(derivatives({ fn })).toThrow(/^exp: gradient 0: element/);
  });

  test('a wrong second derivative behind a right first one', () => {
    const fn = customGradient(exp, (_x: Tensor, y: Tensor, c: Tensor) => mul(stopGradient(y), c));
    expect(derivatives({ fn })).toThrow(/^exp: Hessian-vector product 0: element/);
  });

  test('a derivative that is right in float64 and lost in float32', () => {
    const fn = (x: Tensor) =>
      add(exp(x), cast(mul(cast(x, 'float32'), x.dtype === 'float32' ? 1 : 0), x.dtype));
    expect(() => checkSinglePrecision(exponential({ fn }), point, mode, 1)).toThrow(/gradient 0 in float32/);
  });

  test('an operation that depends on the call, under vmap', () => {
    let calls = 0;
    const fn = (x: Tensor) => {
      calls++;
      return mul(exp(x), calls);
    };
    expect(() => checkBatching(exponential({ fn }), [point, point, point, point], mode, 1)).toThrow(
      /^exp: vmap with batched arguments \[true\], result 0/,
    );
  });
});
