/** Evolution strategies, PES and finite differences: exact expectations by quadrature and over all signs. */
import {
  type Chance,
  enumerate,
  evolutionStrategies,
  finiteDifferences,
  linearSurrogate,
  moments,
  persistentEvolution,
} from '@descant/estimators';
import {
  add,
  at,
  exp,
  fori,
  gather,
  grad,
  hessian,
  jit,
  key,
  mul,
  normal,
  pow,
  reshape,
  sin,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';
import { gaussHermite } from './support/gauss-hermite.ts';
import { f64 } from './support/matrix-game.ts';
import { reference } from './support/reference.ts';
import { relativeError } from './support/unbiased.ts';

const rule = gaussHermite(6);
const logWeights = f64(rule.probabilities.map(Math.log));
/** Standard normals as discrete draws, exact for polynomials of degree 11 in each: [n]. */
const drawNormals = (chance: Chance, n: number): Tensor =>
  stack(Array.from({ length: n }, () => gather(f64(rule.nodes), chance.categorical(logWeights))));

const kinds = ['vanilla', 'baselined', 'antithetic'] as const;

describe('evolution strategies', () => {
  const cubic = (x: Tensor) => {
    const { A, b, c } = reference.es;
    const quadratic = sum(mul(reshape(x, [2, 1]), mul(f64(A), x)));
    return add(add(mul(quadratic, 0.5), sum(mul(f64(b), x))), mul(sum(pow(x, 3)), c));
  };
  const { x, sigma } = reference.es;

  test.each(kinds)('%s: unbiased for the gradient of the smoothed function', (kind) => {
    const { mean } = moments(
      enumerate((chance) => {
        const noise = reshape(drawNormals(chance, 4), [2, 2]);
        return grad((v: Tensor) => evolutionStrategies(cubic, v, noise, { standardDeviation: sigma, kind }))(
          f64(x),
        );
      }),
    );
    expect(relativeError(mean, f64(reference.es.exact_smoothed_grad))).toBeLessThan(1e-12);
    // That is not the gradient of the function itself: the smoothing adds 3 c sigma^2 to each element.
    expect(relativeError(mean, grad(cubic)(f64(x)))).toBeGreaterThan(0.05);
  });

  test('for quadratic functions of trees, all signs: exactly the gradient', () => {
    const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 5, maxLength: 5 });
    const tree = ([a, b, c]: readonly number[]) => ({ vector: f64([a, b]), scalar: f64(c) });
    fc.assert(
      fc.property(
        numbers,
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.constantFrom(...kinds),
        (n, s, kind) => {
          const place = tree(n);
          const f = (p: typeof place) =>
            add(
              mul(square(sum(mul(p.vector, f64([n[3], 1])))), p.scalar.rank + 0.5),
              mul(square(p.scalar), n[4]),
            );
          const { mean } = moments(
            enumerate((chance) => {
              const noise = { vector: chance.signs([1, 2], 'float64'), scalar: chance.signs([1], 'float64') };
              return grad((p: typeof place) =>
                evolutionStrategies(f, p, noise, { standardDeviation: s, kind }),
              )(place);
            }),
          );
          const exact = grad(f)(place);
          expect(relativeError(mean.vector, exact.vector)).toBeLessThan(1e-9);
          expect(relativeError(mean.scalar, exact.scalar)).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('dividing by sigma once too often is seen', () => {
    const { mean } = moments(
      enumerate((chance) => {
        const noise = chance.signs([1, 2], 'float64');
        const surrogate = (v: Tensor) => evolutionStrategies(cubic, v, noise, { standardDeviation: sigma });
        return mul(grad(surrogate)(f64(x)), 1 / sigma);
      }),
    );
    expect(relativeError(mean, f64(reference.es.exact_smoothed_grad))).toBeGreaterThan(0.1);
  });

  test('compiled, and as one link of a chain', () => {
    const noise = normal(key(0), [8, 2], 'float64');
    const options = { standardDeviation: 0.3 };
    const chain = (t: Tensor) => evolutionStrategies(cubic, mul(t, f64([1, -2])), noise, options);
    const direct = grad((v: Tensor) => evolutionStrategies(cubic, v, noise, options))(f64([0.5, -1])).data;
    expect(grad(chain)(f64(0.5)).item()).toBeCloseTo(direct[0] - 2 * direct[1], 12);
    expect(jit(grad(chain))(f64(0.5)).item()).toBeCloseTo(direct[0] - 2 * direct[1], 12);
  });

  test('errors', () => {
    const noise = f64([[1, 1]]);
    const run = (options: object, e = noise) =>
      evolutionStrategies(cubic, f64(x), e, { standardDeviation: 1, ...options });
    const messages = [
      () => run({ standardDeviation: 0 }),
      () => run({ standardDeviation: Number.NaN }),
      () => run({ kind: 'mirrored' }),
      () => run({}, f64([1, 1])),
      () => run({}, tensor([], { shape: [0, 2], dtype: 'float64' })),
      () => hessian((v: Tensor) => evolutionStrategies(cubic, v, noise, { standardDeviation: 1 }))(f64(x)),
    ].map(messageOf);
    const noiseError = 'evolutionStrategies: noise must hold a tensor [S, 2] for each one of x, with one S';
    expect(messages).toEqual([
      'evolutionStrategies: standardDeviation must be positive; got 0',
      'evolutionStrategies: standardDeviation must be positive; got NaN',
      'evolutionStrategies: kind must be vanilla, baselined or antithetic; got mirrored',
      `${noiseError}; got [2]`,
      `${noiseError}; got [0, 2]`,
      'evolutionStrategies: surrogate must be differentiated at most once; got a derivative of order 2',
    ]);
  });
});

describe('persistent evolution strategies', () => {
  // State s <- a s + x y, objective s^2: two parameters, three pieces. Degree 2 in each noise but the product x y.
  type Parameters = { readonly x: Tensor; readonly y: Tensor };
  const unroll = ({ x, y }: Parameters, s: Tensor) => {
    const next = add(mul(s, 0.8), mul(x, y));
    return { state: next, objective: square(next) };
  };
  const parameters: Parameters = { x: f64(0.7), y: f64(-1.2) };
  const start = f64(0.5);
  const sigma = 0.3;
  const pieces = 3;
  const smoothed = (p: Parameters) =>
    // E over independent noise in each piece, in closed form: with u = x y + noise, E u = x y and
    // Var u = sigma^2 (x^2 + y^2) + sigma^4, so E s_k^2 = (E s_k)^2 + sum_j 0.8^(2 (k - j)) Var u.
    Array.from({ length: pieces }, (_, k) => {
      const drift = Array.from({ length: k + 1 }, (_, j) => 0.8 ** j).reduce((a, b) => a + b);
      const spread = Array.from({ length: k + 1 }, (_, j) => 0.8 ** (2 * j)).reduce((a, b) => a + b);
      const average = add(mul(start, 0.8 ** (k + 1)), mul(mul(p.x, p.y), drift));
      return add(square(average), mul(mul(add(square(p.x), square(p.y)), sigma ** 2), spread));
    }).reduce((a, b) => add(a, b));

  /** The sum of the gradients of all pieces; `forget` starts the accumulated noise anew in each. */
  const meanGradient = (forget: boolean) =>
    moments(
      enumerate((chance) => {
        const pes = persistentEvolution({ unroll, standardDeviation: sigma });
        let state = pes.init(parameters, start, 1);
        const gradients: Parameters[] = [];
        for (let k = 0; k < pieces; k++) {
          const noise = { x: drawSigns(chance), y: drawSigns(chance) };
          if (forget) state = { ...state, accumulated: pes.init(parameters, start, 1).accumulated };
          const next = pes.step(state, parameters, noise);
          gradients.push(next.gradient);
          state = next.state;
        }
        return gradients.reduce((a, b) => ({ x: add(a.x, b.x), y: add(a.y, b.y) }));
      }),
    ).mean;
  // Three nodes integrate polynomials of degree 5 exactly: here degree 2 of the noise times the noise itself.
  const coarse = gaussHermite(3);
  const drawSigns = (chance: Chance) =>
    reshape(gather(f64(coarse.nodes), chance.categorical(f64(coarse.probabilities.map(Math.log)))), [1]);

  test('unbiased for the smoothed sum over all pieces', () => {
    const [found, exact] = [meanGradient(false), grad(smoothed)(parameters)];
    expect(relativeError(found.x, exact.x)).toBeLessThan(1e-12);
    expect(relativeError(found.y, exact.y)).toBeLessThan(1e-12);
  });

  test('truncated ES, which forgets the noise of earlier pieces, is biased', () => {
    const [found, exact] = [meanGradient(true), grad(smoothed)(parameters)];
    expect(relativeError(found.x, exact.x)).toBeGreaterThan(0.1);
  });

  test('many particles: the mean of single ones; compiled in a loop', () => {
    const pes = persistentEvolution({ unroll, standardDeviation: sigma });
    const noise = (seed: number) => ({
      x: normal(key(seed), [4], 'float64'),
      y: normal(key(seed + 1), [4], 'float64'),
    });
    const one = (tree: Parameters, i: number) => ({
      x: reshape(at(tree.x, i), [1]),
      y: reshape(at(tree.y, i), [1]),
    });
    let all = pes.init(parameters, start, 4);
    let each = [0, 1, 2, 3].map(() => pes.init(parameters, start, 1));
    for (const seed of [10, 20]) {
      const together = pes.step(all, parameters, noise(seed));
      const alone = each.map((state, i) => pes.step(state, parameters, one(noise(seed), i)));
      const average = alone.map((a) => a.gradient.x).reduce((a, b) => add(a, b));
      expect(relativeError(together.gradient.x, mul(average, 0.25))).toBeLessThan(1e-13);
      all = together.state;
      each = alone.map((a) => a.state);
    }
    const looped = jit((state: typeof all) =>
      fori(0, 5, (_i, s) => pes.step(s, parameters, noise(3)).state, state),
    )(all);
    let plain = all;
    for (let k = 0; k < 5; k++) plain = pes.step(plain, parameters, noise(3)).state;
    expect(relativeError(looped.ahead, plain.ahead)).toBeLessThan(1e-13);
  });

  test('errors', () => {
    const pes = persistentEvolution({ unroll, standardDeviation: 1 });
    const state = pes.init(parameters, start, 2);
    expect([
      messageOf(() => persistentEvolution({ unroll, standardDeviation: -1 })),
      messageOf(() => pes.init(parameters, start, 0)),
      messageOf(() => pes.step(state, parameters, { x: f64([1, 1]), y: f64([1]) })),
    ]).toEqual([
      'persistentEvolution: standardDeviation must be positive; got -1',
      'persistentEvolution: particles must be a whole number of at least 1; got 0',
      'persistentEvolution: noise must hold a tensor [S, ] for each one of x, with one S; got [1]',
    ]);
  });
});

describe('finite differences', () => {
  const smooth = (p: { a: Tensor; b: Tensor }) => sum(mul(exp(p.a), sin(add(p.a, p.b))));
  const coordinate = fc.double({ min: -2, max: 2, noNaN: true });

  test('agree with the derivative: central to order h^2, forward to order h', () => {
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, (x, y, z) => {
        const p = { a: f64([x, y]), b: f64(z) };
        const exact = grad(smooth)(p);
        const found = (step: number, kind: 'central' | 'forward') =>
          grad((q: typeof p) => finiteDifferences(smooth, q, { step, kind }))(p);
        // |third derivatives| of exp(a) sin(a + b) are at most 2^(3/2) exp(2) each; two terms share b.
        for (const part of ['a', 'b'] as const) {
          expect(maxDifference(found(1e-3, 'central')[part], exact[part])).toBeLessThan(2e-5);
          expect(maxDifference(found(1e-3, 'forward')[part], exact[part])).toBeLessThan(4e-2);
        }
      }),
    );
  });

  test('central differences are exact for quadratics, forward ones are off by h times the curvature', () => {
    const f = (v: Tensor) => sum(square(v));
    const x = f64([3, -4]);
    const found = (kind: 'central' | 'forward') =>
      grad((v: Tensor) => finiteDifferences(f, v, { step: 0.5, kind }))(x).toArray();
    expect(found('central')).toEqual([6, -8]);
    expect(found('forward')).toEqual([6.5, -7.5]);
  });

  test('float32 parameters get a larger step, and the value is f(x)', () => {
    const f = (v: Tensor) => sum(square(v));
    const x = tensor([3, -4]);
    expect(finiteDifferences(f, x).item()).toBe(25);
    expect(maxDifference(grad((v: Tensor) => finiteDifferences(f, v))(x), tensor([6, -8]))).toBeLessThan(
      0.02,
    );
  });

  test('errors', () => {
    const f = (v: Tensor) => sum(square(v));
    const x = f64([1, 2]);
    expect([
      messageOf(() => finiteDifferences(f, x, { step: 0 })),
      messageOf(() => finiteDifferences(f, x, { kind: 'backward' as 'forward' })),
      messageOf(() => hessian((v: Tensor) => finiteDifferences(f, v))(x)),
    ]).toEqual([
      'finiteDifferences: step must be positive; got 0',
      'finiteDifferences: kind must be central or forward; got backward',
      'finiteDifferences: surrogate must be differentiated at most once; got a derivative of order 2',
    ]);
  });
});

const maxDifference = (a: Tensor, b: Tensor): number => Math.max(...Array.from(sub(a, b).data, Math.abs));

test('a linear surrogate has the given value and gradient, whatever the point', () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(number, number, number, (x, value, slope) => {
      const surrogate = (v: Tensor) => linearSurrogate('test', v, f64(value), f64(slope));
      // Equal as numbers: 0 and -0 may stand for each other.
      expect(surrogate(f64(x)).item() === value).toBe(true);
      expect(grad(surrogate)(f64(x)).item() === slope).toBe(true);
    }),
  );
});
