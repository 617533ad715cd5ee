/** Influences that are too large for one block: of which the small networks of the other tests have a single one. */
import { key, normal, type Tensor, zeros } from '@descant/tensor-ops';
import {
  classifier,
  gru,
  type Learner,
  type LinearReadout,
  lstm,
  rtrl,
  snap1,
  spatialProjection,
  type Target,
  tanhRnn,
  uoro,
} from '@descant/uoro';
import { describe, expect, test } from 'vitest';
import { trace } from './support/episodes.ts';
import { elements, relativeError } from './support/network.ts';
import { exactGradient, setting } from './support/settings.ts';

const STEPS = 3;
const cells = {
  'tanh RNN': { cell: tanhRnn({ inputs: 3, units: 32 }), blocks: [4] },
  LSTM: { cell: lstm({ inputs: 2, units: 16 }), blocks: [4] },
  GRU: { cell: gru({ inputs: 2, units: 32 }), blocks: [8, 1, 4] },
};

const totalOf = (gradients: readonly { weights: readonly Tensor[] }[]): number[] =>
  gradients.map((g) => elements(g.weights)).reduce((a, b) => a.map((v, i) => v + b[i]));

describe.each(Object.entries(cells))('%s', (_name, { cell, blocks }) => {
  const on = setting(classifier(cell, 2), STEPS, 43);

  const total = <M>(learner: Learner<LinearReadout, M, Target>): number[] => {
    const none = zeros([STEPS, 0], 'float64');
    const start = learner.init(on.parameters, on.start);
    return totalOf(trace(learner, start, on.inputs, on.targets, none).gradients);
  };

  test('RTRL is exact, which its restriction to units is not', () => {
    const learner = rtrl(on.model);
    expect(learner.init(on.parameters).memory.map((m) => m.shape[0])).toEqual(blocks);
    expect(relativeError(total(learner), exactGradient(on))).toBeLessThan(1e-11);
    expect(relativeError(total(snap1(on.model)), exactGradient(on))).toBeGreaterThan(1e-2);
  });

  test('spatial projection is UORO without rescaling as long as there is no past', () => {
    const [projected, learner] = [spatialProjection(on.model), uoro(on.model, { rescaling: 'none' })];
    const noise = normal(key(7), [STEPS, learner.noiseSize], 'float64');
    const gradientsOf = <M>(one: Learner<LinearReadout, M, Target>) =>
      trace(one, one.init(on.parameters, on.start), on.inputs, on.targets, noise).gradients.map((g) =>
        elements(g.weights),
      );
    const [found, wanted] = [gradientsOf(projected), gradientsOf(learner)];
    expect(relativeError(found[0], wanted[0])).toBeLessThan(1e-12);
    expect(relativeError(found[1], wanted[1])).toBeGreaterThan(1e-2);
  });
});
