import { key, ones, slice, tensor, zeros } from '@descant/tensor-ops';
import {
  batched,
  type Cell,
  checkLosses,
  classifier,
  defineCell,
  episodeLosses,
  lstm,
  preUoro,
  regressor,
  reinforce,
  rtrl,
  runEpisode,
  type Target,
  tanhRnn,
  truncatedBptt,
  uoro,
} from '@descant/uoro';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';

const cells = { 'tanh RNN': tanhRnn({ inputs: 2, units: 3 }), LSTM: lstm({ inputs: 2, units: 3 }) };

describe('errors', () => {
  const model = classifier(cells['tanh RNN'], 2);
  const parameters = model.init(key(0));
  const target: Target = { value: tensor(1, { dtype: 'int32' }), weight: ones([]) };
  const learner = uoro(model);
  const state = learner.init(parameters);

  test('shapes', () => {
    expect(messageOf(() => learner.step(state, zeros([3]), target, key(0)))).toBe(
      'uoro: input must have shape [2]; got [3]',
    );
    expect(messageOf(() => learner.stepWithNoise(state, zeros([2]), target, zeros([2])))).toBe(
      'uoro: noise must have shape [3]; got [2]',
    );
    expect(messageOf(() => learner.init({ ...parameters, weights: [zeros([3, 5])] }))).toBe(
      'uoro: parameters.weights must have shapes [3, 6]; got [3, 5]',
    );
    expect(messageOf(() => learner.init(parameters, zeros([2])))).toBe(
      'uoro: cellState must have shape [3]; got [2]',
    );
    expect(messageOf(() => reinforce(model, { sigma: 1 }).init(parameters, zeros([2])))).toBe(
      'reinforce: cellState must have shape [3]; got [2]',
    );
    expect(messageOf(() => episodeLosses(model, parameters, zeros([4, 3]), target))).toBe(
      'episodeLosses: inputs must have shape [T, 2]; got [4, 3]',
    );
    expect(messageOf(() => learner.step(state, zeros([2]), { ...target, value: ones([]) }, key(0)))).toBe(
      'classifier: target.value must be an integer scalar; got float32 []',
    );
    const numbers = regressor(cells['tanh RNN'], 2);
    expect(
      messageOf(() =>
        rtrl(numbers).step(rtrl(numbers).init(numbers.init(key(0))), zeros([2]), target, key(0)),
      ),
    ).toBe('regressor: target.value must have shape [2]; got []');
  });

  test('Q and alpha', () => {
    expect(messageOf(() => uoro(model, { scaling: { matrix: ones([3, 3]) } }))).toMatch(
      /^uoro: scaling\.matrix must be invertible; got reciprocal condition number /,
    );
    expect(messageOf(() => uoro(model, { scaling: { matrix: zeros([3, 3]) } }))).toMatch(
      /must be invertible/,
    );
    expect(messageOf(() => reinforce(model, { sigma: 1, scaling: { matrix: ones([3, 3]) } }))).toMatch(
      /^reinforce: scaling\.matrix must be invertible/,
    );
    expect(messageOf(() => uoro(model, { scaling: { matrix: ones([2, 2]) } }))).toBe(
      'uoro: scaling.matrix must have shape [3, 3]; got [2, 2]',
    );
    expect(messageOf(() => uoro(model, { scaling: { alpha: tensor([1, 0]) } }))).toBe(
      'uoro: scaling.alpha must hold positive finite numbers; got 1,0',
    );
    expect(messageOf(() => uoro(model, { scaling: { alpha: ones([]) } }))).toBe(
      'uoro: scaling.alpha must have shape [T] with T >= 1; got []',
    );
    expect(messageOf(() => uoro(model, { rescaling: 'online', cut: 'parameter' }))).toBe(
      "uoro: cut must be state or preactivation with rescaling 'online'; got parameter",
    );
    expect(messageOf(() => uoro(model, { rescaling: 'online', scaling: { alpha: ones([2]) } }))).toBe(
      "uoro: scaling.alpha must be absent with rescaling 'online'; got a tensor",
    );
  });

  test('numbers', () => {
    expect(messageOf(() => uoro(model, { epsilon: -1 }))).toBe(
      'uoro: epsilon must be a finite number of at least 0; got -1',
    );
    expect(messageOf(() => preUoro(model, { epsilon: Number.NaN }))).toBe(
      'preUoro: epsilon must be a finite number of at least 0; got NaN',
    );
    expect(messageOf(() => reinforce(model, { sigma: 0 }))).toBe(
      'reinforce: sigma must be a positive finite number; got 0',
    );
    expect(messageOf(() => truncatedBptt(model, { length: 0 }))).toBe(
      'truncatedBptt: length must be a whole number of at least 1; got 0',
    );
    expect(messageOf(() => tanhRnn({ inputs: 1, units: 1, leak: 0 }))).toBe(
      'tanhRnn: leak must be in (0, 1]; got 0',
    );
    expect(messageOf(() => lstm({ inputs: 0, units: 1 }))).toBe(
      'lstm: inputs must be a whole number of at least 1; got 0',
    );
    expect(messageOf(() => classifier(cells.LSTM, 1))).toBe(
      'classifier: classes must be a whole number of at least 2; got 1',
    );
    expect(messageOf(() => batched(learner, 0))).toBe(
      'batched: batch must be a whole number of at least 1; got 0',
    );
  });

  test('losses that are not finite name the step, and the sequence of a batch', () => {
    const inputs = tensor([
      [0, 0],
      [0, 0],
      [Number.NaN, 0],
    ]);
    const targets = { value: zeros([3], 'int32'), weight: ones([3]) };
    expect(messageOf(() => runEpisode(learner, state, inputs, targets, key(0)))).toBe(
      'uoro: losses must be finite; got NaN at step 2',
    );
    expect(
      messageOf(() =>
        checkLosses(
          'uoro',
          tensor([
            [1, 1],
            [1, Number.POSITIVE_INFINITY],
          ]),
        ),
      ),
    ).toBe('uoro: losses must be finite; got Infinity at step 1 of sequence 1');
  });

  test('cells of your own', () => {
    const good: Cell = { ...tanhRnn({ inputs: 1, units: 2 }) };
    expect(messageOf(() => defineCell({ ...good, stateSize: 1 }))).toBe(
      'defineCell: units must be at most stateSize = 1; got 2',
    );
    expect(messageOf(() => defineCell({ ...good, weightShapes: [[2, 5]] }))).toBe(
      'defineCell: features must return tensors of shape [5]; got [4]',
    );
    expect(messageOf(() => defineCell({ ...good, transition: (z) => slice(z, [0], [1]) }))).toBe(
      'defineCell: transition must return tensors of shape [2]; got [1]',
    );
    expect(messageOf(() => defineCell({ ...good, weightShapes: [] }))).toBe(
      'defineCell: weightShapes must hold a shape; got none',
    );
    expect(
      messageOf(() => defineCell({ ...good, weightShapes: [[3, 4]], transition: (z) => slice(z, [0], [2]) })),
    ).toBe('defineCell: elementwise must go with parts of units = 2 elements; got [3, 4]');
    expect(defineCell(good)).toBe(good);
  });
});
