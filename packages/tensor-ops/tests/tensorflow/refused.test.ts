/** What cannot run is one error that names the operation, the executor and the alternative. */
import {
  add,
  bits,
  cast,
  fori,
  jit,
  key,
  less,
  mul,
  scan,
  type Tensor,
  tensor,
  uniform,
} from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { createTensorflowExecutor, type TensorflowBackend } from '@descant/tensor-ops/tensorflow';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { readNow } from '../../src/executors/tensorflow/runtime.ts';
import { checkSupported } from '../../src/executors/tensorflow/supported.ts';
import { programOf } from '../executors/support.ts';
import { type Case, expectErrors, wrong } from '../support/errors.ts';

const executor = await createTensorflowExecutor({ backend: 'cpu' });
const compiled = (fn: (x: Tensor) => Tensor) => jit(fn, { executor });
const TYPES =
  'executor tensorflow (cpu): fn must compute in float32, int32 and bool, the types of TensorFlow.js';
const DOUBLE = `${TYPES} (cast to float32, or use wasmExecutor); got float64`;
const OUTSIDE = 'draw random numbers outside of this function and pass them in, or use wasmExecutor';
const BITS = `executor tensorflow (cpu): fn must use operations that TensorFlow.js has (${OUTSIDE}); got threefry0`;

const double = tensor([1, 2], { dtype: 'float64' });
const CASES: readonly Case[] = [
  [`${DOUBLE} in multiply`, () => compiled((x) => mul(x, x))(double)],
  [`${DOUBLE} in cast`, () => compiled((x) => cast(x, 'float64'))(tensor([1]))],
  [`${DOUBLE} in an argument`, () => compiled((x) => x)(double)],
  [`${DOUBLE} in constant`, () => compiled(() => double)(tensor(1))],
  [
    `${DOUBLE} in cast`,
    () => compiled((x) => fori(0, 3, (_i, c) => cast(mul(cast(c, 'float64'), 2), 'float32'), x))(tensor(1)),
  ],
  [
    `${DOUBLE} in add`,
    () =>
      compiled((x) => scan((c: Tensor, y: Tensor) => [add(c, y), c], x, double)[0])(
        tensor(1, { dtype: 'float64' }),
      ),
  ],
  [BITS, () => compiled((k) => uniform(k, [2]))(key(1))],
  [BITS, () => compiled((k) => bits(k, [2]))(key(1))],
  [`${TYPES} (use int32, ${OUTSIDE}); got uint32 in add`, () => compiled((k) => add(k, k))(key(1))],
];

describe('types', () => expectErrors('ArgumentError', CASES));

test('random numbers that are drawn outside, or from a constant key, are numbers like others', () => {
  const seed = key(3);
  const expected = add(uniform(seed, [3]), 1).toArray();
  expect(compiled((x) => add(uniform(seed, [3]), x))(tensor(1)).toArray()).toEqual(expected);
});

test('webgpu, whose reading at once gives zeros without an error, is not read so', () => {
  const handle = tf.tensor1d([1]);
  expect(() => readNow({ tf, backend: 'webgpu', faults: [] }, handle)).toThrow(
    'tensorflow executor: reading must wait where the backend is webgpu (await executor.toHost(tree)); got a tensor to be read at once',
  );
  handle.dispose();
});

test('webgpu, which cannot be asked whether to go on, refuses whileLoop', () => {
  const program = programOf(
    (x: Tensor) =>
      whileLoop(
        (c) => less(c, 9),
        (c) => mul(c, 2),
        x,
      ),
    [tensor(1)],
  );
  expect(() => checkSupported('tensorflow (webgpu)', 'webgpu', program)).toThrow(
    'executor tensorflow (webgpu): fn must run without waiting for values, as webgpu must (use another backend, or wasmExecutor); got whileLoop',
  );
  expect(() => checkSupported('tensorflow (cpu)', 'cpu', program)).not.toThrow();
});

test('a backend that is missing says what to install', async () => {
  const failure = createTensorflowExecutor({ backend: 'tensorflow-gpu' });
  await expect(failure).rejects.toThrow(
    /^createTensorflowExecutor: backend must be installed and start here \(npm install @tensorflow\/tfjs-node-gpu@4\.22\.0\); got tensorflow-gpu: ./,
  );
});

test('a backend that nobody knows lists those there are', async () => {
  await expect(createTensorflowExecutor({ backend: wrong('cuda') as TensorflowBackend })).rejects.toThrow(
    'createTensorflowExecutor: backend must be one of tensorflow-gpu, tensorflow, webgpu, webgl, wasm, cpu; got cuda',
  );
});

test('without a wish, the first that loads, and the reasons why not those before it', async () => {
  const { backend, passedOver } = await createTensorflowExecutor();
  const order: TensorflowBackend[] = ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu'];
  expect(passedOver.map((p) => p.backend)).toEqual(order.slice(0, order.indexOf(backend)));
  for (const { reason } of passedOver) expect(reason).not.toBe('');
});
