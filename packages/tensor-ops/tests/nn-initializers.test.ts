/** Initialisers: JAX's numbers, moments of samples, orthogonality, and error messages. */
import {
  at,
  eye,
  jit,
  key,
  matmul,
  mean,
  split,
  square,
  stack,
  type Tensor,
  transpose,
  vmap,
} from '@descant/tensor-ops';
import * as nn from '@descant/tensor-ops/nn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

function expectNear(actual: Tensor, expected: readonly number[], tolerance: number): void {
  expect(actual.size).toBe(expected.length);
  const worst = Math.max(...[...actual.data].map((v, i) => Math.abs(v - expected[i])));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

describe('jax.nn.initializers (0.10.2) with key(3), float32', () => {
  const cases: [string, nn.Initializer, number[], number[]][] = [
    [
      'glorot_uniform()',
      nn.glorotUniform,
      [3, 2],
      [
        -0.9332041144371033, 0.959926187992096, 0.3263484835624695, 1.0420334339141846, -0.4855499863624573,
        0.1817082315683365,
      ],
    ],
    [
      'he_uniform()',
      nn.heUniform,
      [3, 2],
      [
        -1.204761266708374, 1.2392592430114746, 0.4213140606880188, 1.3452593088150024, -0.6268423199653625,
        0.23458430171012878,
      ],
    ],
    [
      'lecun_uniform()',
      nn.lecunUniform,
      [2, 3, 2],
      [
        -0.602380633354187, 0.6196296215057373, 0.2106570303440094, 0.6726296544075012, -0.3134211599826813,
        0.11729215085506439, -0.5564852356910706, -0.1674908995628357, -0.40882930159568787,
        -0.5261408686637878, 0.3350429832935333, -0.4863070249557495,
      ],
    ],
    [
      'orthogonal(2)',
      nn.orthogonal(2),
      [2, 3],
      [
        -1.7996418476104736, 0.4759695529937744, -0.7312606573104858, 0.5606727600097656, 1.9151732921600342,
        -0.13325747847557068,
      ],
    ],
    [
      'orthogonal()',
      nn.orthogonal(),
      [3, 2],
      [
        -0.8998209238052368, 0.2803363800048828, 0.2379847764968872, 0.9575866460800171, -0.3656303286552429,
        -0.06662873923778534,
      ],
    ],
  ];
  test.each(cases)('%s', (_name, initializer, shape, expected) => {
    expectNear(initializer(key(3), shape), expected, 1e-6);
  });
});

describe('initialisers', () => {
  // Sample mean and variance of n = 40000 normal numbers: z below 5 in absolute value fails falsely with
  // probability 6e-7. The variance of a squared normal deviate is 2.
  const n = 40000;
  const cases: [string, nn.Initializer, number][] = [
    ['glorotNormal', nn.glorotNormal, 2 / 400],
    ['heNormal', nn.heNormal, 2 / 200],
    ['lecunNormal', nn.lecunNormal, 1 / 200],
    ['normalInitializer(0.5)', nn.normalInitializer(0.5), 0.25],
  ];
  const scores = (draw: Tensor, variance: number) => ({
    mean: mean(draw).item() / Math.sqrt(variance / n),
    variance: (mean(square(draw)).item() - variance) / (variance * Math.sqrt(2 / n)),
  });
  test.each(cases)('%s has mean zero and its variance', (_name, initializer, variance) => {
    const z = scores(initializer(key(11), [200, 200]), variance);
    expect(Math.abs(z.mean)).toBeLessThan(5);
    expect(Math.abs(z.variance)).toBeLessThan(5);
  });

  test('the score rejects a variance that is 5 % off', () => {
    expect(Math.abs(scores(nn.heNormal(key(11), [200, 200]), 1.05 * (2 / 200)).variance)).toBeGreaterThan(5);
  });

  test('uniformInitializer stays within its bound', () => {
    const { data } = nn.uniformInitializer(0.2)(key(1), [1000]);
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(0.2);
    expect(Math.max(...data)).toBeGreaterThan(0.19);
  });

  test('orthogonal matrices are orthogonal on their shorter side, compiled and batched too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(1000),
        (m, n, seed) => {
          const q = nn.orthogonal()(key(seed), [m, n], 'float64');
          const gram = m < n ? matmul(q, transpose(q)) : matmul(transpose(q), q);
          expectNear(gram, [...eye(Math.min(m, n), 'float64').data], 1e-12);
        },
      ),
      { seed: 5, numRuns: 40 },
    );
    const draw = (k: Tensor) => nn.orthogonal()(k, [4, 3]);
    const keys = split(key(2), 3);
    const each = stack([0, 1, 2].map((i) => draw(at(keys, i))));
    expectNear(jit(vmap(draw))(keys), [...each.data], 1e-5);
  });
});

test('errors name the function, what was expected and what came', () => {
  expect(() => nn.glorotUniform(key(0), [3])).toThrow(
    'glorotUniform: shape must have at least two axes; got [3]',
  );
  expect(() => nn.orthogonal()(key(0), [3])).toThrow(
    'orthogonal: shape must have at least two axes; got [3]',
  );
});
