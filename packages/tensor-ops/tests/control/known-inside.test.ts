/** Loops over values known now, inside of control flow that runs at once: they have no value while it is traced. */
import { add, cond, grad, greater, less, mul, scan, sum, type Tensor, tensor } from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { expect, test } from 'vitest';
import { MODES } from '../support/executors.ts';

/** 1 + 2 + 3, by a loop. */
const six = (): Tensor => scan((total, x) => [add(total, x), null], tensor(0), tensor([1, 2, 3]))[0];

test.each(MODES)('inside scan, whileLoop, cond and a gradient: $name', ({ run }) => {
  const twice = (x: Tensor) => scan((c, step) => [add(c, mul(six(), step)), null], x, tensor([1, 2]))[0];
  const grow = (x: Tensor) =>
    whileLoop(
      (v) => less(v, 20),
      (v) => add(v, six()),
      x,
    );
  const either = (x: Tensor) =>
    cond(
      greater(x, 0),
      (v) => mul(v, six()),
      (v) => sum(v),
      x,
    );
  expect(run(twice)(tensor(1)).item()).toBe(19);
  expect(run(grow)(tensor(1)).item()).toBe(25);
  expect(run(either)(tensor(2)).item()).toBe(12);
  expect(run(either)(tensor(-2)).item()).toBe(-2);
  expect(run(grad(either))(tensor(2)).item()).toBe(6);
});
