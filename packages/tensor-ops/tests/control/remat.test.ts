/** remat changes what is kept between the passes, not what comes out. */
import {
  add,
  createWasmExecutor,
  flatten,
  fori,
  grad,
  hvp,
  jit,
  matmul,
  mul,
  scan,
  sigmoid,
  sin,
  sum,
  type Tensor,
  tanh,
} from '@descant/tensor-ops';
import { explain } from '@descant/tensor-ops/debug';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../support/close.ts';
import { MODES } from '../support/executors.ts';
import { toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';

/** A gated cell on a batch: several values of every step that its derivative reads. */
const cell = (w: Tensor) => (h: Tensor, x: Tensor) => {
  const gate = sigmoid(add(matmul(h, w), x));
  const candidate = tanh(mul(gate, sin(h)));
  const next = add(mul(gate, h), candidate);
  return [next, mul(next, candidate)] as [Tensor, Tensor];
};

interface Arguments {
  readonly h: Tensor;
  readonly xs: Tensor;
  readonly w: Tensor;
}

const loss = (remat: boolean, reverse: boolean) => (a: Arguments) => {
  const [last, ys] = scan(cell(a.w), a.h, a.xs, { remat, reverse });
  return add(sum(mul(last, last)), sum(ys));
};

const draw = (seed: number, [steps, batch, width]: readonly [number, number, number]): Arguments => {
  const random = generator(seed);
  return {
    h: toTensor(noise([batch, width], random)),
    xs: toTensor(noise([steps, batch, width], random)),
    w: toTensor(noise([width, width], random)),
  };
};

const problem = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  shape: fc.tuple(
    fc.integer({ min: 0, max: 6 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 4 }),
  ),
  reverse: fc.boolean(),
});

describe.each(MODES)('$name', ({ run }) => {
  test('same value, gradient and Hessian-vector product', () => {
    fc.assert(
      fc.property(problem, ({ seed, shape, reverse }) => {
        const [a, v] = [draw(seed, shape), draw(seed + 1, shape)];
        const all = (remat: boolean): Tensor[] => {
          const f = loss(remat, reverse);
          const results = run((x: Arguments, d: Arguments) => [f(x), grad(f)(x), hvp(f, x, d)])(a, v);
          return flatten(results, 'test').leaves;
        };
        const again = all(true);
        all(false).forEach((x, i) => {
          expectClose(again[i], x, { what: `leaf ${i}`, tolerance: 1e-11 });
        });
      }),
      { numRuns: 15 },
    );
  });
});

describe('memory', () => {
  const [steps, batch, width] = [64, 8, 32];
  const args = draw(1, [steps, batch, width]);
  // Schedule S2: S1 would take the loop apart, with its values in a frame.
  const executor = createWasmExecutor({ fma: false });
  const bytesOf = (remat: boolean): number => {
    const { report } = explain(grad(loss(remat, false)), [args], { executor });
    expect(report.parts[0].schedule).toBe('S2');
    return report.memoryBytes;
  };
  const stack = steps * batch * width * 8;

  test('only the carries of the steps are kept', () => {
    // Besides the stack of carries, the plain loop keeps those of the gate, of the candidate and of cos(h), at least.
    expect(bytesOf(false) - bytesOf(true)).toBeGreaterThanOrEqual(2 * stack);
  });

  test('the comparison can fail: without remat nothing is saved', () => {
    expect(bytesOf(false) - bytesOf(false)).toBeLessThan(2 * stack);
  });
});

test('a loop inside one with remat keeps its own values', () => {
  const inner = (x: Tensor) => fori(0, 3, (_i, y) => sin(mul(y, x)), x);
  const f = (remat: boolean) => (x: Tensor) =>
    sum(scan((c: Tensor, _: null) => [inner(c), c] as [Tensor, Tensor], x, null, { length: 4, remat })[1]);
  const x = toTensor(noise([3], generator(3)));
  expectClose(jit(grad(f(true)))(x), grad(f(false))(x), { what: 'gradient', tolerance: 1e-12 });
});
