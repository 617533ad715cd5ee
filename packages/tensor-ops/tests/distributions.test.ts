/** Distributions: PyTorch's numbers, exact enumeration, laws, sample frequencies, and error messages. */
import {
  add,
  arange,
  exp,
  grad,
  jit,
  key,
  linspace,
  mean,
  mul,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import * as distributions from '@descant/tensor-ops/distributions';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const { bernoulli, categorical, normal, tanhNormal } = distributions;

const f64 = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'float64' });
const int = (values: number | number[]): Tensor => tensor(values, { dtype: 'int32' });

function expectNear(actual: Tensor, expected: readonly number[], tolerance = 1e-13): void {
  expect(actual.size).toBe(expected.length);
  const worst = Math.max(...[...actual.data].map((v, i) => Math.abs(v - expected[i])));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

describe('torch.distributions (PyTorch 1.13, float64)', () => {
  test('Categorical(logits)', () => {
    const p = categorical({
      logits: f64([
        [0.3, -1.2, 2],
        [0, 5, -3],
      ]),
    });
    const q = categorical({
      logits: f64([
        [1, 0, -1],
        [0.5, 0.5, 0],
      ]),
    });
    expectNear(p.logProb(int([2, 0])), [-0.20167124495279065, -5.007048510411064]);
    expectNear(p.entropy(), [0.5621294438874721, 0.043166469311517616]);
    expectNear(p.kl(q), [1.5135212545579646, 0.9150201718503541]);
  });

  test('Bernoulli(logits)', () => {
    const p = bernoulli({ logits: f64([0.7, -4]) });
    const q = bernoulli({ logits: f64([-0.2, 1]) });
    expectNear(p.logProb(tensor([true, false])), [-0.40318604888545784, -0.01814992791780978]);
    expectNear(p.entropy(), [0.6354546083677415, 0.09009476776617598]);
    expectNear(p.kl(q), [0.09632181544748347, 1.2051807097899554]);
  });

  const p = { mean: f64([0.3, -2]), standardDeviation: f64([0.5, 3]) };
  test('Normal, and its TanhTransform', () => {
    const q = { mean: f64([0, 1]), standardDeviation: f64([2, 0.7]) };
    expectNear(normal(p).logProb(f64([1, 0.25])), [-1.2057913526447273, -2.2988008218727822]);
    expectNear(normal(p).entropy(), [0.7257913526447274, 2.5175508218727822]);
    expectNear(normal(p).kl(normal(q)), [0.9287943611198906, 16.412059706168666]);
    expectNear(tanhNormal(p).kl(tanhNormal(q)), [0.9287943611198906, 16.412059706168666]);
    expectNear(tanhNormal(p).logProb(f64([0.9, -0.999])), [-1.3132572093405672, 4.017517165892815], 1e-12);
  });

  test('the comparison rejects a standard deviation that is 0.1 % off', () => {
    const wrong = normal({ ...p, standardDeviation: f64([0.5005, 3]) });
    expect(() =>
      expectNear(wrong.logProb(f64([1, 0.25])), [-1.2057913526447273, -2.2988008218727822]),
    ).toThrow();
  });
});

const logit = fc.double({ min: -6, max: 6, noNaN: true });
const logits = fc.integer({ min: 1, max: 6 }).chain((n) => fc.array(logit, { minLength: n, maxLength: n }));
/** Weights with zeros among them, and at least one that is not zero. */
const simplex = fc
  .array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 6,
  })
  .filter((w) => w.some((v) => v > 0))
  .map((w) => {
    const total = w.reduce((a, b) => a + b, 0);
    return w.map((v) => v / total);
  });

