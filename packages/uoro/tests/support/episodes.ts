import { add, at, jit, mapTree, scan, type Tensor, vmap, zeros } from '@descant/tensor-ops';
import type { Learner, LearnerState, LinearReadout, ModelParameters, Target } from '@descant/uoro';

type Any<M> = Learner<LinearReadout, M, Target>;

/** What a learner does in an episode with given noise [T, noiseSize]: memories and gradients after every step. */
export function trace<M>(
  learner: Any<M>,
  start: LearnerState<LinearReadout, M>,
  inputs: Tensor,
  targets: Target,
  noise: Tensor,
): {
  memories: M[];
  gradients: ModelParameters<LinearReadout>[];
  losses: number[];
  end: LearnerState<LinearReadout, M>;
} {
  let state = start;
  const result = {
    memories: [] as M[],
    gradients: [] as ModelParameters<LinearReadout>[],
    losses: [] as number[],
  };
  for (let t = 0; t < inputs.shape[0]; t++) {
    const target = mapTree((leaf) => at(leaf, t), targets);
    const next = learner.stepWithNoise(state, at(inputs, t), target, at(noise, t));
    state = next.state;
    result.memories.push(state.memory);
    result.gradients.push(next.gradient);
    result.losses.push(next.loss.item());
  }
  return { ...result, end: state };
}

/** The sum over an episode of the gradients in the weights, for each of many noises [n, T, noiseSize], compiled. */
export function totalEstimates<M>(
  learner: Any<M>,
  parameters: ModelParameters<LinearReadout>,
  cellState: Tensor,
  inputs: Tensor,
  targets: Target,
  noises: Tensor,
): Tensor[] {
  const one = (noise: Tensor): Tensor[] => {
    const { time, cellState: s, memory } = learner.init(parameters, cellState);
    const none = parameters.weights.map((w) => zeros(w.shape, w.dtype));
    type Carry = { time: Tensor; cellState: Tensor; memory: M; sum: Tensor[] };
    const [{ sum }] = scan(
      ({ sum: sofar, ...rest }: Carry, now: { x: Tensor; y: Target; u: Tensor }): [Carry, null] => {
        const { state, gradient } = learner.stepWithNoise({ parameters, ...rest }, now.x, now.y, now.u);
        const next = { time: state.time, cellState: state.cellState, memory: state.memory };
        return [{ ...next, sum: gradient.weights.map((g, k) => add(g, sofar[k])) }, null];
      },
      { time, cellState: s, memory, sum: none },
      { x: inputs, y: targets, u: noise },
    );
    return sum;
  };
  return jit(vmap(one))(noises);
}
