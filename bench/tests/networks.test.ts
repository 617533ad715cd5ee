import { grad, jit, jsExecutor, slice, type Tensor, tensor, wasmExecutor } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import type { CaseResult } from '../src/harness/workload.ts';
import { start } from '../src/tensor-ops/adam-training.ts';
import * as lstm from '../src/tensor-ops/lstm.ts';
import { networks } from '../src/tensor-ops/networks.ts';
import * as policy from '../src/tensor-ops/policy.ts';
import * as w2 from '../src/tensor-ops/w2.ts';
import * as w3 from '../src/tensor-ops/w3.ts';
import * as w5 from '../src/tensor-ops/w5.ts';

const inputsOf = (workload: string, shapes: readonly (readonly number[])[]): Tensor[] => {
  const found = networks.cases().find(({ parameters }) => parameters.workload === workload)!;
  return found.inputs.map((values, i) => tensor(Float32Array.from(values), { shape: shapes[i] }));
};

const largest = (a: Tensor, b: Tensor): number =>
  Array.from(a.data).reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);

describe('the workloads', () => {
  test('W2 lowers the loss, and both executors agree', () => {
    const [x, y, ...parameters] = inputsOf('W2', w2.INPUTS);
    const losses = [wasmExecutor, jsExecutor].map((executor) => {
      const compiled = jit(w2.step, { executor });
      let state = start(parameters, tensor(0));
      return [0, 1, 2].map(() => {
        state = compiled(state, x, y);
        return state.loss.item();
      });
    });
    expect(losses[0][2]).toBeLessThan(losses[0][0]);
    losses[0].forEach((loss, i) => {
      expect(loss).toBeCloseTo(losses[1][i], 5);
    });
  });

  test('the gradients of W3 are those of its value', () => {
    const [seen, actions, state, ...parameters] = inputsOf('W3', w3.INPUTS);
    const compiled = jit((...p: Tensor[]) => w3.gradient(seen, actions, state, ...p));
    const [, ...gradients] = compiled(...parameters);
    const value = jit((p: Tensor) => w3.gradient(seen, actions, state, p, ...parameters.slice(1))[0]);
    expect(largest(jit(grad(value))(parameters[0]), gradients[0])).toBeLessThan(1e-4);
    // Along the gradient the value rises by its squared length.
    const along = Array.from(gradients[5].data);
    const length = along.reduce((sum, g) => sum + g * g, 0);
    const valueAt = (by: number): number => {
      const moved = along.map((g, i) => parameters[5].data[i] + by * g);
      return compiled(...parameters.slice(0, 5), tensor(moved))[0].item();
    };
    expect((valueAt(1e-4) - valueAt(-1e-4)) / 2e-4 / length).toBeCloseTo(1, 1);
  });

  test('the gradients of W5 are those of its value, which both executors agree on', () => {
    const [x, w, c] = inputsOf('W5 gradients', w5.GRADIENT_INPUTS);
    const [y, dx, dw] = jit(w5.gradients)(x, w, c);
    const first = (images: Tensor) => slice(images, [0, 0, 0, 0], [1, -1, -1, -1]);
    const reference = jit(w5.convolution, { executor: jsExecutor })(first(x), w);
    expect(largest(reference, first(y))).toBeLessThan(1e-4);
    // The value is linear in x and in w: <dx, x> = <dw, w> = <c, y>.
    const inner = (a: Tensor, b: Tensor) => Array.from(a.data).reduce((sum, v, i) => sum + v * b.data[i], 0);
    expect(inner(dx, x) / inner(c, y)).toBeCloseTo(1, 4);
    expect(inner(dw, w) / inner(c, y)).toBeCloseTo(1, 4);
  });
});

describe('the other workloads', () => {
  test('the policy gradient lowers its loss', () => {
    const all = inputsOf('policy gradient', policy.INPUTS);
    const compiled = jit(policy.step);
    let state = start(all.slice(policy.DATA), tensor(0));
    const losses = Array.from({ length: 5 }, () => {
      state = compiled(state, ...all.slice(0, policy.DATA));
      return state.loss.item();
    });
    expect(losses[4]).toBeLessThan(losses[0]);
  });

  test('the gradients of the LSTM are those of its loss, on both executors', () => {
    const [xs, classes, readout, ...parameters] = inputsOf('LSTM', lstm.INPUTS);
    const [wasm, js] = [wasmExecutor, jsExecutor].map((executor) =>
      jit((...p: Tensor[]) => lstm.gradient(xs, classes, readout, ...p), { executor })(...parameters),
    );
    wasm.forEach((x, i) => {
      expect(largest(x, js[i])).toBeLessThan(1e-4);
    });
    const along = Array.from(wasm[3].data);
    const length = along.reduce((sum, g) => sum + g * g, 0);
    const lossAt = (by: number): number => {
      const bias = tensor(along.map((g, i) => parameters[2].data[i] + by * g));
      return lstm.gradient(xs, classes, readout, parameters[0], parameters[1], bias)[0].item();
    };
    expect((lossAt(1e-2) - lossAt(-1e-2)) / 2e-2 / length).toBeCloseTo(1, 1);
  });
});

test('bars are absolute, and in proportion to the fastest variant of PyTorch', () => {
  const result = (participant: string, variant: string, microsecondsPerStep: number) => ({
    participant,
    variant,
    microsecondsPerStep,
    rounds: [microsecondsPerStep],
    compileMilliseconds: undefined,
    processorShare: 1,
  });
  const measured: CaseResult = {
    label: 'W4',
    parameters: { workload: 'W4' },
    differences: { afterOneStep: 0, afterOneRun: 0 },
    tolerances: { afterOneStep: 1, afterOneRun: 1 },
    results: [
      result('descant, Node 24', 'call', 5000),
      result('PyTorch', 'eager', 3000),
      result('PyTorch', 'tuned', 2000),
    ],
  };
  expect(networks.bars([measured])).toEqual([
    { text: 'W4: 5 ms, bar 5.8 ms', reached: true },
    { text: 'W4: 5 ms, bar 4 ms (2.00 x PyTorch, tuned)', reached: false },
  ]);
});

test('there are bars for compiling', () => {
  const results = [
    {
      participant: 'descant, Node 24',
      variant: 'call',
      microsecondsPerStep: 170,
      rounds: [170],
      compileMilliseconds: 151,
      processorShare: 1,
    },
  ];
  const measured: CaseResult = {
    label: 'policy gradient',
    parameters: { workload: 'policy gradient' },
    differences: { afterOneStep: 0, afterOneRun: 0 },
    tolerances: { afterOneStep: 1, afterOneRun: 1 },
    results,
  };
  expect(networks.bars([measured])).toEqual([
    { text: 'policy gradient: compiled in 151 ms, bar 150 ms', reached: false },
  ]);
});