describe('categorical', () => {
  test('probabilities of all classes sum to one, and entropy = log K - KL(p || uniform)', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          logits.map((l) => ({ logits: f64(l) })),
          simplex.map((p) => ({ probabilities: f64(p) })),
        ),
        (parameters) => {
          const p = categorical(parameters);
          const n = p.probabilities.size;
          expect(sum(exp(p.logProb(arange(0, n)))).item()).toBeCloseTo(1, 12);
          const uniform = categorical({ logits: f64(new Array<number>(n).fill(0)) });
          expect(p.entropy().item()).toBeCloseTo(Math.log(n) - p.kl(uniform).item(), 12);
        },
      ),
      { seed: 21 },
    );
  });

  test('KL is not negative, zero for equal distributions and positive for others', () => {
    fc.assert(
      fc.property(logits, fc.infiniteStream(logit), (l, more) => {
        const p = categorical({ logits: f64(l) });
        const other = l.map(() => more.next().value);
        const divergence = p.kl(categorical({ logits: f64(other) })).item();
        const q = [...softmax(f64(other)).data];
        const apart = Math.max(...q.map((v, i) => Math.abs(v - p.probabilities.data[i])));
        // Pinsker: KL >= 2 (total variation)^2 >= 2 (apart / 2)^2.
        expect(divergence).toBeGreaterThanOrEqual(apart ** 2 / 2 - 1e-14);
        expectNear(p.kl(p), [0], 0);
        expectNear(p.kl(categorical({ probabilities: p.probabilities })), [0], 1e-13);
      }),
      { seed: 22 },
    );
  });

  test('excluded classes: exact values, and no NaN in derivatives', () => {
    const masked = f64([0, Number.NEGATIVE_INFINITY, 0]);
    const p = categorical({ logits: masked });
    expectNear(p.entropy(), [Math.LN2]);
    expect(p.logProb(int(1)).item()).toBe(-Infinity);
    expect(p.kl(categorical({ logits: f64([0, 0, 0]) })).item()).toBeCloseTo(Math.log(1.5), 14);
    expect(
      categorical({ logits: f64([0, 0, 0]) })
        .kl(p)
        .item(),
    ).toBe(Infinity);
    const entropy = (x: Tensor) => sum(categorical({ logits: x }).entropy());
    expect(grad(entropy)(masked).toArray()).toEqual([0, 0, 0]);
    const fromSimplex = (x: Tensor) => sum(categorical({ probabilities: x }).entropy());
    const slope = grad(fromSimplex)(f64([0.5, 0, 0.5]));
    expectNear(slope, [Math.LN2 - 1, 0, Math.LN2 - 1]);
  });

  test('derivatives agree with finite differences', () => {
    const q = categorical({ logits: f64([0.1, 0.7, -0.4]) });
    checkGradients(
      (x: Tensor) => {
        const p = categorical({ logits: x });
        return [p.logProb(int([0, 2])), p.entropy(), p.kl(q), q.kl(p)];
      },
      [f64([0.3, -0.2, 1])],
    );
  });

  test('a traced value that is no class has the logarithm NaN', () => {
    const logProb = jit((v: Tensor) => categorical({ logits: f64([0, 0]) }).logProb(v));
    expect([...logProb(int([0, 2, -1])).data]).toEqual([-Math.LN2, Number.NaN, Number.NaN]);
  });
});

describe('bernoulli', () => {
  test('is the categorical distribution over two classes', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), logit, (a, b) => {
        const [p, q] = [a, b].map((l) => bernoulli({ logits: f64([l]) }));
        const [cp, cq] = [a, b].map((l) => categorical({ logits: f64([[0, l]]) }));
        expectNear(p.logProb(true), [...cp.logProb(int([1])).data], 1e-12);
        expectNear(p.logProb(false), [...cp.logProb(int([0])).data], 1e-12);
        expectNear(p.entropy(), [...cp.entropy().data], 1e-12);
        expectNear(p.kl(q), [...cp.kl(cq).data], 1e-10);
      }),
      { seed: 23 },
    );
  });

  test('logits and probabilities describe the same distributions, certain ones included', () => {
    const p = bernoulli({ probabilities: f64([0, 0.25, 1]) });
    const q = bernoulli({ logits: f64([Number.NEGATIVE_INFINITY, -Math.log(3), Number.POSITIVE_INFINITY]) });
    for (const d of [p, q]) {
      expectNear(d.entropy(), [0, 0.5623351446188083, 0], 1e-15);
      expectNear(d.kl(p), [0, 0, 0], 1e-15);
      expect(d.logProb(true).data[0]).toBe(-Infinity);
      expectNear(exp(d.logProb(true)), [0, 0.25, 1], 1e-15);
    }
    const entropy = (x: Tensor) => sum(bernoulli({ probabilities: x }).entropy());
    // At the ends the infinite term, of the outcome that is impossible, counts as zero.
    expectNear(grad(entropy)(f64([0, 0.25, 1])), [1, Math.log(3), -1]);
  });

  test('derivatives agree with finite differences', () => {
    const q = bernoulli({ logits: f64([0.4]) });
    const f = (p: distributions.Bernoulli) => [
      p.logProb(true),
      p.logProb(false),
      p.entropy(),
      p.kl(q),
      q.kl(p),
    ];
    checkGradients((x: Tensor) => f(bernoulli({ logits: x })), [f64([-0.8])]);
    checkGradients((x: Tensor) => f(bernoulli({ probabilities: x })), [f64([0.3])]);
  });
});

/** The trapezoidal rule over evenly spaced points. */
function integrate(values: Tensor, step: number): number {
  return sum(values).item() * step;
}

