/** Every learner against values computed once in float64 by an independent program, to 1e-10. */
import { expandDims, mapTree, type Tensor, zeros } from '@descant/tensor-ops';
import {
  bptt,
  bpttGradient,
  type Learner,
  type LinearReadout,
  preUoro,
  type RescalingOptions,
  reinforce,
  rtrl,
  snap1,
  type Target,
  truncatedBptt,
  type UoroOptions,
  uoro,
} from '@descant/uoro';
import { describe, expect, test } from 'vitest';
import { trace } from './support/episodes.ts';
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

const T = inputs.shape[0];

function run<M>(learner: Learner<LinearReadout, M, Target>, noise: Tensor = zeros([T, 0], 'float64')) {
  return trace(learner, learner.init(parameters, start), inputs, targets, noise);
}

const expectNear = (actual: readonly number[], expected: unknown, tolerance = 1e-10): void =>
  expect(relativeError(actual, numbers(expected))).toBeLessThan(tolerance);

/** The sum over steps of a part of the gradients. */
const totalOf = <G>(gradients: readonly G[], part: (gradient: G) => unknown): number[] =>
  gradients.map((g) => elements(part(g))).reduce((a, b) => a.map((v, i) => v + b[i]));

const weightsOf = (g: { weights: readonly Tensor[] }) => g.weights;

describe('exact gradients', () => {
  test('losses', () => {
    expectNear(run(rtrl(model)).losses, reference.forward.loss);
  });

  test('RTRL: the influence, the gradient of every loss, and the gradient of the readout', () => {
    const { memories, gradients } = run(rtrl(model));
    expectNear(elements(memories), reference.rtrl_influence_per_step);
    expectNear(
      gradients.flatMap((g) => elements(g.weights)),
      reference.grad_per_Lt,
    );
    expectNear(
      totalOf(gradients, (g) => g.readout.weights),
      reference.readout_grad_V,
    );
    expectNear(
      totalOf(gradients, (g) => g.readout.bias),
      reference.readout_grad_c,
    );
  });

  test('BPTT of the whole episode: in one call, and as learners', () => {
    // bpttGradient starts the cell at zero: the reference's start is reached by comparison with RTRL from zero.
    const fromZero = trace(
      rtrl(model),
      rtrl(model).init(parameters),
      inputs,
      targets,
      zeros([T, 0], 'float64'),
    );
    const { loss, gradient } = bpttGradient(
      model,
      parameters,
      expandDims(inputs, 0),
      mapTree((leaf) => expandDims(leaf, 0), targets),
    );
    expectNear([loss.item()], [fromZero.losses.reduce((a, b) => a + b)]);
    expectNear(elements(gradient.weights), totalOf(fromZero.gradients, weightsOf));

    const block = run(bptt(model, { length: T })).gradients;
    expectNear(totalOf(block, weightsOf), reference.bptt_total_grad_W);
    expect(elements(block[T - 2].weights).every((v) => v === 0)).toBe(true);

    const each = run(truncatedBptt(model, { length: T })).gradients;
    expectNear(
      each.flatMap((g) => elements(g.weights)),
      reference.grad_per_Lt,
    );
  });

  test('SnAp-1, which is biased', () => {
    const total = totalOf(run(snap1(model)).gradients, weightsOf);
    expectNear(total, reference.snap1_total_grad_W);
    expect(relativeError(total, numbers(reference.bptt_total_grad_W))).toBeGreaterThan(0.01);
  });
});

const rescalings: Readonly<Record<string, RescalingOptions>> = {
  no_gir: { rescaling: 'none' },
  gir_exact: { epsilon: 0 },
  'gir_eps_both_1e-5': {},
  'gir_eps_both_1e-1': { epsilon: 0.1 },
  'gir_eps_paper_1e-2': { epsilon: 0.01, epsilonForm: 'outside' },
};

const cuts = [
  ['preactivation', reference.uoro_cut_pre],
  ['state', reference.uoro_cut_state],
] as const;

