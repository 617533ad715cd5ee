/** What every estimator must do, one row each: the same result compiled, batched, repeated and on every executor. */
import {
  deterministicPolicy,
  dice,
  evolutionStrategies,
  finiteDifferences,
  generalisedAdvantage,
  gumbelNoise,
  gumbelSoftmax,
  importanceWeighted,
  leaveOneOutBaseline,
  limitOrder,
  linearSurrogate,
  loadedDice,
  lowVarianceCurvature,
  magicBox,
  measureValuedNoise,
  measureValuedNormal,
  oneHotOf,
  persistentEvolution,
  type Rollout,
  reparameterisedNormal,
  rewardToGo,
  scoreFunction,
  stateValueBaseline,
  straightThrough,
  temporalDifference,
  totalReturn,
  vtrace,
} from '@descant/estimators';
import {
  add,
  at,
  cast,
  createWasmExecutor,
  type FloatType,
  grad,
  jit,
  jsExecutor,
  key,
  mul,
  normal,
  reshape,
  sin,
  square,
  stack,
  sum,
  type Tensor,
  tensor,
  vmap,
  wasmExecutor,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { relativeError } from './support/unbiased.ts';

/** Two steps of two plays of two players; the second step of the first play is its last. */
const rollout = (x: Tensor): Rollout => {
  const dtype = x.dtype as FloatType;
  const drawn = (seed: number) => normal(key(seed), [2, 2, 2], dtype);
  return {
    logProbabilities: reshape(x, [2, 2, 2]),
    rewards: drawn(1),
    values: drawn(2),
    nextValues: drawn(3),
    behaviourLogProbabilities: mul(drawn(4), 0.3),
    truncated: tensor([
      [false, true],
      [true, false],
    ]),
    discount: 0.9,
  };
};
const curve = (x: Tensor) => sum(mul(sin(x), square(x)));
const noise = (x: Tensor, shape: readonly number[]) => normal(key(5), shape, x.dtype as FloatType);
const twoOf = (x: Tensor) => ({ mean: x, standardDeviation: add(square(x), 0.5) });

/** Every estimator as a scalar surrogate of a vector of eight numbers. */
const surrogates: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  REINFORCE: (x) => sum(scoreFunction({ credit: totalReturn() }).surrogate(rollout(x))),
  'reward to go': (x) => sum(scoreFunction().surrogate(rollout(x))),
  RLOO: (x) =>
    sum(scoreFunction({ credit: rewardToGo({ baseline: leaveOneOutBaseline() }) }).surrogate(rollout(x))),
  A2C: (x) => sum(scoreFunction({ credit: temporalDifference() }).surrogate(rollout(x))),
  GAE: (x) => sum(scoreFunction({ credit: generalisedAdvantage({ lambda: 0.9 }) }).surrogate(rollout(x))),
  'V-trace': (x) => sum(scoreFunction({ credit: vtrace() }).surrogate(rollout(x))),
  DiCE: (x) => sum(dice().surrogate(rollout(x))),
  'DiCE with a critic': (x) => sum(dice({ baseline: stateValueBaseline() }).surrogate(rollout(x))),
  'Loaded DiCE': (x) => sum(loadedDice({ lambda: 0.5, tau: 0.5 }).surrogate(rollout(x))),
  LVC: (x) => sum(lowVarianceCurvature().surrogate(rollout(x))),
  'importance-weighted': (x) => sum(importanceWeighted().surrogate(rollout(x))),
  PPO: (x) => sum(importanceWeighted({ clip: 0.2, ratio: 'own' }).surrogate(rollout(x))),
  'deterministic policy': (x) =>
    sum(deterministicPolicy().surrogate({ actionValues: reshape(sin(x), [2, 2, 2]), discount: 0.9 })),
  reparameterised: (x) => curve(reparameterisedNormal(twoOf(x), noise(x, [8]))),
  'measure-valued': (x) =>
    measureValuedNormal(curve, twoOf(x), measureValuedNoise(key(6), [8], x.dtype as FloatType)),
  'Gumbel-softmax': (x) =>
    curve(gumbelSoftmax(x, gumbelNoise(key(7), [8], x.dtype as FloatType), { temperature: 0.7 })),
  'straight-through': (x) => curve(straightThrough(oneHotOf(x), sin(x))),
  'vanilla ES': (x) =>
    evolutionStrategies(curve, x, noise(x, [3, 8]), { standardDeviation: 0.3, kind: 'vanilla' }),
  'antithetic ES': (x) => evolutionStrategies(curve, x, noise(x, [3, 8]), { standardDeviation: 0.3 }),
  PES: (x) => {
    const unroll = (p: Tensor, s: Tensor) => ({ state: add(s, p), objective: curve(add(s, p)) });
    const pes = persistentEvolution({ unroll, standardDeviation: 0.3 });
    const { gradient, objective } = pes.step(pes.init(x, mul(x, 0.1), 3), x, noise(x, [3, 8]));
    return linearSurrogate('PES', x, objective, gradient);
  },
  'finite differences': (x) => finiteDifferences(curve, x, { step: 0.01 }),
  'magic box': (x) => sum(magicBox(limitOrder(mul(x, sin(x)), 2, 'test'))),
};

describe.each(Object.entries(surrogates))('%s', (_, surrogate) => {
  const x = normal(key(9), [8], 'float64');
  const gradient = grad(surrogate);
  const expected = gradient(x);

  test('its gradient is finite, not zero, and the same each time; the point is not changed', () => {
    const before = x.toArray();
    expect(expected.data.every(Number.isFinite)).toBe(true);
    expect(expected.data.some((g) => g !== 0)).toBe(true);
    expect(gradient(x).toArray()).toEqual(expected.toArray());
    expect(x.toArray()).toEqual(before);
  });

  test('compiled on every executor, and batched', () => {
    for (const executor of [jsExecutor, wasmExecutor, createWasmExecutor({ fma: false })]) {
      expect(relativeError(jit(gradient, { executor })(x), expected)).toBeLessThan(1e-11);
    }
    const other = mul(x, 0.5);
    const both = jit(vmap(gradient))(stack([x, other]));
    expect(relativeError(at(both, 0), expected)).toBeLessThan(1e-11);
    expect(relativeError(at(both, 1), gradient(other))).toBeLessThan(1e-11);
  });

  test('float32 in, float32 out', () => {
    const single = gradient(cast(x, 'float32'));
    expect(single.dtype).toBe('float32');
    expect(single.data.every(Number.isFinite)).toBe(true);
    expect(surrogate(cast(x, 'float32')).dtype).toBe('float32');
  });
});

test('the comparison sees a relative difference of 1e-9', () => {
  const x = normal(key(9), [8], 'float64');
  expect(relativeError(mul(x, 1 + 1e-9), x)).toBeGreaterThan(1e-11);
});