describe('normal and tanhNormal', () => {
  const cases: [mean: number, standardDeviation: number][] = [
    [0, 1],
    [1.5, 0.3],
    [-2, 2],
    [0.4, 5],
  ];

  test.each(cases)('densities integrate to one, and to entropy and KL: mean %d, deviation %d', (m, s) => {
    const p = normal({ mean: f64([m]), standardDeviation: f64([s]) });
    const q = normal({ mean: f64([0.5]), standardDeviation: f64([1.2]) });
    const x = linspace(m - 12 * s, m + 12 * s, 4001, 'float64');
    const step = (24 * s) / 4000;
    const density = exp(p.logProb(x));
    expect(integrate(density, step)).toBeCloseTo(1, 12);
    expect(-integrate(mul(density, p.logProb(x)), step)).toBeCloseTo(p.entropy().item(), 11);
    expect(integrate(mul(density, sub(p.logProb(x), q.logProb(x))), step)).toBeCloseTo(p.kl(q).item(), 9);
  });

  test.each([...cases, [0.1, 10]])('tanhNormal entropy: mean %d, deviation %d', (m, s) => {
    // In terms of x = atanh(y): H = -int N(x) (log N(x) - log(1 - tanh(x)^2)) dx, on a much finer grid.
    const grid = 64001;
    const [low, high] = [m - 9 * s, m + 9 * s];
    let expected = 0;
    for (let i = 0; i < grid; i++) {
      const x = low + ((high - low) * i) / (grid - 1);
      const logN = -0.5 * ((x - m) / s) ** 2 - Math.log(s) - 0.5 * Math.log(2 * Math.PI);
      const slope = 2 * (Math.LN2 - Math.abs(x) - Math.log1p(Math.exp(-2 * Math.abs(x))));
      expected -= (Math.exp(logN) * (logN - slope) * (high - low)) / (grid - 1);
    }
    const p = tanhNormal({ mean: f64([m]), standardDeviation: f64([s]) });
    expect(Math.abs(p.entropy().item() - expected)).toBeLessThan(s > 5 ? 1e-4 : 1e-8);
  });

  test('tanhNormal density integrates to one over (-1, 1)', () => {
    const p = tanhNormal({ mean: f64([0.3]), standardDeviation: f64([0.6]) });
    const n = 20000;
    const y = linspace(-1 + 1 / n, 1 - 1 / n, n, 'float64');
    expect(integrate(exp(p.logProb(y)), 2 / n)).toBeCloseTo(1, 8);
  });

  test('KL is not negative, and zero for equal parameters', () => {
    const positive = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(logit, positive, logit, positive, (m1, s1, m2, s2) => {
        const p = normal({ mean: f64([m1]), standardDeviation: f64([s1]) });
        const q = normal({ mean: f64([m2]), standardDeviation: f64([s2]) });
        expect(p.kl(q).item()).toBeGreaterThanOrEqual(-1e-15);
        expect(p.kl(p).item()).toBe(0);
        if (Math.abs(m1 - m2) > 0.01) expect(p.kl(q).item()).toBeGreaterThan(0);
      }),
      { seed: 24 },
    );
  });

  test('sampleWithLogProb agrees with logProb, and stays finite where tanh rounds to one', () => {
    const p = tanhNormal({ mean: f64([0.2]), standardDeviation: f64([0.8]) });
    const { value, logProb } = p.sampleWithLogProb(key(3), [200]);
    expectNear(logProb, [...p.logProb(value).data], 1e-9);
    const far = tanhNormal({ mean: tensor([30]), standardDeviation: tensor([1]) }).sampleWithLogProb(
      key(3),
      [5],
    );
    expect([...far.value.data]).toEqual([1, 1, 1, 1, 1]);
    for (const v of far.logProb.data) expect(Number.isFinite(v) && v > 40).toBe(true);
  });

  test('derivatives agree with finite differences, through samples too', () => {
    const q = normal({ mean: 0.1, standardDeviation: 1.4 });
    checkGradients(
      (m: Tensor, s: Tensor) => {
        const p = normal({ mean: m, standardDeviation: s });
        const t = tanhNormal({ mean: m, standardDeviation: s });
        const drawn = t.sampleWithLogProb(key(1), [2, 2]);
        return [p.logProb(0.3), p.entropy(), p.kl(q), p.sample(key(2)), t.logProb(0.4), t.entropy(), drawn];
      },
      [f64([0.3, -0.5]), f64([0.7, 1.2])],
    );
  });
});

