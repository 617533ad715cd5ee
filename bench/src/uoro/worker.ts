/** Measures the online gradients of an LSTM, per example, in whatever version of Node runs this. */
import { add, jit, moveAxis, ones, scan, type Tensor, tensor, zeros } from '@descant/tensor-ops';
import {
  type BatchLearner,
  batched,
  bpttGradient,
  classifier,
  type LinearReadout,
  lstm,
  type ModelParameters,
  preUoro,
  rtrl,
  type Target,
  uoro,
} from '@descant/uoro';
import type { Case, Outputs, Prepared } from '../harness/protocol.ts';
import { serve } from '../harness/serve.ts';

// biome-ignore lint/suspicious/noExplicitAny: learners with different memories
type Memory = any;
type Parameters = ModelParameters<LinearReadout>;

/** As the peer has it. */
const EPSILON = 1e-7;

/** The sum over the steps of the mean over the batch of estimates for W, with given noise [T, B, n]. */
function online(learner: BatchLearner<LinearReadout, Memory, Target>) {
  return (parameters: Parameters, xs: Tensor, ys: Target, noise: Tensor): Tensor => {
    const { parameters: _, ...start } = learner.init(parameters);
    type Carry = { state: typeof start; total: Tensor };
    const [{ total }] = scan(
      ({ state, total }: Carry, now: { x: Tensor; y: Target; u: Tensor }): [Carry, null] => {
        const step = learner.stepWithNoise({ parameters, ...state }, now.x, now.y, now.u);
        const { parameters: _, ...next } = step.state;
        return [{ state: next, total: add(total, step.gradient.weights[0]) }, null];
      },
      { state: start, total: zeros(parameters.weights[0].shape) },
      { x: xs, y: ys, u: noise },
    );
    return total;
  };
}

await serve({
  description: {
    versions: { node: process.version, V8: process.versions.v8 ?? 'unknown' },
    variants: [{ name: 'per example', compiled: true }],
  },
  prepare(_variant: string, parameters: Case, [w, v, x, y, u]: Outputs): Prepared {
    const number = (name: string) => Number(parameters[name]);
    const [steps, batch, units] = [number('steps'), number('batch'), number('units')];
    const [width, classes, size] = [number('inputs'), number('classes'), number('noise')];
    const model = classifier(lstm({ inputs: width, units }), classes);
    const own: Parameters = {
      weights: [tensor([...w], { shape: [4 * units, units + width + 1] })],
      readout: { weights: tensor([...v], { shape: [classes, units] }), bias: zeros([classes]) },
    };
    const prefix = (count: number) => ({
      xs: tensor(x.slice(0, count * batch * width), { shape: [count, batch, width] }),
      ys: {
        value: tensor(y.slice(0, count * batch), { shape: [count, batch], dtype: 'int32' }),
        weight: ones([count, batch]),
      },
      noise: tensor(u.slice(0, count * batch * size), { shape: [count, batch, size] }),
    });
    // What is large for one example stays in the cache when it is worked on alone.
    const inTurn = { sequential: true };
    const learners: Readonly<Record<string, () => BatchLearner<LinearReadout, Memory, Target>>> = {
      UORO: () => batched(uoro(model, { epsilon: EPSILON }), batch),
      PreUORO: () => batched(preUoro(model, { epsilon: EPSILON }), batch, inTurn),
      RTRL: () => batched(rtrl(model), batch, inTurn),
    };
    const backwards = (p: Parameters, xs: Tensor, ys: Target): Tensor =>
      bpttGradient(model, p, moveAxis(xs, 0, 1), {
        value: moveAxis(ys.value, 0, 1),
        weight: moveAxis(ys.weight, 0, 1),
      }).gradient.weights[0];
    const algorithm = String(parameters.algorithm);
    const compiled = algorithm === 'BPTT' ? jit(backwards) : jit(online(learners[algorithm]()));
    const prepared = (count: number) => {
      const { xs, ys, noise } = prefix(count);
      return () =>
        algorithm === 'BPTT' ? (compiled as typeof backwards)(own, xs, ys) : compiled(own, xs, ys, noise);
    };
    return {
      steps,
      run: prepared(steps),
      once: prepared(1),
      outputs: (gradient) => [Array.from((gradient as Tensor).data)],
    };
  },
});
