/** Orders of derivatives, wrong shapes and NaN: one clear error each. */
import {
  dice,
  type Estimator,
  followingValues,
  generalisedAdvantages,
  givenAdvantages,
  limitOrder,
  loadedDice,
  lowVarianceCurvature,
  magicBox,
  type Rollout,
  rewardToGo,
  scoreFunction,
  temporalDifference,
  vtraceAdvantages,
} from '@descant/estimators';
import {
  at,
  cast,
  exp,
  full,
  grad,
  hessian,
  hvp,
  jacobian,
  jit,
  jvp,
  key,
  mul,
  normal,
  reshape,
  sum,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';
import { f64 } from './support/matrix-game.ts';
import { relativeError } from './support/unbiased.ts';

/** A rollout of two steps, two plays, two actors, from a vector of eight log-probabilities. */
const rollout = (x: Tensor): Rollout => ({
  logProbabilities: reshape(x, [2, 2, 2]),
  rewards: normal(key(1), [2, 2, 2], 'float64'),
  discount: 0.9,
});
const x = normal(key(2), [8], 'float64');
const firstValue = (estimator: Estimator) => (v: Tensor) => at(estimator.surrogate(rollout(v)), 0);

describe('an estimator is differentiated as often as its order says, and no more', () => {
  const estimators = [
    scoreFunction(),
    lowVarianceCurvature(),
    dice(),
    loadedDice({ lambda: 0.5, credit: rewardToGo() }),
  ];
  const nested = (f: (v: Tensor) => Tensor, order: number): ((v: Tensor) => Tensor) =>
    order === 0 ? f : nested((v) => sum(grad(f)(v)), order - 1);

  test.each(estimators)('$name, order $order', (estimator) => {
    for (const order of [1, 2, 3, 4]) {
      const message = messageOf(() => nested(firstValue(estimator), order)(x));
      const often = estimator.order === 1 ? 'once' : `${estimator.order} times`;
      const expected = `${estimator.name}: surrogate must be differentiated at most ${often}; got a derivative of order ${estimator.order + 1}`;
      expect(message).toBe(order <= estimator.order ? 'no error' : expected);
    }
  });

  test('in every way of taking a second derivative', () => {
    const f = firstValue(scoreFunction());
    const v = normal(key(3), [8], 'float64');
    const twice: readonly (() => unknown)[] = [
      () => hessian(f)(x),
      () => jit(hessian(f))(x),
      () => hvp(f, x, v),
      () => jvp(grad(f), x, v),
      () => jacobian(grad(f), 'forward')(x),
      () => vmap((s: Tensor) => hessian(f)(mul(x, s)))(f64([1, 2])),
      // A learning step inside of another's value, as in LOLA with a first-order estimator.
      () => grad((y: Tensor) => f(mul(y, sum(grad(f)(y)))))(x),
      // One player's gradient, differentiated by the other's parameters.
      () =>
        jacobian((b: Tensor) =>
          grad((a: Tensor) => {
            const both = { ...rollout(x), logProbabilities: mul(zeros([2, 2, 2], 'float64'), mul(a, b)) };
            return sum(scoreFunction().surrogate(both));
          })(f64(1)),
        )(f64(1)),
    ];
    for (const derivative of twice) {
      expect(messageOf(derivative)).toBe(
        'scoreFunction: surrogate must be differentiated at most once; got a derivative of order 2',
      );
    }
  });

  test('the guard changes no derivative up to its order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (order, point) => {
          const plain = (v: Tensor) => exp(mul(v, 1.5));
          const guarded = (v: Tensor) => plain(limitOrder(v, order, 'test'));
          for (let k = 0; k <= order; k++) {
            const [a, b] = [nested(guarded, k), nested(plain, k)].map((f) => f(f64(point)));
            expect(relativeError(a, b)).toBeLessThan(1e-14);
          }
        },
      ),
    );
    const f = (v: Tensor) => mul(v, v);
    expect(limitOrder(x, Number.POSITIVE_INFINITY, 'test')).toBe(x);
    expect(hessian((v: Tensor) => f(limitOrder(v, Number.POSITIVE_INFINITY, 'test')))(f64(3)).item()).toBe(2);
    expect(messageOf(() => limitOrder(x, 0, 'test'))).toBe(
      'limitOrder: order must be a whole number of at least 1 or Infinity; got 0',
    );
  });

  test('without the guard the second derivative would be a number, and wrong', () => {
    const unguarded = (v: Tensor) => sum(mul(v, 3));
    expect(hessian(unguarded)(f64([1])).toArray()).toEqual([[0]]);
  });
});

test('the magic box is 1, and its derivatives are those of exp(x(t)) / exp(x)', () => {
  fc.assert(
    fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (at0) => {
      const f = (t: Tensor) => magicBox(mul(t, t));
      expect(f(f64(at0)).item()).toBe(1);
      expect(grad(f)(f64(at0)).item() === 2 * at0).toBe(true);
      expect(relativeError(grad(grad(f))(f64(at0)), f64(4 * at0 * at0 + 2))).toBeLessThan(1e-14);
    }),
  );
});

