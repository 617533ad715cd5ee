/** Gaussians, Gumbel-softmax, straight-through and deterministic policies. */
import {
  type Chance,
  constantBaseline,
  deterministicPolicy,
  enumerate,
  gumbelNoise,
  gumbelSoftmax,
  type Moments,
  moments,
  oneHotOf,
  reparameterisedNormal,
  rewardToGo,
  scoreFunction,
  straightThrough,
} from '@descant/estimators';
import {
  add,
  at,
  exp,
  gather,
  grad,
  hessian,
  jacobian,
  key,
  mean,
  mul,
  neg,
  oneHot,
  pow,
  reshape,
  sigmoid,
  sin,
  softmax,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import { normal } from '@descant/tensor-ops/distributions';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';
import { gaussHermite } from './support/gauss-hermite.ts';
import { f64 } from './support/matrix-game.ts';
import { reference } from './support/reference.ts';
import { relativeError } from './support/unbiased.ts';

const given = reference.gaussian_reparam;
const f = (x: Tensor) => sub(pow(x, 3), mul(2, x));
const start = { mean: f64(given.mu), standardDeviation: f64(given.sigma) };
type Parameters = typeof start;

/** A standard normal as a discrete draw with the same moments. */
const quadrature = gaussHermite(40);
const drawNormal = (chance: Chance): Tensor =>
  gather(f64(quadrature.nodes), chance.categorical(f64(quadrature.probabilities.map(Math.log))));

const pathwise = (noise: Tensor) => grad((p: Parameters) => f(reparameterisedNormal(p, noise)))(start);

const score = (noise: Tensor, baseline = 0) => {
  const x = reparameterisedNormal(start, noise);
  const one = (v: Tensor) => reshape(v, [1, 1, 1]);
  return grad((p: Parameters) =>
    sum(
      scoreFunction({ credit: rewardToGo({ baseline: constantBaseline(baseline) }) }).surrogate({
        logProbabilities: one(normal(p).logProb(x)),
        rewards: one(f(x)),
        discount: 1,
      }),
    ),
  )(start);
};

describe('a Gaussian: reference values', () => {
  test('of single draws', () => {
    given.eps.forEach((e, k) => {
      const [path, ratio] = [pathwise(f64(e)), score(f64(e))];
      expect(path.mean.item()).toBeCloseTo(given.single_pathwise_mu[k], 12);
      expect(path.standardDeviation.item()).toBeCloseTo(given.single_pathwise_sigma[k], 12);
      expect(ratio.mean.item()).toBeCloseTo(given.single_score_mu[k], 12);
    });
  });

  test('of means and variances, by quadrature', () => {
    const of = (estimate: (noise: Tensor) => Parameters): Moments<Parameters> =>
      moments(enumerate((chance) => estimate(drawNormal(chance))));
    const expected = moments(
      enumerate((chance) => f(reparameterisedNormal(start, drawNormal(chance)))),
    ).mean.item();
    const [path, ratio, compared] = [of(pathwise), of(score), of((noise) => score(noise, expected))];
    const exact = { mean: given.exact_dmu, standardDeviation: given.exact_dsigma };
    for (const name of ['mean', 'standardDeviation'] as const) {
      for (const { mean: found } of [path, ratio, compared]) {
        expect(Math.abs(found[name].item() - exact[name])).toBeLessThan(1e-11);
      }
    }
    const { variance } = given;
    expect(path.variance.mean.item()).toBeCloseTo(variance.pathwise_mu, 10);
    expect(path.variance.standardDeviation.item()).toBeCloseTo(variance.pathwise_sigma, 10);
    expect(ratio.variance.mean.item()).toBeCloseTo(variance.score_mu, 10);
    expect(ratio.variance.standardDeviation.item()).toBeCloseTo(variance.score_sigma, 10);
    expect(compared.variance.mean.item()).toBeCloseTo(variance.score_mu_baseline_EF, 10);
  });

  test('the quadrature is a distribution with the moments 1, 3, 15, 105', () => {
    const moment = (n: number) =>
      quadrature.nodes.reduce((s, x, i) => s + quadrature.probabilities[i] * x ** n, 0);
    [0, 1, 2, 3, 4, 5, 6, 7, 8].forEach((n) => {
      expect(moment(n)).toBeCloseTo([1, 0, 1, 0, 3, 0, 15, 0, 105][n], 11);
    });
  });

  test('pathwise second derivatives are unbiased: E[f] = m^3 + 3 m s^2 - 2 m', () => {
    const { mean: found } = moments(
      enumerate((chance) => {
        const noise = drawNormal(chance);
        return hessian((p: Tensor) =>
          f(reparameterisedNormal({ mean: at(p, 0), standardDeviation: at(p, 1) }, noise)),
        )(f64([given.mu, given.sigma]));
      }),
    );
    const [m, s] = [given.mu, given.sigma];
    expect(
      relativeError(
        found,
        f64([
          [6 * m, 6 * s],
          [6 * s, 6 * m],
        ]),
      ),
    ).toBeLessThan(1e-11);
  });

  test('a deviation that is not positive is an error', () => {
    expect(messageOf(() => reparameterisedNormal({ mean: 0, standardDeviation: 0 }, f64(1)))).toBe(
      'reparameterisedNormal: standardDeviation must be positive; got 0',
    );
  });
});

describe('Gumbel-softmax', () => {
  test('rows are positive and sum to one, for any logits and temperature', () => {
    const logits = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        logits,
        fc.double({ min: 0.05, max: 20, noNaN: true }),
        fc.nat(),
        (row, temperature, seed) => {
          const y = gumbelSoftmax(f64(row), gumbelNoise(key(seed), [row.length], 'float64'), { temperature });
          expect(y.data.every((p) => p >= 0 && p <= 1)).toBe(true);
          expect(sum(y).item()).toBeCloseTo(1, 12);
        },
      ),
    );
  });

  test('its largest element is a draw from softmax(logits)', () => {
    // n = 50 000, seed 3; standard error sqrt(p (1 - p) / n), |z| <= 5: false alarm 6e-7 each.
    const n = 50_000;
    const logits = f64([0.2, -1, 0.9]);
    const noise = gumbelNoise(key(3), [n, 3], 'float64');
    const picked = vmap((g: Tensor) => oneHotOf(gumbelSoftmax(logits, g, { temperature: 0.7 })))(noise);
    const p = softmax(logits).data;
    mean(picked, 0).data.forEach((share, i) => {
      expect(Math.abs(share - p[i]) / Math.sqrt((p[i] * (1 - p[i])) / n)).toBeLessThan(5);
    });
  });

  test('two classes: the relaxed draw is sigmoid((difference of logits + logistic noise) / temperature)', () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 3, noNaN: true }), fc.nat(), (x, seed) => {
        const noise = gumbelNoise(key(seed), [2], 'float64');
        const y = gumbelSoftmax(f64([x, 0]), noise, { temperature: 0.5 });
        const logistic = sub(at(noise, 0), at(noise, 1));
        expect(at(y, 0).item()).toBeCloseTo(sigmoid(mul(2, add(x, logistic))).item(), 12);
      }),
    );
  });

  test('errors', () => {
    const logits = zeros([2]);
    expect([
      messageOf(() => gumbelSoftmax(logits, zeros([3]), { temperature: 1 })),
      messageOf(() => gumbelSoftmax(logits, zeros([2]), { temperature: 0 })),
    ]).toEqual([
      'gumbelSoftmax: noise must have the shape of the logits, [2], with an axis of classes; got [3]',
      'gumbelSoftmax: temperature must be positive; got 0',
    ]);
  });
});

