import {
  add,
  concat,
  flip,
  key,
  mul,
  normal,
  reshape,
  slice,
  type Tensor,
  tanh,
  transpose,
  zeros,
} from '@descant/tensor-ops';
import { gruStep, lstmStep } from '@descant/tensor-ops/nn';
import { cellStep, classifier, freeCell, gru, initWeights, lstm, rtrl, snap1, tanhRnn } from '@descant/uoro';
import { describe, expect, test } from 'vitest';
import { trace } from './support/episodes.ts';
import { messageOf } from './support/errors.ts';
import { elements, relativeError } from './support/network.ts';
import { exactGradient, setting } from './support/settings.ts';

const STEPS = 4;
const cells = { LSTM: lstm({ inputs: 2, units: 3 }), GRU: gru({ inputs: 2, units: 3 }) };

const totalOf = (gradients: readonly { weights: readonly Tensor[] }[]): number[] =>
  gradients.map((g) => elements(g.weights)).reduce((a, b) => a.map((v, i) => v + b[i]));

describe('cells', () => {
  test('a GRU and an LSTM are those of tensor-ops', () => {
    const [x, h, c] = [1, 2, 3].map((s) => normal(key(s), [s === 1 ? 2 : 3], 'float64'));
    const [w] = initWeights(cells.LSTM, key(5), 'float64');
    const part = (m: Tensor, from: number, count: number) =>
      transpose(slice(m, [0, from], [m.shape[0], count]));
    const next = lstmStep(
      { recurrentWeights: part(w, 0, 3), inputWeights: part(w, 3, 2), bias: reshape(part(w, 5, 1), [12]) },
      { hidden: h, cell: c },
      x,
    );
    const found = cellStep(cells.LSTM, [w], concat([h, c]), x);
    expect(relativeError(elements(found), [...elements(next.hidden), ...elements(next.cell)])).toBeLessThan(
      1e-14,
    );

    const [both, fromInput, fromState] = initWeights(cells.GRU, key(6), 'float64');
    const gruNext = gruStep(
      {
        recurrentWeights: concat([part(both, 0, 3), part(fromState, 0, 3)], 1),
        inputWeights: concat([part(both, 3, 2), part(fromInput, 0, 2)], 1),
        inputBias: concat([reshape(part(both, 5, 1), [6]), reshape(part(fromInput, 2, 1), [3])]),
        recurrentBias: concat([zeros([6], 'float64'), reshape(part(fromState, 3, 1), [3])]),
      },
      h,
      x,
    );
    expect(
      relativeError(elements(cellStep(cells.GRU, [both, fromInput, fromState], h, x)), elements(gruNext)),
    ).toBeLessThan(1e-14);
  });

  test('a cell of any step function', () => {
    const cell = freeCell({
      name: 'rotation',
      inputs: 1,
      units: 2,
      stateSize: 2,
      parameters: 2,
      step: (p, state, input) => tanh(add(mul(p, flip(state)), mul(input, state))),
    });
    const on = setting(classifier(cell, 2), STEPS, 31);
    const learner = rtrl(on.model);
    const { gradients } = trace(
      learner,
      learner.init(on.parameters, on.start),
      on.inputs,
      on.targets,
      zeros([STEPS, 0], 'float64'),
    );
    expect(relativeError(totalOf(gradients), exactGradient(on))).toBeLessThan(1e-12);
    // Its elements depend on each other, so that the learners within units refuse it.
    expect(messageOf(() => snap1(on.model))).toBe(
      'snap1: model.cell must be elementwise, to have influences within units; got rotation',
    );
  });

  test('a leak of 1 is no leak', () => {
    const weights = initWeights(tanhRnn({ inputs: 2, units: 3 }), key(1));
    const [s, x] = [normal(key(2), [3]), normal(key(3), [2])];
    const at1 = cellStep(tanhRnn({ inputs: 2, units: 3, leak: 1 }), weights, s, x);
    const mixed = cellStep(tanhRnn({ inputs: 2, units: 3, leak: 0.25 }), weights, s, x);
    expect(relativeError(elements(mixed), elements(add(mul(0.75, s), mul(0.25, at1))))).toBeLessThan(1e-6);
  });
});
