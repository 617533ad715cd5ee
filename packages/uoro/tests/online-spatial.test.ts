import { at, expandDims, jit, key, mapTree, mul, stack, type Tensor, vmap } from '@descant/tensor-ops';
import {
  classifier,
  creditAssignment,
  gru,
  type OnlineSpatial,
  type OnlineSpatialNoise,
  onlineSpatialMatrix,
  spatialMatrix,
  tanhRnn,
} from '@descant/uoro';
import { expect, test } from 'vitest';
import { allSigns, moments } from './support/enumeration.ts';
import { messageOf } from './support/errors.ts';
import {
  elements,
  float64,
  inputs,
  model,
  numbers,
  parameters,
  reference,
  relativeError,
  start,
  targets,
} from './support/network.ts';
import { type Setting, setting } from './support/settings.ts';

/** The estimate at the end of an episode, and the last state. */
function finalEstimate(
  estimator: OnlineSpatial<Setting['parameters']['readout'], Setting['targets']>,
  on: Pick<Setting, 'parameters' | 'start' | 'inputs' | 'targets'>,
  noiseAt: (t: number) => OnlineSpatialNoise,
) {
  let state = estimator.init(on.parameters, on.start);
  let estimate: Tensor | undefined;
  for (let t = 0; t < on.inputs.shape[0]; t++) {
    const target = mapTree((leaf) => at(leaf, t), on.targets);
    ({ state, estimate } = estimator.stepWithNoise(state, at(on.inputs, t), target, noiseAt(t)));
  }
  return { state, estimate: estimate as Tensor };
}

test('reference values', () => {
  const { sigma, tau, nu, mu, m_T, n_T, B_hat } = reference.uoro_cut_pre.variance.online_B_4F;
  const noise = (t: number): OnlineSpatialNoise => ({
    sigma: float64(sigma[t]),
    tau: float64(tau[t]),
    spatial: [float64(nu[t]), float64(mu[t])],
  });
  const { state, estimate } = finalEstimate(
    onlineSpatialMatrix(model),
    { parameters, start, inputs, targets },
    noise,
  );
  expect(relativeError(elements(state.replicas[0].sum), m_T)).toBeLessThan(1e-10);
  expect(relativeError(elements(state.replicas[1].sum), n_T)).toBeLessThan(1e-10);
  expect(relativeError(elements(estimate), numbers(B_hat))).toBeLessThan(1e-10);
});

test('unbiased: all 2^12 noises of one unit and three steps; 2^12 of two units and two steps', () => {
  for (const [units, steps, alpha] of [
    [1, 3, [0.7, 1.3, 1.1]],
    [2, 2, [0.7, 1.3]],
  ] as const) {
    const on = setting(classifier(tanhRnn({ inputs: 1, units }), 2), steps, 9);
    const credit = creditAssignment(on.model, on.parameters, on.inputs, on.targets, { cellState: on.start });
    const exact = elements(spatialMatrix(credit, float64(alpha)));
    const estimator = onlineSpatialMatrix(on.model, { alpha: float64(alpha) });
    const one = (noise: Tensor) =>
      finalEstimate(estimator, on, (t) => {
        const u = Array.from({ length: 2 + 2 * units }, (_, i) => at(at(noise, t), i));
        return { sigma: u[0], tau: u[1], spatial: [stack(u.slice(2, 2 + units)), stack(u.slice(2 + units))] };
      }).estimate;
    const estimates = jit(vmap(one))(allSigns(steps, 2 + 2 * units));
    const { mean } = moments([estimates]);
    expect(relativeError(mean, exact)).toBeLessThan(1e-11);
    // One replica alone, m~ m~', is biased: its spatial noises are correlated.
    const same = (noise: Tensor) => {
      const { state } = finalEstimate(estimator, on, (t) => {
        const u = Array.from({ length: 2 + 2 * units }, (_, i) => at(at(noise, t), i));
        const nu = stack(u.slice(2, 2 + units));
        return { sigma: u[0], tau: u[1], spatial: [nu, nu] };
      });
      return mul(expandDims(state.replicas[0].sum, 1), state.replicas[1].sum);
    };
    const biased = moments([jit(vmap(same))(allSigns(steps, 2 + 2 * units))]).mean;
    expect(relativeError(biased, exact)).toBeGreaterThan(0.05);
  }
});

test('drawn noise gives the same for the same key, and an error for cells of several matrices', () => {
  const estimator = onlineSpatialMatrix(model);
  const state = estimator.init(parameters, start);
  const target = mapTree((leaf) => at(leaf, 0), targets);
  const draw = (seed: number) => elements(estimator.step(state, at(inputs, 0), target, key(seed)).estimate);
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(3));
  expect(messageOf(() => onlineSpatialMatrix(classifier(gru({ inputs: 1, units: 1 }), 2)))).toBe(
    'onlineSpatialMatrix: model.cell must have one matrix of weights; got 3',
  );
});
