import {
  add,
  customGradient,
  div,
  exp,
  fori,
  grad,
  jsExecutor,
  log,
  matmul,
  mul,
  scan,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  wasmExecutor,
} from '@descant/tensor-ops';
import { checkGradients, debugNaNs, explain, NonFiniteError } from '@descant/tensor-ops/debug';
import { describe, expect, test } from 'vitest';

/** The error that an action throws, which must be a NonFiniteError. */
function nonFinite(action: () => unknown): NonFiniteError {
  try {
    action();
  } catch (error) {
    if (error instanceof NonFiniteError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('debugNaNs', () => {
  test('names the operation, the element and the line of the caller', () => {
    const error = nonFinite(() => debugNaNs((x: Tensor) => mul(2, log(x)))(tensor([1, -1])));
    expect(error.operation).toBe('log');
    expect(error.message).toMatch(
      /^debugNaNs: log gave NaN at element 1 of \[2\], called at .*debug\.test\.ts:\d+/,
    );
  });

  test('tells the iteration of every loop around the operation', () => {
    const inner = (x: Tensor) => fori(0, 3, (_i, v: Tensor) => sub(v, 1), x);
    const f = (x: Tensor) => scan((v: Tensor, _: null) => [log(inner(v)), v], x, null, { length: 5 })[0];
    const error = nonFinite(() => debugNaNs(f)(tensor(10)));
    expect(error.operation).toBe('log');
    expect(error.steps).toEqual([1]);
    expect(error.message).toContain('in loop iteration 1');
  });

  test('derivative code points at the line of the function', () => {
    const error = nonFinite(() => debugNaNs(grad((x: Tensor) => sum(mul(x, div(x, x)))))(tensor([1, 0])));
    expect(error.operation).toBe('divide');
    expect(error.source).toContain('debug.test.ts');
  });

  test('reports constants that are folded, and arguments', () => {
    expect(nonFinite(() => debugNaNs((x: Tensor) => add(x, log(tensor(-1))))(tensor(1))).operation).toBe(
      'log',
    );
    expect(nonFinite(() => debugNaNs(log)(tensor([1, NaN]))).operation).toBe('argument leaf 0');
  });

  test('lets infinite constants pass, but not the NaN that they make', () => {
    const mask = tensor([0, Number.NEGATIVE_INFINITY]);
    const masked = debugNaNs((x: Tensor) => sum(exp(add(x, mask))));
    expect(masked(tensor([0, 1])).item()).toBe(1);
    const difference = debugNaNs((x: Tensor) => sub(add(x, mask), mask));
    expect(nonFinite(() => difference(tensor([0, 1]))).operation).toBe('subtract');
  });

  test('leaves the values of the function as they are', () => {
    const f = (x: Tensor) => ({ y: mul(x, x) });
    expect(debugNaNs(f)(tensor([2, 3])).y.toArray()).toEqual(f(tensor([2, 3])).y.toArray());
  });
});

describe('checkGradients', () => {
  test('accepts right derivatives of trees and reports how many it compared', () => {
    const f = (p: { a: Tensor; b: Tensor }) => [mul(p.a, p.b), log(p.a)];
    const report = checkGradients(f, [{ a: tensor([1, 2]), b: tensor([3, 4]) }]);
    expect(report.checked).toBe(4);
    expect(report.worst.error).toBeLessThan(1e-9);
  });

  test('rejects a wrong pullback and names the element', () => {
    const wrong = customGradient(
      (x: Tensor) => mul(x, x),
      (x, _y, c) => mul(c, mul(x, tensor([2, 2.1]))),
    );
    expect(() => checkGradients(wrong, [tensor([1, 2])])).toThrow(/element 1 of leaf 0/);
  });

  test('needs something to differentiate', () => {
    expect(() => checkGradients((x: Tensor) => x, [tensor([1], { dtype: 'int32' })])).toThrow(
      'checkGradients: fn must return a floating-point tensor; got none',
    );
  });
});

describe('explain', () => {
  test('tells the program and the schedule', () => {
    const f = (x: Tensor) => fori(0, 10, (_i, v: Tensor) => mul(v, add(v, 1)), x);
    const text = String(explain(f, [tensor([1, 2])], { executor: jsExecutor }));
    expect(text).toContain('executor js');
    expect(text).toContain('body:');
    const compiled = explain(f, [tensor([1, 2])], { executor: wasmExecutor });
    expect(compiled.operations).toMatchObject({ loop: 1, multiply: 1, add: 1 });
    expect(compiled.report.codeBytes).toBeGreaterThan(0);
  });
});

test('explain estimates the arithmetic', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(explain((a: Tensor) => exp(a), [x]).flops).toBe(6);
  expect(explain((a: Tensor) => sum(mul(a, a)), [x]).flops).toBe(12);
  const product = (a: Tensor) => matmul(a, transpose(a));
  expect(explain(product, [x]).flops).toBe(2 * 2 * 2 * 3);
  const loop = (a: Tensor) => fori(0, 10, (_i, c) => exp(c), a);
  expect(explain(loop, [x]).flops).toBe(60);
  expect(explain(loop, [x]).flops).not.toBe(explain((a: Tensor) => exp(a), [x]).flops);
});
