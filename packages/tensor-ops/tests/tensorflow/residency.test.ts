/** Training state stays on the device between calls, and the device's memory does not grow. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  add,
  cond,
  fori,
  grad,
  greater,
  jit,
  jsExecutor,
  matmul,
  mul,
  scan,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '@descant/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import { programOf } from '../executors/support.ts';
import { EXECUTORS } from './support.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface State {
  readonly weights: Tensor;
  readonly momentum: Tensor;
  readonly loss: Tensor;
}

const inputs = tensor([
  [1, 2],
  [3, -1],
  [0.5, 0.25],
]);

const initial = (): State => ({
  weights: tensor([[0.1], [-0.2]]),
  momentum: tensor([[0], [0]]),
  loss: tensor(0),
});

const loss = (w: Tensor): Tensor => sum(mul(tanh(matmul(inputs, w)), matmul(inputs, w)));

/** Gradient descent with momentum; loops, a branch and a stack take part. */
function update({ weights, momentum }: State): State {
  const next = fori(
    0,
    3,
    (_i, [w, m]: [Tensor, Tensor]) => {
      const moved = add(mul(m, 0.5), grad(loss)(w));
      return [sub(w, mul(moved, 0.01)), moved] as [Tensor, Tensor];
    },
    [weights, momentum],
  );
  const [, trace] = scan((c: Tensor, x: Tensor) => [add(c, x), c], tensor(0), tensor([1, 2, 3]));
  const value = loss(next[0]);
  return {
    weights: next[0],
    momentum: next[1],
    loss: cond(
      greater(value, 1e9),
      (v: Tensor) => mul(v, 0),
      (v: Tensor) => add(v, mul(0, sum(trace))),
      value,
    ),
  };
}

describe.each(EXECUTORS)('$name', (executor) => {
  const memory = () => tf.memory().numTensors;

  test('training equals the reference', () => {
    const [device, reference] = [jit(update, { executor }), jit(update, { executor: jsExecutor })];
    let [a, b] = [initial(), initial()];
    for (let i = 0; i < 5; i++) [a, b] = [device(a), reference(b)];
    expect(a.loss.item()).toBeCloseTo(b.loss.item(), 5);
    expect(a.weights.data).toHaveLength(2);
    expect(Array.from(a.weights.data)).toEqual(Array.from(b.weights.data, (w) => expect.closeTo(w, 5)));
    executor.dispose(a);
  });

  test('state is not read between calls, only what somebody asks for', () => {
    const step = jit(update, { executor });
    let state = step(initial());
    const reads = vi.spyOn(tf.Tensor.prototype, 'dataSync');
    for (let i = 0; i < 4; i++)
      state = jit((s: State) => ({ ...s, weights: mul(s.weights, 2) }), { executor })(state);
    expect(reads).not.toHaveBeenCalled();
    expect(state.weights.toArray()).toEqual(state.weights.toArray());
    expect(reads).toHaveBeenCalledTimes(1);
    reads.mockRestore();
    executor.dispose(state);
  });

  test('the number of tensors on the device is that of the state, call after call', () => {
    const step = jit(update, { executor });
    let state = step(initial());
    const before = memory();
    for (let i = 0; i < 200; i++) {
      const next = step(state);
      executor.dispose(state);
      state = next;
    }
    expect(memory()).toBe(before);
    executor.dispose(state);
    expect(memory()).toBe(before - 3);
  });

  test('without dispose the number grows, by the state', () => {
    const step = jit(update, { executor });
    const states = [step(initial())];
    const before = memory();
    for (let i = 0; i < 5; i++) states.push(step(states[i]));
    expect(memory()).toBe(before + 5 * 3);
    executor.dispose(states);
  });

  test('what nobody refers to any more is given back by the garbage collector', async () => {
    const step = jit(update, { executor });
    executor.dispose(step(initial()));
    const before = memory();
    const forget = () => {
      for (let i = 0; i < 20; i++) step(initial());
    };
    forget();
    expect(memory()).toBeGreaterThan(before);
    await vi.waitFor(() => {
      collectGarbage();
      expect(memory()).toBeLessThanOrEqual(before);
    });
  });

  test('a failing call leaves nothing behind', () => {
    const program = programOf(
      (x: Tensor) => matmul(x, x),
      [
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ],
    );
    const executable = executor.compile(program);
    executable.run([new Float32Array(4)]);
    const before = memory();
    expect(() => executable.run([new Float32Array(3)])).toThrow(
      `executor ${executor.name}: inputs must have 4 elements for input 0; got 3`,
    );
    expect(memory()).toBe(before);
  });

  test('toDevice copies once; calls then copy nothing', () => {
    const state = executor.toDevice(initial());
    const before = memory();
    const result = jit((s: State) => mul(s.weights, s.weights), { executor })(state);
    expect(memory()).toBe(before + 1);
    expect(result.toArray()).toEqual([[expect.closeTo(0.01)], [expect.closeTo(0.04)]]);
    executor.dispose([state, result]);
    expect(memory()).toBe(before - 3);
  });

  test('toHost reads without blocking, and the result outlives dispose', async () => {
    const result = jit((x: Tensor) => [mul(x, 2), x], { executor })(tensor([1, 2]));
    const host = await executor.toHost(result);
    executor.dispose(result);
    expect(host.map((x) => x.toArray())).toEqual([
      [2, 4],
      [1, 2],
    ]);
  });

  test('a tensor that was disposed of is an error, read or passed on', () => {
    const double = jit((x: Tensor) => mul(x, 2), { executor });
    const x = double(tensor([1]));
    executor.dispose(x);
    executor.dispose(x);
    const message = 'dispose: tensor must not be used afterwards; got a tensor that was disposed of';
    expect(() => x.toArray()).toThrow(message);
    expect(() => double(x)).toThrow(message);
  });

  test('results survive a tidy of the caller and work with every other executor', () => {
    let x = tensor(0);
    tf.tidy(() => {
      x = jit((t: Tensor) => mul(t, 2), { executor })(tensor([1, 2]));
    });
    expect(jit((t: Tensor) => add(t, 1), { executor: jsExecutor })(x).toArray()).toEqual([3, 5]);
    expect(add(x, 1).toArray()).toEqual([3, 5]);
    for (const other of EXECUTORS) {
      const y = jit((t: Tensor) => add(t, 1), { executor: other })(x);
      expect(y.toArray()).toEqual([3, 5]);
      other.dispose(y);
    }
    executor.dispose(x);
  });

  test('the backend of the caller is restored', () => {
    for (const other of EXECUTORS) {
      const before = tf.getBackend();
      executor.dispose(jit((t: Tensor) => mul(t, 2), { executor: other })(tensor([1, 2])));
      expect(tf.getBackend()).toBe(before);
    }
  });

  test('the report names the backend', () => {
    const { report } = executor.compile(programOf((x: Tensor) => add(mul(x, x), 1), [tensor([1, 2, 3])]));
    expect(report).toEqual({
      executor: executor.name,
      parts: [{ schedule: 'tensorflow', backend: executor.backend, nodes: 2 }],
      memoryBytes: 24,
      codeBytes: 0,
    });
  });
});
