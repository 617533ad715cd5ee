/** Networks as users export them. */
import { expect, test } from 'vitest';
import * as ops from '../../src/index.ts';
import { type Tensor, tensor } from '../../src/index.ts';
import { NETWORKS } from './support/networks.ts';
import { checkExport, modelOf, runModel } from './support/runtime.ts';

test.each(NETWORKS)('$name', ({ name, fn, args }) => checkExport(name, fn, args));

test('a mapped network, and the gradient of one', async () => {
  const [{ fn, args }] = NETWORKS;
  await checkExport('vmap', ops.vmap(fn), args);
  await checkExport('gradient', (x: Tensor) => ops.grad((v: Tensor) => ops.sum(ops.square(fn(v))))(x), args);
});

test('softmax of a line with a NaN is NaN', async () => {
  const x = tensor([
    [1, Number.NaN, 3],
    [1, 2, 3],
  ]);
  const [{ values }] = await runModel(
    modelOf((v: Tensor) => ops.softmax(v), [x]),
    [x],
  );
  expect(values.map((v) => Number.isNaN(v))).toEqual([true, true, true, false, false, false]);
});
