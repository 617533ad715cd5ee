/** Measures the networks of @descant/tensor-ops in whatever version of Node runs this. */
import { defaultExecutor, jit, setThreads, type Tensor, tensor } from '@descant/tensor-ops';
import type { Outputs, Prepared } from '../harness/protocol.ts';
import { serve } from '../harness/serve.ts';
import { type State, start } from './adam-training.ts';
import * as call from './call.ts';
import * as lstm from './lstm.ts';
import * as policy from './policy.ts';
import * as w2 from './w2.ts';
import * as w3 from './w3.ts';
import * as w4 from './w4.ts';
import * as w5 from './w5.ts';

const flat = (tensors: readonly Tensor[]): Outputs => tensors.map(({ data }) => Array.from(data));

function read(shapes: readonly (readonly number[])[], inputs: Outputs): Tensor[] {
  return inputs.map((values, i) => tensor(Float32Array.from(values), { shape: shapes[i] }));
}

/** A function without state, called several times on the same arguments. */
function repeated(fn: (...args: Tensor[]) => readonly Tensor[], args: Tensor[], steps: number): Prepared {
  const compiled = jit(fn);
  const run = () => {
    let results: readonly Tensor[] = [];
    for (let i = 0; i < steps; i++) results = compiled(...args);
    return results;
  };
  const prepared: Prepared<readonly Tensor[]> = { steps, run, once: () => compiled(...args), outputs: flat };
  return prepared as Prepared;
}

/** `known`: how many of the inputs come before the parameters. */
function training(
  { INPUTS, step }: Pick<typeof w2, 'INPUTS' | 'step'>,
  known: number,
  inputs: Outputs,
  steps: number,
): Prepared {
  const all = read(INPUTS, inputs);
  const data = all.slice(0, known);
  const begin = start(all.slice(known), tensor(0));
  const compiled = jit(step);
  const advance = (count: number): State => {
    let state = begin;
    for (let i = 0; i < count; i++) state = compiled(state, ...data);
    return state;
  };
  const prepared: Prepared<State> = {
    steps,
    run: () => advance(steps),
    once: () => advance(1),
    outputs: ({ loss, parameters: p }) => flat([loss, ...p]),
  };
  return prepared as Prepared;
}

await setThreads(Number(process.env.DESCANT_BENCH_THREADS));
await serve({
  description: {
    versions: { node: process.version, executor: defaultExecutor().name },
    variants: [{ name: 'call', compiled: true }],
  },
  prepare(_, { workload, callSteps }, inputs) {
    const steps = Number(callSteps);
    if (workload === 'W2') return training(w2, w2.DATA, inputs, steps);
    if (workload === 'policy gradient') return training(policy, policy.DATA, inputs, steps);
    if (workload === 'LSTM')
      return repeated(
        (...a) => lstm.gradient(a[0], a[1], a[2], ...a.slice(3)),
        read(lstm.INPUTS, inputs),
        steps,
      );
    if (workload === 'call')
      return repeated((a, b) => [call.multiplyAdd(a, b)], read(call.INPUTS, inputs), steps);
    if (workload === 'W3')
      return repeated((...a) => w3.gradient(a[0], a[1], a[2], ...a.slice(3)), read(w3.INPUTS, inputs), steps);
    if (workload === 'W4') return repeated((a, b) => [w4.product(a, b)], read(w4.INPUTS, inputs), steps);
    if (workload === 'W5') return repeated((x, w) => [w5.convolution(x, w)], read(w5.INPUTS, inputs), steps);
    if (workload === 'W5 gradients')
      return repeated((x, w, c) => w5.gradients(x, w, c), read(w5.GRADIENT_INPUTS, inputs), steps);
    throw new Error(`prepare: workload must be one of the suite's; got "${workload}"`);
  },
});
