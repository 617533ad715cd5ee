/** What is particular about WebGPU: results that are waited for, errors that come late, memory of the device. */
import {
  add,
  argmax,
  argsort,
  cond,
  fori,
  gather,
  grad,
  greater,
  jit,
  jsExecutor,
  key,
  matmul,
  mul,
  normal,
  sin,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '@descant/tensor-ops';
import { gruStep, initGru, initMlp, mlp } from '@descant/tensor-ops/nn';
import { createTensorflowExecutor } from '@descant/tensor-ops/tensorflow';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

const executor = await createTensorflowExecutor({ backend: 'webgpu' });

/** The results on the device and those of the reference. */
async function both(fn: (...x: Tensor[]) => Tensor, ...args: Tensor[]): Promise<[unknown, unknown]> {
  const result = jit(fn, { executor })(...args);
  const host = await executor.toHost(result);
  executor.dispose(result);
  return [host.toArray(), jit(fn, { executor: jsExecutor })(...args).toArray()];
}

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

test('a training step keeps its state on the device, and the device as many tensors as before', async () => {
  const inputs = normal(key(0), [8, 2]);
  const loss = (w: Tensor) => sum(mul(tanh(matmul(inputs, w)), matmul(inputs, w)));
  const update = (w: Tensor) => fori(0, 3, (_i, v) => sub(v, mul(0.01, grad(loss)(v))), w);
  const step = jit(update, { executor });
  let w = step(tensor([[0.5], [-1]]));
  const before = tf.memory().numTensors;
  for (let i = 0; i < 50; i++) {
    const next = step(w);
    executor.dispose(w);
    w = next;
  }
  expect(tf.memory().numTensors).toBe(before);
  const host = await executor.toHost(w);
  executor.dispose(w);
  const reference = jit(update, { executor: jsExecutor });
  let expected = tensor([[0.5], [-1]]);
  for (let i = 0; i < 51; i++) expected = reference(expected);
  host.data.forEach((x, i) => {
    expect(x).toBeCloseTo(expected.data[i], 5);
  });
});

test('networks and their gradients are those of the reference', async () => {
  const parameters = { cell: initGru(key(1), 3, 4), head: initMlp(key(2), [4, 5, 1]) };
  const x = normal(key(3), [6, 3]);
  const state = normal(key(4), [6, 4]);
  const gradient = (input: Tensor) =>
    grad((y: Tensor) => sum(mlp(parameters.head, gruStep(parameters.cell, state, y))))(input);
  const [device, reference] = (await both(gradient, x)) as number[][][];
  device.flat().forEach((value, i) => {
    expect(value).toBeCloseTo(reference.flat()[i], 4);
  });
});

test('reading at once is an error that says how to wait', () => {
  const x = jit((t: Tensor) => mul(t, 2), { executor })(tensor([1]));
  expect(() => x.toArray()).toThrow(
    'tensorflow executor: reading must wait where the backend is webgpu (await executor.toHost(tree)); got a tensor to be read at once',
  );
  executor.dispose(x);
});

test('a branch is chosen on the device, whatever is in the other', async () => {
  const f = (x: Tensor) =>
    cond(
      greater(x, 0),
      (y: Tensor) => mul(y, 2),
      (y: Tensor) => add(y, NAN),
      x,
    );
  expect(await both(f, tensor(3))).toEqual([6, 6]);
  expect(await both(f, tensor(-3))).toEqual([NAN, NAN]);
});

test('order, positions and indices of what is not a number or out of range', async () => {
  const x = tensor([
    [1, NAN, -INF, NAN, 1, INF],
    [-INF, NAN, INF, INF, -INF, 0],
  ]);
  for (const options of [{}, { descending: true }]) {
    const [device, reference] = await both((t) => argsort(t, 1, options), x);
    expect(device).toEqual(reference);
  }
  for (const axis of [0, 1]) {
    const [device, reference] = await both((t) => argmax(t, axis), x);
    expect(device).toEqual(reference);
  }
  const at = tensor([-1, 0, 2, 1], { dtype: 'int32' });
  const [device, reference] = await both((t, i) => gather(t, i), x, at);
  expect(device).toEqual(reference);
});

test('a long order, and angles of many turns', async () => {
  const [order, expectedOrder] = await both((t) => argsort(t, 0), normal(key(5), [1000]));
  expect(order).toEqual(expectedOrder);
  const angles = mul(normal(key(6), [1000]), 1000);
  const [sines, expected] = (await both(sin, angles)) as number[][];
  sines.forEach((s, i) => {
    expect(Math.abs(s - expected[i])).toBeLessThan(2e-6);
  });
});

test('what the device refuses, which gives zeros, is an error when something is read', async () => {
  const x = jit((t: Tensor) => mul(t, 2), { executor })(tensor([1]));
  const device = (tf.backend() as unknown as { device: { createShaderModule(d: { code: string }): unknown } })
    .device;
  device.createShaderModule({ code: 'not a shader' });
  await expect(executor.toHost(x)).rejects.toThrow(/^executor tensorflow \(webgpu\): the device failed: /);
  expect((await executor.toHost(x)).toArray()).toEqual([2]);
  executor.dispose(x);
});
