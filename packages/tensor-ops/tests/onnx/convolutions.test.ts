/** Convolutions as ONNX: Conv where it can say them, patches and a matrix product otherwise. */
import { describe, expect, test } from 'vitest';
import { conv2d } from '../../src/conv/index.ts';
import * as ops from '../../src/index.ts';
import { type Tensor, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { generator, noise } from '../support/noise.ts';
import { checkExport, modelOf } from './support/runtime.ts';

const random = generator(21);
const sample = (...shape: number[]): Tensor =>
  tensor(Float32Array.from(noise(shape, random).values), { shape });

/** Names of operations are plain text in the bytes of a model. */
const mentions = (model: Uint8Array, name: string) => new TextDecoder('latin1').decode(model).includes(name);

const keys = ops.split(ops.key(3), 3);
const first = nn.initConv2d(ops.at(keys, 0), 3, 2, 8);
const second = nn.initConv2d(ops.at(keys, 1), [3, 2], 8, 6, { groups: 2 });
const head = nn.initLinear(ops.at(keys, 2), 6 * 4 * 4, 3);

/** [N, 8, 8, 2] to [N, 3]. */
function network(x: Tensor): Tensor {
  const hidden = ops.relu(nn.conv2d(first, x, { padding: 'SAME' }));
  const features = ops.relu(nn.conv2d(second, hidden, { stride: 2, padding: 'SAME', groups: 2 }));
  return nn.linear(head, ops.reshape(features, [x.shape[0], -1]));
}

describe('a small convolutional network', () => {
  const x = sample(4, 8, 8, 2);

  test('is made of Conv', async () => {
    await checkExport('network', network, [x]);
    const model = modelOf(network, [x]);
    expect([mentions(model, 'Conv_'), mentions(model, 'Gather_')]).toEqual([true, false]);
  });

  test('mapped over several batches', () => checkExport('vmap', ops.vmap(network), [sample(2, 3, 8, 8, 2)]));

  test('its gradient, whose convolutions Conv cannot say', async () => {
    const slope = (v: Tensor) => ops.grad((u: Tensor) => ops.sum(ops.square(network(u))))(v);
    await checkExport('gradient', slope, [x]);
    expect(mentions(modelOf(slope, [x]), 'Gather_')).toBe(true);
  });

  test('in float64', () => checkExport('float64', network, [ops.cast(x, 'float64')]));
});

test('pixels behind the last output are left out', () =>
  checkExport('stride 3', (a: Tensor, w: Tensor) => conv2d(a, w, { stride: 3 }), [
    sample(1, 9, 10, 2),
    sample(2, 2, 2, 3),
  ]));
