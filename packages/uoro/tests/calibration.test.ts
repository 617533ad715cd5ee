import {
  at,
  broadcastTo,
  expandDims,
  jit,
  key,
  mapTree,
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
  jointlyOptimal,
  lstm,
  optimalAlpha,
  optimalMatrix,
  preUoroTemporalMatrix,
  preUoroVariance,
  spatialMatrix,
  temporalMatrix,
  uoroVariance,
} from '@descant/uoro';
import { expect, test } from 'vitest';

/** Mean V of 4 examples at initialisation, relative to UORO at the preactivations with Q = I, as measured elsewhere on other inputs. */
const expected = {
  'preactivation, alpha*': 0.235,
  'state, I': 0.427,
  'state, alpha*': 0.091,
  'preactivation, Q0*': 0.0126,
  'preactivation, Q0* and alpha*': 0.0059,
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
  // Every example has a Q0 of its own, from its own B; one for all, from their mean B, leaves 2.8 times as much variance.
  const bestMatrix = jit((c: Credit) => {
    const matrix = optimalMatrix(spatialMatrix(c));
    return uoroVariance(c, { scaling: { matrix } }).v;
  });
  // More alternations change the mean by less than 2 %.
  const bestBoth = jit((c: Credit) => {
    const one = mapTree((t) => expandDims(t, 0), c);
    return jointlyOptimal(one, { damping: 0.005, iterations: 2 }).v;
  });
  const eachWith = (credit: Credit, v: (one: Credit) => Tensor) =>
    [0, 1, 2, 3].reduce((sum, i) => sum + v(mapTree((t) => at(t, i), credit)).item() / 4, 0);
  const [preactivation, state] = [creditAt('preactivation'), creditAt('state')];
  const base = plain(preactivation);
  const found = {
    'preactivation, alpha*': best(preactivation),
    'state, I': plain(state),
    'state, alpha*': best(state),
    'preactivation, Q0*': eachWith(preactivation, bestMatrix),
    'preactivation, Q0* and alpha*': eachWith(preactivation, bestBoth),
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
}, 300_000);
