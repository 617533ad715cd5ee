/** Measure-valued derivatives under Gaussians: by quadrature, closed forms and sampling. */
import { measureValuedNoise, measureValuedNormal, moments, reparameterisedNormal } from '@descant/estimators';
import {
  add,
  at,
  cast,
  grad,
  greater,
  hessian,
  key,
  mul,
  pow,
  square,
  sub,
  sum,
  type Tensor,
  vmap,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';
import { gaussHermite } from './support/gauss-hermite.ts';
import { f64 } from './support/matrix-game.ts';
import { relativeError } from './support/unbiased.ts';

describe('measure-valued', () => {
  const parameters = { mean: f64([0.7, -0.3]), standardDeviation: f64([0.5, 1.2]) };
  const polynomial = (x: Tensor) => add(mul(pow(at(x, 0), 3), at(x, 1)), square(at(x, 1)));
  // E[x0^3 x1 + x1^2] = (m0^3 + 3 m0 s0^2) m1 + m1^2 + s1^2.
  const exactGradient = () => {
    const [m0, m1, s0, s1] = [0.7, -0.3, 0.5, 1.2];
    return {
      mean: f64([(3 * m0 * m0 + 3 * s0 * s0) * m1, m0 ** 3 + 3 * m0 * s0 * s0 + 2 * m1]),
      standardDeviation: f64([6 * m0 * s0 * m1, 2 * s1]),
    };
  };

  test('unbiased, by quadrature over all three kinds of noise', () => {
    // The estimate is a sum of parts, each linear in functions of one draw. Rayleigh enters by differences f(W) - f(-W),
    // odd in W, and E[odd(W)] = E[odd(z) z] sqrt(pi / 2) for z normal; Maxwell by E[g(M)] = E[g(z) z^2].
    const rule = gaussHermite(8);
    const total = { mean: [0, 0], standardDeviation: [0, 0] };
    const estimate = vmap((n: Tensor, w: Tensor, m: Tensor) =>
      grad((p: typeof parameters) =>
        measureValuedNormal(polynomial, p, { normal: n, rayleigh: w, maxwell: m }),
      )(parameters),
    );
    for (const [i, x] of rule.nodes.entries()) {
      for (const [j, y] of rule.nodes.entries()) {
        // Both elements' Rayleigh and Maxwell draws share a node: they never meet in one evaluation.
        const all = rule.nodes.map((v) => [v, v]);
        const found = estimate(f64(all.map(() => [x, y])), f64(all), f64(all));
        rule.nodes.forEach((v, k) => {
          const weight = rule.probabilities[i] * rule.probabilities[j] * rule.probabilities[k];
          [0, 1].forEach((d) => {
            total.mean[d] += weight * v * Math.sqrt(Math.PI / 2) * found.mean.data[2 * k + d];
            total.standardDeviation[d] += weight * v * v * found.standardDeviation.data[2 * k + d];
          });
        });
      }
    }
    const exact = exactGradient();
    expect(relativeError(f64(total.mean), exact.mean)).toBeLessThan(1e-12);
    expect(relativeError(f64(total.standardDeviation), exact.standardDeviation)).toBeLessThan(1e-12);
  });

  test('the noise has the distributions claimed', () => {
    // n = 100 000, seed 5. Moments of Rayleigh: E w = sqrt(pi/2), E w^2 = 2, E w^4 = 8; of double-sided Maxwell:
    // E m = 0, E m^2 = 3, E m^4 = 15. |z| <= 5: false alarm 6e-7 each, 10 tests.
    const n = 100_000;
    const { normal: z, rayleigh: w, maxwell: m } = measureValuedNoise(key(5), [n], 'float64');
    const checkMean = (values: Tensor, expected: number) => {
      const { mean: found, variance } = moments({
        probabilities: f64(new Array(n).fill(1 / n)),
        values,
        choices: z,
      });
      const standardError = Math.sqrt(variance.item() / n);
      expect(Math.abs(found.item() - expected) / standardError).toBeLessThan(5);
    };
    checkMean(z, 0);
    checkMean(square(z), 1);
    checkMean(w, Math.sqrt(Math.PI / 2));
    checkMean(square(w), 2);
    checkMean(square(square(w)), 8);
    checkMean(m, 0);
    checkMean(square(m), 3);
    checkMean(square(square(m)), 15);
    checkMean(mul(z, m), 0);
    checkMean(mul(sub(w, Math.sqrt(Math.PI / 2)), m), 0);
    expect(() => checkMean(square(m), 3.2)).toThrow();
  });

  test('a function with a jump, whose pathwise derivative is 0', () => {
    // P(x > 0) for x ~ N(m, s): derivatives phi(m/s)/s and -m/s^2 phi(m/s). n = 40 000, seed 6, |z| <= 5.
    const n = 40_000;
    const p = { mean: f64([0.4]), standardDeviation: f64([0.8]) };
    const step = (x: Tensor) => sum(cast(greater(x, 0), 'float64'));
    const noise = measureValuedNoise(key(6), [n, 1], 'float64');
    const values = vmap((one: typeof noise) => grad((q: typeof p) => measureValuedNormal(step, q, one))(p))(
      noise,
    );
    const found = moments({ probabilities: f64(new Array(n).fill(1 / n)), values, choices: values.mean });
    const density = Math.exp(-0.125) / Math.sqrt(2 * Math.PI);
    const exact = { mean: density / 0.8, standardDeviation: (-0.4 / 0.64) * density };
    for (const name of ['mean', 'standardDeviation'] as const) {
      const error = Math.sqrt(found.variance[name].item() / n);
      expect(Math.abs(found.mean[name].item() - exact[name])).toBeLessThan(5 * error + 1e-12);
    }
    expect(grad((q: typeof p) => step(reparameterisedNormal(q, f64([0.3]))))(p).mean.toArray()).toEqual([0]);
  });

  test('carries the chain rule on, and evaluates to f at the draw', () => {
    const noise = measureValuedNoise(key(1), [2], 'float64');
    const through = (t: Tensor) =>
      measureValuedNormal(polynomial, { mean: mul(t, f64([1, 2])), standardDeviation: f64([1, 1]) }, noise);
    const direct = grad((p: typeof parameters) => measureValuedNormal(polynomial, p, noise))({
      mean: f64([3, 6]),
      standardDeviation: f64([1, 1]),
    });
    const chained = direct.mean.data[0] + 2 * direct.mean.data[1];
    expect(grad(through)(f64(3)).item()).toBeCloseTo(chained, 10);
    const x = add(f64([3, 6]), noise.normal);
    expect(through(f64(3)).item()).toBeCloseTo(polynomial(x).item(), 10);
  });

  test('errors', () => {
    const noise = measureValuedNoise(key(1), [2], 'float64');
    const surrogate = (p: typeof parameters, n = noise) => measureValuedNormal(polynomial, p, n);
    const messages = [
      () => surrogate({ ...parameters, mean: f64(1) }),
      () => surrogate({ ...parameters, standardDeviation: f64([1]) }),
      () => surrogate({ ...parameters, standardDeviation: f64([1, -1]) }),
      () => surrogate(parameters, { ...noise, maxwell: f64([1, 2, 3]) }),
      () => hessian((m: Tensor) => surrogate({ ...parameters, mean: m }))(parameters.mean),
    ].map(messageOf);
    expect(messages).toEqual([
      'measureValuedNormal: mean must have shape [D]; got []',
      'measureValuedNormal: standardDeviation must have the shape of the mean, [2]; got [1]',
      'measureValuedNormal: standardDeviation must be positive; got -1',
      'measureValuedNormal: maxwell must have the shape of the mean, [2]; got [3]',
      'measureValuedNormal: surrogate must be differentiated at most once; got a derivative of order 2',
    ]);
  });
});
