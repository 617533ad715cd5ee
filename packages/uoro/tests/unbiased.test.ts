/** Unbiasedness and variance by complete enumeration: every sequence of sign vectors, each of them as likely. */
import { mul, type Tensor } from '@descant/tensor-ops';
import {
  classifier,
  gru,
  type Learner,
  type LinearReadout,
  lstm,
  noBackTrack,
  preUoro,
  spatialProjection,
  type Target,
  tanhRnn,
  type UoroOptions,
  uoro,
} from '@descant/uoro';
import { describe, expect, test } from 'vitest';
import { allSigns, moments } from './support/enumeration.ts';
import { totalEstimates } from './support/episodes.ts';
import { model, reference, relativeError } from './support/network.ts';
import { exactGradient, rnn, type Setting, setting } from './support/settings.ts';

function enumerate<M>(on: Setting, learner: Learner<LinearReadout, M, Target>) {
  const noises = allSigns(on.inputs.shape[0], learner.noiseSize);
  const estimates = totalEstimates(learner, on.parameters, on.start, on.inputs, on.targets, noises);
  const { mean, variance } = moments(estimates);
  return { bias: relativeError(mean, exactGradient(on)), variance };
}

/** Means of up to 32768 numbers that are up to 100 times larger: far above rounding, far below any bias. */
const ROUNDING = 1e-11;

const variants: Readonly<Record<string, UoroOptions>> = {
  no_gir: { rescaling: 'none' },
  gir_exact: { epsilon: 0 },
  gir_eps_both_1e5: {},
  tallec_variant_no_gir: { rescaling: 'none', immediate: 'exact' },
  tallec_variant_gir: { epsilon: 0, immediate: 'exact' },
};

describe.each([
  ['preactivation', reference.uoro_cut_pre],
  ['state', reference.uoro_cut_state],
] as const)('UORO, cut at the %s, all 2^15 noises of the reference network', (cut, values) => {
  test.each(Object.entries(variants))('%s: no bias, and the reference variance', (name, options) => {
    const { bias, variance } = enumerate(rnn, uoro(model, { cut, ...options }));
    expect(bias).toBeLessThan(ROUNDING);
    const expected = values.variance.exact_enumeration_signs[name].total_variance;
    expect(Math.abs(variance / expected - 1)).toBeLessThan(1e-10);
  });
});

describe('UORO, cut at the parameters, all 2^15 noises of a network of 1 unit', () => {
  const on = setting(classifier(tanhRnn({ inputs: 1, units: 1 }), 2), 5, 7);
  test.each(Object.entries(variants))('%s', (_name, options) => {
    expect(enumerate(on, uoro(on.model, { cut: 'parameter', ...options })).bias).toBeLessThan(ROUNDING);
  });
});

describe('other networks and learners', () => {
  const cells = [
    ['LSTM', classifier(lstm({ inputs: 1, units: 1 }), 2), 3],
    ['GRU', classifier(gru({ inputs: 1, units: 1 }), 2), 3],
    ['leaky RNN', classifier(tanhRnn({ inputs: 1, units: 2, leak: 0.3 }), 2), 4],
  ] as const;
  test.each(cells)('%s: every learner that claims to be unbiased', (_name, small, steps) => {
    const on = setting(small, steps, 3);
    const learners = [
      uoro(small),
      uoro(small, { cut: 'state' }),
      uoro(small, { cut: 'state', immediate: 'exact' }),
      preUoro(small),
      preUoro(small, { rescaling: 'none' }),
      noBackTrack(small),
      spatialProjection(small),
      spatialProjection(small, { cut: 'state' }),
    ];
    for (const learner of learners) {
      // biome-ignore lint/suspicious/noExplicitAny: learners with different memories
      expect(enumerate(on, learner as Learner<LinearReadout, any, Target>).bias, learner.name).toBeLessThan(
        ROUNDING,
      );
    }
  });

  test('PreUORO on the reference network: no bias, and the reference variances', () => {
    const plain = enumerate(rnn, preUoro(model, { rescaling: 'none' }));
    const rescaled = enumerate(rnn, preUoro(model, { epsilon: 0 }));
    expect(Math.max(plain.bias, rescaled.bias)).toBeLessThan(ROUNDING);
    const { alpha_one, gir_exact_signs } = reference.preuoro.variance;
    expect(Math.abs(plain.variance / alpha_one.enumerated_sign_variance - 1)).toBeLessThan(1e-10);
    expect(Math.abs(rescaled.variance / gir_exact_signs.enumerated_variance - 1)).toBeLessThan(1e-10);
  });
});

describe('the enumeration finds bias', () => {
  /** The same learner with noise that is wrong in one way. */
  const biased = <M>(
    learner: Learner<LinearReadout, M, Target>,
    spoil: (noise: Tensor, time: Tensor) => Tensor,
  ) => ({
    ...learner,
    stepWithNoise: ((state, input, target, noise) =>
      learner.stepWithNoise(state, input, target, spoil(noise, state.time))) as typeof learner.stepWithNoise,
  });
  const on = setting(classifier(tanhRnn({ inputs: 1, units: 1 }), 2), 5, 7);
  const every = [
    ['preactivation cut', rnn, uoro(model, { rescaling: 'none' })],
    ['preactivation cut, GIR', rnn, uoro(model)],
    ['state cut', rnn, uoro(model, { cut: 'state', rescaling: 'none' })],
    ['state cut, GIR', rnn, uoro(model, { cut: 'state' })],
    ['parameter cut', on, uoro(on.model, { cut: 'parameter', rescaling: 'none' })],
    ['PreUORO', rnn, preUoro(model)],
  ] as const;
  test.each(every)('%s with noise of variance 1.02', (_name, where, learner) => {
    // biome-ignore lint/suspicious/noExplicitAny: learners with different memories
    const wrong = biased(learner as Learner<LinearReadout, any, Target>, (noise) =>
      mul(Math.sqrt(1.02), noise),
    );
    expect(enumerate(where, wrong).bias).toBeGreaterThan(1e-3);
  });
});