describe('samples', () => {
  // Each |z| > 5 has probability 6e-7; there are fewer than 20 scores.
  const n = 20000;
  const score = (count: number, p: number) => (count - n * p) / Math.sqrt(n * p * (1 - p));

  test.each([
    ['logits', categorical({ logits: tensor([0, 1, -1]) })],
    ['probabilities', categorical({ probabilities: tensor([0.5, 0, 0.5]) })],
  ])('categorical from %s: frequencies are the probabilities (n = 20000)', (_name, p) => {
    const counts = [0, 0, 0];
    for (const v of p.sample(key(31), [n]).data) counts[v]++;
    counts.forEach((count, i) => {
      const expected = p.probabilities.data[i];
      if (expected === 0) expect(count).toBe(0);
      else expect(Math.abs(score(count, expected))).toBeLessThan(5);
    });
  });

  test('bernoulli: frequencies are the probabilities (n = 20000), and 3 % more is noticed', () => {
    const count = sum(bernoulli({ logits: tensor(-1) }).sample(key(32), [n])).item();
    const p = 1 / (1 + Math.E);
    expect(Math.abs(score(count, p))).toBeLessThan(5);
    expect(Math.abs(score(count + 0.03 * n, p))).toBeGreaterThan(5);
  });

  test('normal and tanhNormal: means and entropies of samples (n = 20000)', () => {
    for (const make of [normal, tanhNormal]) {
      const p = make({ mean: tensor(0.5), standardDeviation: tensor(0.7) });
      const logProb = p.logProb(p.sample(key(33), [n]));
      const center = mean(logProb);
      const deviation = Math.sqrt(mean(square(sub(logProb, center))).item());
      const z = (center.item() + p.entropy().item()) / (deviation / Math.sqrt(n));
      expect(Math.abs(z)).toBeLessThan(5);
    }
    const x = normal({ mean: tensor(3), standardDeviation: tensor(0.1) }).sample(key(34), [n]);
    expect(Math.abs((mean(x).item() - 3) / (0.1 / Math.sqrt(n)))).toBeLessThan(5);
  });

  test('shapes: the batch by default, or a given shape that ends with it', () => {
    const p = categorical({
      logits: tensor([
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    });
    expect(p.sample(key(0)).shape).toEqual([3]);
    expect(p.sample(key(0), [5, 3]).shape).toEqual([5, 3]);
    const q = normal({ mean: tensor([0, 0]), standardDeviation: tensor([[1], [2]]) });
    expect(q.sample(key(0)).shape).toEqual([2, 2]);
    expect(q.entropy().shape).toEqual([2, 2]);
  });

  test('compiled results are those of plain evaluation', () => {
    const f = (l: Tensor) => {
      const p = categorical({ logits: l });
      const action = p.sample(key(4), [6]);
      return { action, logProb: p.logProb(action), entropy: add(p.entropy(), 0) };
    };
    const [plain, compiled] = [f, jit(f)].map((g) => g(f64([0.1, 0.5, -0.3])));
    expect(compiled.action.toArray()).toEqual(plain.action.toArray());
    expectNear(compiled.logProb, [...plain.logProb.data]);
    expectNear(compiled.entropy, [...plain.entropy.data]);
  });
});

test('errors name the function, what was expected and what came', () => {
  expect(() => categorical({ probabilities: tensor([0.5, 0.4]) })).toThrow(
    /categorical: probabilities must sum to 1 within 0.00001; got 0.899/,
  );
  expect(() => categorical({ probabilities: tensor([1.5, -0.5]) })).toThrow(
    'categorical: probabilities must not be negative; got -0.5',
  );
  expect(() => categorical({ logits: tensor(1) })).toThrow(
    'categorical: logits must have a last axis of classes; got []',
  );
  expect(() => categorical({ logits: tensor([0, 0]) }).logProb(int(2))).toThrow(
    'categorical: value must lie in [0, 1]; got 2',
  );
  expect(() => categorical({ logits: tensor([0, 0]) }).logProb(tensor(1))).toThrow(
    'categorical: value must be int32 or uint32; got float32',
  );
  expect(() => bernoulli({ probabilities: tensor([1.1]) })).toThrow(
    /bernoulli: probabilities must lie in \[0, 1\]; got 1.1/,
  );
  expect(() => bernoulli({ logits: 0 }).logProb(2)).toThrow('bernoulli: value must be 0 or 1; got 2');
  expect(() => normal({ mean: 0, standardDeviation: 0 })).toThrow(
    'normal: standardDeviation must be positive; got 0',
  );
  expect(() => tanhNormal({ mean: 0, standardDeviation: 1 }).logProb(1)).toThrow(
    'tanhNormal: value must lie inside (-1, 1); got 1',
  );
});
