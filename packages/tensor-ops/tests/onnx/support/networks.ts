/** Trained-looking networks to export: parameters are constants of the functions. */
import * as ops from '../../../src/index.ts';
import { type Tensor, tensor } from '../../../src/index.ts';
import { generator, noise } from '../../support/noise.ts';

const random = generator(11);

/** Weights of variance about 1 / n. */
function weights(...shape: number[]): Tensor {
  const grid = noise(shape, random);
  const scale = Math.sqrt(shape[0]);
  return tensor(
    Float32Array.from(grid.values, (x) => x / scale),
    { shape },
  );
}

const linear = (from: number, to: number) => {
  const [w, b] = [weights(from, to), weights(to)];
  return (x: Tensor) => ops.add(ops.matmul(x, w), b);
};

/** 12-64-64-3 with tanh. */
const layers = [linear(12, 64), linear(64, 64), linear(64, 3)];
const mlp = (x: Tensor) => layers[2](ops.tanh(layers[1](ops.tanh(layers[0](x)))));

const gates = { reset: linear(24, 16), update: linear(24, 16), input: linear(8, 16), hidden: linear(16, 16) };

/** One step of a gated recurrent unit (Cho et al., 2014): 8 inputs, 16 units. */
function gruStep(state: Tensor, x: Tensor): Tensor {
  const both = ops.concat([x, state], -1);
  const reset = ops.sigmoid(gates.reset(both));
  const update = ops.sigmoid(gates.update(both));
  const candidate = ops.tanh(ops.add(gates.input(x), ops.mul(reset, gates.hidden(state))));
  return ops.add(ops.mul(update, state), ops.mul(ops.sub(1, update), candidate));
}

/** The unit over a sequence [T, B, 8], with all its states. */
const gruSequence = (state: Tensor, xs: Tensor) => {
  const [last, states] = ops.scan(
    (h: Tensor, x: Tensor) => {
      const next = gruStep(h, x);
      return [next, next] as [Tensor, Tensor];
    },
    state,
    xs,
  );
  return { last, states };
};

const head = { hidden: linear(6, 32), logits: linear(32, 5), value: linear(32, 1) };

/** Masked action probabilities, the greedy action and the value of observations. */
function policy({ observation, legal }: { observation: Tensor; legal: Tensor }) {
  const features = ops.relu(head.hidden(observation));
  const logits = ops.where(legal, head.logits(features), -Infinity);
  return {
    probabilities: ops.softmax(logits),
    action: ops.argmax(logits),
    value: ops.squeeze(head.value(features), -1),
  };
}

const inputs = (...shape: number[]) => tensor(Float32Array.from(noise(shape, random).values), { shape });

const legal = ops.reshape(ops.greater(ops.mod(ops.arange(0, 20), 3), 0), [4, 5]);

export const NETWORKS = [
  { name: 'mlp', fn: mlp, args: [inputs(7, 12)] },
  { name: 'GRU step', fn: gruStep, args: [inputs(3, 16), inputs(3, 8)] },
  { name: 'scan over a GRU', fn: gruSequence, args: [inputs(3, 16), inputs(10, 3, 8)] },
  { name: 'policy', fn: policy, args: [{ observation: inputs(4, 6), legal }] },
] as const;