describe('straight-through', () => {
  /** E[g(one-hot draw)] and its straight-through estimate with the probabilities as the soft value. */
  const meanEstimate = (g: (y: Tensor) => Tensor, logits: Tensor) =>
    moments(
      enumerate((chance) => {
        const drawn = oneHot(chance.categorical(logits), 3, 'float64');
        return grad((l: Tensor) => g(straightThrough(drawn, softmax(l))))(logits);
      }),
    ).mean;
  const exact = (g: (y: Tensor) => Tensor, logits: Tensor) =>
    grad((l: Tensor) => sum(mul(softmax(l), stack([0, 1, 2].map((k) => g(oneHot(k, 3, 'float64')))))))(
      logits,
    );
  const logits = f64([0.2, -0.7, 1.1]);

  test('unbiased for linear functions, biased for others', () => {
    const linear = (y: Tensor) => sum(mul(y, f64([1, -2, 5])));
    const curved = (y: Tensor) => square(linear(y));
    expect(relativeError(meanEstimate(linear, logits), exact(linear, logits))).toBeLessThan(1e-14);
    expect(relativeError(meanEstimate(curved, logits), exact(curved, logits))).toBeGreaterThan(0.1);
  });

  test('evaluates to the hard value exactly, and a second derivative is an error', () => {
    const soft = f64([0.1, 0.7, 0.2]);
    expect(straightThrough(oneHotOf(soft), soft).toArray()).toEqual([0, 1, 0]);
    const twice = hessian((x: Tensor) => sum(exp(straightThrough(oneHotOf(x), sin(x)))));
    expect(messageOf(() => twice(soft))).toBe(
      'straightThrough: surrogate must be differentiated at most once; got a derivative of order 2',
    );
    expect(messageOf(() => straightThrough(f64([1]), soft))).toBe(
      'straightThrough: hard must have the shape of soft, [3]; got [1]',
    );
  });
});