describe('float32 and float64, compiled and plain', () => {
  test('agree', () => {
    for (const estimator of [scoreFunction(), dice(), loadedDice({ lambda: 0.7, credit: rewardToGo() })]) {
      const precise = grad(firstValue(estimator))(x);
      const compiled = jit(grad(firstValue(estimator)))(x);
      const single = grad((v: Tensor) => {
        const { logProbabilities, rewards, discount } = rollout(v);
        const narrow = { logProbabilities, rewards: cast(rewards, 'float32'), discount };
        return at(estimator.surrogate(narrow), 0);
      })(cast(x, 'float32'));
      expect(relativeError(compiled, precise)).toBeLessThan(1e-14);
      expect(single.dtype).toBe('float32');
      expect(relativeError(cast(single, 'float64'), precise)).toBeLessThan(1e-5);
    }
  });

  test('one key, one result; nothing is changed', () => {
    const given = rollout(x);
    const before = JSON.stringify([given.logProbabilities.toArray(), given.rewards.toArray()]);
    const [first, second] = [0, 1].map(() => grad(firstValue(dice()))(x).toArray());
    expect(first).toEqual(second);
    expect(JSON.stringify([given.logProbabilities.toArray(), given.rewards.toArray()])).toBe(before);
  });
});

test('wrong shapes, NaN and missing fields', () => {
  const good: Rollout = { logProbabilities: zeros([2, 3, 1]), rewards: zeros([2, 3, 1]), discount: 0.9 };
  const valued = { ...good, values: zeros([2, 3, 1]), nextValues: zeros([2, 3, 1]) };
  const change = (fields: object) => scoreFunction().surrogate({ ...good, ...fields });
  const messages = [
    () => change({ rewards: zeros([2, 3]) }),
    () => change({ rewards: zeros([0, 3, 1]), logProbabilities: zeros([0, 3, 1]) }),
    () => change({ rewards: 1 }),
    () => change({ logProbabilities: zeros([2, 4, 1]) }),
    () => change({ rewards: full([2, 3, 1], Number.NaN) }),
    () => change({ logProbabilities: full([2, 3, 1], Number.NaN) }),
    () => change({ terminated: zeros([3, 2], 'bool') }),
    () => change({ truncated: zeros([2, 3, 1], 'bool') }),
    () => change({ discount: 1.5 }),
    () => change({ discount: tensor([0.9]) }),
    () => change({ discount: tensor(-1) }),
    () => change({ values: zeros([2, 3, 2]) }),
    () => change({ behaviourLogProbabilities: zeros([2, 3, 2]) }),
    () => scoreFunction({ credit: temporalDifference() }).surrogate(good),
    () => generalisedAdvantages({ ...valued, nextValues: zeros([1, 3, 1]) }, { lambda: 1 }),
    () => generalisedAdvantages(valued, { lambda: -0.1 }),
    () => vtraceAdvantages(valued),
    () => vtraceAdvantages({ ...valued, behaviourLogProbabilities: zeros([2, 3, 1]) }, { rhoMax: 0.5 }),
    () => vtraceAdvantages({ ...valued, behaviourLogProbabilities: zeros([2, 3, 1]) }, { cMax: 0 }),
    () => scoreFunction({ credit: givenAdvantages(zeros([2, 3, 4])) }).surrogate(good),
    () => followingValues(zeros([2, 3]), zeros([3, 1])),
    () => followingValues(zeros([2, 3, 1]), zeros([2, 1])),
    () => loadedDice({ lambda: 2, tau: 1 }),
    () => loadedDice({ lambda: 1, tau: -1 }),
    () => loadedDice({ lambda: 1 }),
    () => loadedDice({ lambda: 1, tau: 1, credit: rewardToGo() }),
  ].map(messageOf);
  expect(messages).toEqual([
    'scoreFunction: rewards must have shape [T, B, N]; got [2, 3]',
    'scoreFunction: rewards must have shape [T, B, N]; got [0, 3, 1]',
    'scoreFunction: rewards must have shape [T, B, N]; got 1',
    'scoreFunction: logProbabilities must have shape [T, B, M] = [2, 3, M]; got [2, 4, 1]',
    'scoreFunction: rewards must not be NaN; got NaN at element 0',
    'scoreFunction: logProbabilities must not be NaN; got NaN at element 0',
    'scoreFunction: terminated must have shape [T, B] = [2, 3]; got [3, 2]',
    'scoreFunction: truncated must have shape [T, B] = [2, 3]; got [2, 3, 1]',
    'scoreFunction: discount must lie in [0, 1]; got 1.5',
    'scoreFunction: discount must be a number or a scalar; got [1]',
    'scoreFunction: discount must lie in [0, 1]; got -1',
    'scoreFunction: values must have shape [T, B, N] = [2, 3, 1]; got [2, 3, 2]',
    'scoreFunction: behaviourLogProbabilities must have shape [T, B, M] = [2, 3, 1]; got [2, 3, 2]',
    'generalisedAdvantages: values must be given; got undefined',
    'generalisedAdvantages: nextValues must have shape [T, B, N] = [2, 3, 1]; got [1, 3, 1]',
    'generalisedAdvantages: lambda must lie in [0, 1]; got -0.1',
    'vtrace: behaviourLogProbabilities must be given; got undefined',
    'vtrace: rhoMax must be at least cMax = 1; got 0.5',
    'vtrace: cMax must be positive; got 0',
    'givenAdvantages: advantages must have shape [T, B, N] = [2, 3, 1]; got [2, 3, 4]',
    'followingValues: values must have shape [T, B, N]; got [2, 3]',
    'followingValues: last must have shape [B, N] = [3, 1]; got [2, 1]',
    'loadedDice: lambda must lie in [0, 1]; got 2',
    'loadedDice: tau must lie in [0, 1]; got -1',
    'loadedDice: options must hold one of tau and credit; got neither',
    'loadedDice: options must hold one of tau and credit; got both',
  ]);
});