describe.each(cuts)('UORO with the cut at the %s', (cut, values) => {
  const noise = float64(values.u);

  test.each(Object.entries(rescalings))('%s', (name, options) => {
    const expected = values[name];
    const { memories, gradients } = run(uoro(model, { ...options, cut }), noise);
    expectNear(
      memories.flatMap((m) => elements(m.state)),
      expected.h_tilde,
    );
    expectNear(totalOf(gradients, weightsOf), expected.total_est_W);
    if (expected.w_tilde_W === undefined) return;
    expectNear(
      memories.flatMap((m) => elements(m.weights)),
      expected.w_tilde_W,
    );
    expectNear(
      gradients.flatMap((g) => elements(g.weights)),
      expected.est_per_Lt_W,
    );
    const exact = run(uoro(model, { ...options, cut, immediate: 'exact' }), noise);
    expectNear(totalOf(exact.gradients, weightsOf), expected.total_est_tallec_variant_W);
  });

  test('generalised Q', () => {
    const { alpha, Q0, h_tilde, total_est_W } = values.general_Q;
    const scaling = { alpha: float64(alpha), matrix: float64(Q0) };
    const options: UoroOptions = { cut, rescaling: 'none', scaling };
    const { memories, gradients } = run(uoro(model, options), noise);
    expectNear(
      memories.flatMap((m) => elements(m.state)),
      h_tilde,
    );
    expectNear(totalOf(gradients, weightsOf), total_est_W);
    // The check can fail: Q and Q' are different matrices.
    const transposed = {
      ...scaling,
      matrix: float64(Q0[0].map((_: number, j: number) => Q0.map((row: number[]) => row[j]))),
    };
    const wrong = run(uoro(model, { ...options, scaling: transposed }), noise).gradients;
    expect(relativeError(totalOf(wrong, weightsOf), numbers(total_est_W))).toBeGreaterThan(0.01);
  });
});

describe('PreUORO', () => {
  const values = reference.preuoro;

  test.each(['no_gir', 'gir_exact', 'gir_eps_both_1e-1'])('%s', (name) => {
    const expected = values[name];
    const { memories, gradients } = run(
      preUoro(model, rescalings[name]),
      float64(values.tau.map((v: number) => [v])),
    );
    expectNear(
      memories.flatMap((m) => elements(m.state)),
      expected.H_tilde,
    );
    expectNear(
      memories.flatMap((m) => elements(m.features)),
      expected.w_tilde,
    );
    expectNear(
      gradients.flatMap((g) => elements(g.weights)),
      expected.est_per_Lt_W,
    );
    expectNear(totalOf(gradients, weightsOf), expected.total_est_W);
  });

  test('KF-RTRL is PreUORO with the product of its later signs', () => {
    const { equals_preuoro_with_tau: tau, total_est_W_gir } = values.kf_rtrl;
    const { gradients } = run(preUoro(model, { epsilon: 0 }), float64(tau.map((v: number) => [v])));
    expectNear(totalOf(gradients, weightsOf), total_est_W_gir);
  });
});

describe('REINFORCE with perturbed states', () => {
  const noise = float64(reference.uoro_cut_state.u);

  test.each(reference.reinforce_to_uoro_limit.values as { sigma: number }[])('sigma = $sigma', (expected) => {
    const { sigma, ...rest } = expected as { sigma: number } & Record<string, unknown>;
    const { gradients } = run(reinforce(model, { sigma }), noise);
    // Differences of losses lose digits as sigma becomes small.
    const tolerance = Math.max(1e-10, 1e-14 / sigma);
    expectNear(totalOf(gradients, weightsOf), rest.baseline_subtracted_reinforce_total_W, tolerance);
  });

  test('tends to UORO for the same noise, with an error of the order of sigma', () => {
    const limit = totalOf(run(uoro(model, { cut: 'state', rescaling: 'none' }), noise).gradients, weightsOf);
    const errors = [1e-2, 1e-3, 1e-4].map((sigma) =>
      relativeError(totalOf(run(reinforce(model, { sigma }), noise).gradients, weightsOf), limit),
    );
    expect(errors[0] / errors[1]).toBeCloseTo(10, -0.5);
    expect(errors[1] / errors[2]).toBeCloseTo(10, -0.5);
    // Without its baseline it does not.
    const plain = run(reinforce(model, { sigma: 1e-4, baseline: 0 }), noise).gradients;
    expect(relativeError(totalOf(plain, weightsOf), limit)).toBeGreaterThan(10);
  });
});