describe('deterministic policies (IPO eq. 22 and 23)', () => {
  // Two players with actions mu_i = tanh-free linear policies theta_i s, state s' = s / 2 + a1 - a2 / 3, noise-free;
  // payoffs r_1 = -(a1 - s)^2 + a1 a2, r_2 = -(a2 + s)^2 - a1 a2. Q^i of the present policies by rolling out.
  const discount = 0.9;
  type Two = readonly [Tensor, Tensor];
  const nextState = (s: Tensor, [a, b]: Two) => add(mul(s, 0.5), sub(a, mul(b, 1 / 3)));
  const payoffs = (s: Tensor, [a, b]: Two): Two => [
    add(neg(square(sub(a, s))), mul(a, b)),
    neg(add(square(add(b, s)), mul(a, b))),
  ];
  const act = (theta: Two, s: Tensor): Two => [mul(theta[0], s), mul(theta[1], s)];
  /** Both players' discounted values of T steps from s, when the first actions may be given. */
  const valuesFrom = (theta: Two, s: Tensor, steps: number, first = act(theta, s)): Two => {
    const now = payoffs(s, first);
    if (steps === 1) return now;
    const rest = valuesFrom(theta, nextState(s, first), steps - 1);
    return [add(now[0], mul(rest[0], discount)), add(now[1], mul(rest[1], discount))];
  };
  const theta: Two = [f64(0.4), f64(-0.7)];
  const from = f64(1.3);

  /** The surrogate: states of the present policies, Q of the present policies, actions of the new ones. */
  const surrogate = (p: Two, steps: number, immediateOnly = false) => {
    const states: Tensor[] = [from];
    while (states.length < steps) {
      const s = states[states.length - 1];
      states.push(nextState(s, act(theta, s)));
    }
    const q = states.map((s, t) => stack([...valuesFrom(theta, s, steps - t, act(p, s))]));
    return deterministicPolicy({ immediateOnly }).surrogate({
      actionValues: reshape(stack(q), [steps, 1, 2]),
      discount,
    });
  };
  const gradient = (values: (p: Two) => Tensor, player: number) =>
    player === 0
      ? grad((x: Tensor) => at(values([x, theta[1]]), 0))(theta[0])
      : grad((x: Tensor) => at(values([theta[0], x]), 1))(theta[1]);
  const mixed = (values: (p: Two) => Tensor) =>
    jacobian((y: Tensor) => grad((x: Tensor) => at(values([x, y]), 0))(theta[0]))(theta[1]);
  const exactly = (steps: number) => (p: Two) => stack([...valuesFrom(p, from, steps)]);

  test('the gradient is exact for both players, and the surrogate evaluates to the values', () => {
    for (const steps of [1, 2, 4]) {
      for (const player of [0, 1]) {
        const found = gradient((p) => surrogate(p, steps), player);
        expect(relativeError(found, gradient(exactly(steps), player))).toBeLessThan(1e-14);
      }
      expect(relativeError(surrogate(theta, steps), exactly(steps)(theta))).toBeLessThan(1e-14);
    }
  });

  test('eq. 23 is the mixed derivative for one step, and wrong for two', () => {
    const immediate = (steps: number) => mixed((p) => surrogate(p, steps, true));
    expect(relativeError(immediate(1), mixed(exactly(1)))).toBeLessThan(1e-14);
    expect(relativeError(immediate(2), mixed(exactly(2)))).toBeGreaterThan(0.1);
  });

  test('second derivatives need immediateOnly, third ones are an error', () => {
    expect(messageOf(() => mixed((p) => surrogate(p, 2)))).toBe(
      'deterministicPolicy: surrogate must be differentiated at most once; got a derivative of order 2',
    );
    const third = jacobian((y: Tensor) =>
      hessian((x: Tensor) => at(surrogate([x, y], 1, true), 0))(theta[0]),
    );
    expect(messageOf(() => third(theta[1]))).toBe(
      'deterministicPolicy: surrogate must be differentiated at most 2 times; got a derivative of order 3',
    );
    expect(messageOf(() => deterministicPolicy().surrogate({ actionValues: zeros([2]), discount: 1 }))).toBe(
      'deterministicPolicy: actionValues must have shape [T, B, N]; got [2]',
    );
  });
});
