import {
  broadcastTo,
  expandDims,
  jit,
  key,
  mean,
  ones,
  randint,
  type Tensor,
  uniform,
  vmap,
} from '@descant/tensor-ops';
import {
  type Credit,
  type CutName,
  classifier,
  creditAssignment,
  lstm,
  optimalAlpha,
  preUoroTemporalMatrix,
  preUoroVariance,
  temporalMatrix,
  uoroVariance,
} from '@descant/uoro';
import { expect, test } from 'vitest';

/** Mean V of 4 examples at initialisation, relative to UORO at the preactivations with Q = I, as measured elsewhere on other inputs. */
const expected = {
  'preactivation, alpha*': 0.235,
  'state, I': 0.427,
  'state, alpha*': 0.091,
  PreUORO: 0.005,
  'PreUORO, alpha*': 0.0012,
};

test('an LSTM of 50 units: the same ranking, each ratio within a factor of 2', () => {
  const model = classifier(lstm({ inputs: 28, units: 50 }), 10);
  const parameters = model.init(key(0), 'float64');
  // Uniform inputs, one label an example, 28 steps with a loss at each.
  const inputs = uniform(key(1), [4, 28, 28], { dtype: 'float64' });
  const labels = broadcastTo(expandDims(randint(key(2), [4], 0, 10), 1), [4, 28]);
  const creditAt = (cut: CutName) =>
    jit(
      vmap((x: Tensor, value: Tensor) =>
        creditAssignment(model, parameters, x, { value, weight: ones([28], 'float64') }, { cut }),
      ),
    )(inputs, labels);
  const averaged = (v: (credit: Credit) => Tensor) => (credit: Credit) => mean(jit(vmap(v))(credit)).item();
  const plain = averaged((c) => uoroVariance(c).v);
  const best = averaged((c) => uoroVariance(c, { scaling: { alpha: optimalAlpha(temporalMatrix(c)) } }).v);
  const [preactivation, state] = [creditAt('preactivation'), creditAt('state')];
  const base = plain(preactivation);
  const found = {
    'preactivation, alpha*': best(preactivation),
    'state, I': plain(state),
    'state, alpha*': best(state),
    PreUORO: averaged((c) => preUoroVariance(c).v)(preactivation),
    'PreUORO, alpha*': averaged(
      (c) => preUoroVariance(c, { scaling: { alpha: optimalAlpha(preUoroTemporalMatrix(c)) } }).v,
    )(preactivation),
  };
  for (const [name, ratio] of Object.entries(expected)) {
    const measured = found[name as keyof typeof found] / base;
    expect(measured / ratio, name).toBeGreaterThan(0.5);
    expect(measured / ratio, name).toBeLessThan(2);
  }
  const ranking = (values: object) =>
    Object.entries(values)
      .sort(([, a], [, b]) => a - b)
      .map(([name]) => name);
  expect(ranking(found)).toEqual(ranking(expected));
  // PreUORO's advantage is the number of preactivations.
  expect(base / found.PreUORO).toBeCloseTo(200, 6);
}, 120_000);
