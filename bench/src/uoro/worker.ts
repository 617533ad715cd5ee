/** Measures the online gradients of an LSTM, per example, in whatever version of Node runs this. */
import {
  add,
  jit,
  mean,
  moveAxis,
  mul,
  ones,
  scan,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import {
  bpttGradient,
  classifier,
  type Learner,
  type LinearReadout,
  lstm,
  preUoro,
  rtrl,
  type Target,
  uoro,
} from '@descant/uoro';
import type { Case, Outputs, Prepared } from '../harness/protocol.ts';
import { serve } from '../harness/serve.ts';

// biome-ignore lint/suspicious/noExplicitAny: learners with different memories
type AnyLearner = Learner<LinearReadout, any, Target>;
type Parameters = ReturnType<AnyLearner['init']>['parameters'];

/** As the peer has it. */
const EPSILON = 1e-7;

/** The sum over the steps of the mean over the batch of estimates for W, with given noise [T, B, n]. */
function online(learner: AnyLearner, batch: number) {
  return (parameters: Parameters, xs: Tensor, ys: Target, noise: Tensor): Tensor => {
    const start = learner.init(parameters);
    const { time } = start;
    const many = vmap(
      (_: Tensor) => ({ cellState: start.cellState, memory: start.memory }),
      [0],
    )(zeros([batch]));
    type Carry = typeof many & { time: Tensor; total: Tensor };
    const [{ total }] = scan(
      (
        { time, total, cellState, memory }: Carry,
        now: { x: Tensor; y: Target; u: Tensor },
      ): [Carry, null] => {
        const one = (s: Tensor, m: Carry['memory'], x: Tensor, y: Target, u: Tensor) => {
          const { state, gradient } = learner.stepWithNoise(
            { parameters, time, cellState: s, memory: m },
            x,
            y,
            u,
          );
          return { cellState: state.cellState, memory: state.memory, gradient: gradient.weights[0] };
        };
        if (learner.name === 'rtrl') {
          // One example after the other, as the peer does: what is computed on the way stays in the cache.
          const [gradient, each] = scan(
            (
              sum: Tensor,
              { s, m, x, y, u }: { s: Tensor; m: Carry['memory']; x: Tensor; y: Target; u: Tensor },
            ) => {
              const { gradient: own, ...next } = one(s, m, x, y, u);
              return [add(sum, own), next] as [Tensor, typeof next];
            },
            zeros(total.shape),
            { s: cellState, m: memory, x: now.x, y: now.y, u: now.u },
          );
          return [{ ...each, time: add(time, 1), total: add(total, mul(1 / batch, gradient)) }, null];
        }
        const each = vmap(one)(cellState, memory, now.x, now.y, now.u);
        const sum = add(total, mean(each.gradient, 0));
        return [{ cellState: each.cellState, memory: each.memory, time: add(time, 1), total: sum }, null];
      },
      { ...many, time, total: zeros(parameters.weights[0].shape) },
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
    const learners: Readonly<Record<string, () => AnyLearner>> = {
      UORO: () => uoro(model, { epsilon: EPSILON }),
      PreUORO: () => preUoro(model, { epsilon: EPSILON }),
      RTRL: () => rtrl(model),
    };
    const backwards = (p: Parameters, xs: Tensor, ys: Target): Tensor =>
      bpttGradient(model, p, moveAxis(xs, 0, 1), {
        value: moveAxis(ys.value, 0, 1),
        weight: moveAxis(ys.weight, 0, 1),
      }).gradient.weights[0];
    const algorithm = String(parameters.algorithm);
    const compiled = algorithm === 'BPTT' ? jit(backwards) : jit(online(learners[algorithm](), batch));
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
