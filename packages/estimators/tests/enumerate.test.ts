/** Complete enumeration against plain JavaScript, closed forms and sampling. */
import { type Chance, enumerate, expectation, moments } from '@descant/estimators';
import {
  add,
  at,
  cast,
  fori,
  gather,
  grad,
  hessian,
  jit,
  jsExecutor,
  key,
  log,
  mul,
  normal,
  scan,
  sigmoid,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';

const f64 = (values: number[] | number[][]) => tensor(values, { dtype: 'float64' });

/** A chain: the state is the last choice, and row `state` of the logits [K, K] decides the next. */
const chain =
  (logits: Tensor, steps: number) =>
  (chance: Chance): Tensor => {
    const visited: Tensor[] = [];
    let state: Tensor = tensor(0, { dtype: 'int32' });
    for (let t = 0; t < steps; t++) {
      state = chance.categorical(gather(logits, state));
      visited.push(state);
    }
    return stack(visited);
  };

const softmaxRow = (row: readonly number[]) => {
  const top = Math.max(...row);
  const powers = row.map((x) => Math.exp(x - top));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / total);
};

describe('enumerate', () => {
  const chains = fc
    .record({ actions: fc.integer({ min: 1, max: 3 }), steps: fc.integer({ min: 1, max: 4 }) })
    .chain(({ actions, steps }) =>
      fc.record({
        steps: fc.constant(steps),
        batch: fc.integer({ min: 1, max: 20 }),
        logits: fc.array(
          fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: actions, maxLength: actions }),
          { minLength: actions, maxLength: actions },
        ),
      }),
    );

  test('visits every path of a Markov chain once, with its probability in plain numbers', () => {
    fc.assert(
      fc.property(chains, ({ logits, steps, batch }) => {
        const { choices, probabilities, values } = enumerate(chain(f64(logits), steps), { batch });
        const paths = choices.toArray() as number[][];
        expect(new Set(paths.map(String)).size).toBe(logits.length ** steps);
        expect(paths).toHaveLength(logits.length ** steps);
        expect(values.toArray()).toEqual(paths);
        const rows = logits.map(softmaxRow);
        paths.forEach((path, k) => {
          const exact = path.reduce((p, a, t) => p * rows[t === 0 ? 0 : path[t - 1]][a], 1);
          expect(Math.abs(probabilities.data[k] - exact)).toBeLessThan(1e-12 * exact + 1e-300);
        });
        expect(Array.from(probabilities.data).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }),
      { numRuns: 40 },
    );
  });

  test('the last draw changes fastest, and batched logits are draws of their own', () => {
    const { choices, values } = enumerate((chance) => chance.categorical(zeros([2, 3])));
    expect(choices.shape).toEqual([9, 2]);
    expect((choices.toArray() as number[][]).slice(0, 4)).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
    ]);
    expect(values.toArray()).toEqual(choices.toArray());
  });

  test('a program without draws has one outcome', () => {
    const { probabilities, values } = enumerate(() => ({ x: tensor([1, 2]) }));
    expect(probabilities.toArray()).toEqual([1]);
    expect(values.x.toArray()).toEqual([[1, 2]]);
  });

  test('float32 logits give float64 probabilities that sum to one', () => {
    const { probabilities } = enumerate((chance) => chance.categorical(tensor([0.1, 0.2, 0.3])));
    expect(probabilities.dtype).toBe('float64');
    expect(Math.abs(Array.from(probabilities.data).reduce((a, b) => a + b, -1))).toBeLessThan(1e-15);
  });

  test('the same on every executor, in every batch size, and compiled from outside', () => {
    const logits = normal(key(3), [3, 3], 'float64');
    const value = (l: Tensor) => expectation(enumerate(chain(l, 4)));
    const plain = value(logits).data;
    const others = [
      expectation(enumerate(chain(logits, 4), { executor: jsExecutor })),
      expectation(enumerate(chain(logits, 4), { batch: 7 })),
      jit(value)(logits),
      at(vmap(value)(stack([logits, logits])), 1),
    ];
    for (const other of others) {
      other.data.forEach((x, i) => {
        expect(Math.abs(x - plain[i])).toBeLessThan(1e-14);
      });
    }
  });

  test('derivatives through probabilities and values, to third order', () => {
    // a is 1 with probability s = sigmoid(x): E[x a + a^2] = (x + 1) s.
    const enumerated = (x: Tensor) =>
      expectation(
        enumerate((chance) => {
          const a = cast(chance.categorical(stack([zeros([], 'float64'), x])), 'float64');
          return add(mul(x, a), square(a));
        }),
      );
    const closed = (x: Tensor) => mul(add(x, 1), sigmoid(x));
    const x = tensor(0.3, { dtype: 'float64' });
    for (const order of [0, 1, 2, 3]) {
      const derivative = (f: (x: Tensor) => Tensor) =>
        Array.from({ length: order })
          .reduce<(x: Tensor) => Tensor>(
            (g) => grad(g),
            f,
          )(x)
          .item();
      expect(Math.abs(derivative(enumerated) - derivative(closed))).toBeLessThan(1e-14);
    }
    const vector = hessian((v: Tensor) => sum(expectation(enumerate(chain(stack([v, v]), 2)))))(
      f64([0.2, -0.4]),
    );
    expect(vector.shape).toEqual([2, 2]);
  });

  test('signs drawn before a scan', () => {
    const outcomes = enumerate((chance) => {
      const signs = chance.signs([10], 'float64');
      return scan(
        (total: Tensor, s: Tensor) => [add(mul(total, 0.5), s), total] as [Tensor, Tensor],
        zeros([], 'float64'),
        signs,
      )[0];
    });
    const { mean, totalVariance } = moments(outcomes);
    expect(mean.item()).toBe(0);
    expect(totalVariance).toBeCloseTo((1 - 0.25 ** 10) / 0.75, 14);
  });

  test('impossible outcomes do not count, whatever their values', () => {
    const outcomes = enumerate((chance) => {
      const a = chance.categorical(f64([0, Number.NEGATIVE_INFINITY]));
      return log(sub(1, cast(a, 'float64')));
    });
    expect(outcomes.values.data[1]).toBe(Number.NEGATIVE_INFINITY);
    expect(expectation(outcomes).item()).toBe(0);
    expect(moments(outcomes).variance.item()).toBe(0);
  });

  test('a probability that is off by a little is seen', () => {
    const right = enumerate((chance) => chance.signs([3], 'float64'));
    const wrong = { ...right, probabilities: mul(right.probabilities, f64([1, 1, 1, 1, 1, 1, 1, 1.000001])) };
    expect(Math.abs(moments(right).mean.data[0])).toBe(0);
    expect(Math.abs(moments(wrong).mean.data[0])).toBeGreaterThan(1e-8);
  });

  test('errors', () => {
    const messages = [
      () => enumerate((chance) => chance.normal([2])),
      () => enumerate((chance) => chance.signs([21])),
      () => enumerate((chance) => chance.signs([2]), { maxOutcomes: 3 }),
      () => enumerate((chance) => chance.signs([2]), { batch: 0 }),
      () => enumerate((chance) => chance.signs([2]), { maxOutcomes: Number.NaN }),
      () => enumerate((chance) => chance.categorical(tensor(1))),
      () => enumerate((chance) => chance.categorical(zeros([2], 'int32'))),
      () => enumerate((chance) => chance.categorical(zeros([2, 0]))),
      () => enumerate((chance) => chance.categorical(tensor([0, Number.NaN]))),
      () =>
        enumerate((chance) =>
          chance.categorical(mul(cast(chance.signs([2]), 'float64'), Number.POSITIVE_INFINITY)),
        ),
      () => moments(enumerate((chance) => log(chance.signs([1])))),
    ].map(messageOf);
    expect(messages).toEqual([
      'enumerate: program must make discrete draws only; got one that draws normals',
      'enumerate: program must have at most 1048576 outcomes; got 2097152',
      'enumerate: program must have at most 3 outcomes; got 4',
      'enumerate: batch must be a whole number of at least 1; got 0',
      'enumerate: maxOutcomes must be a whole number of at least 1; got NaN',
      'chance.categorical: logits must be a float tensor [..., K]; got float32 []',
      'chance.categorical: logits must be a float tensor [..., K]; got int32 [2]',
      'chance.categorical: logits must have K >= 1; got float32 [2, 0]',
      'chance.categorical: logits must not be NaN; got NaN',
      expect.stringMatching(/^enumerate: probabilities must be finite; got NaN for outcome \d+$/),
      'moments: values must be finite; got NaN in outcome 0',
    ]);
  });

  test('a draw inside a loop is an error, not a wrong answer', () => {
    const start = tensor(0, { dtype: 'float64' });
    const walk = (chance: Chance) => fori(0, 3, (_i, x) => add(x, chance.signs([], 'float64')), start);
    const batch = (chance: Chance) =>
      vmap((x: Tensor) => add(x, chance.signs([], 'float64')))(stack([start, start]));
    const message =
      'chance: program must draw outside of loops and transformations; got a draw in a function that is traced once';
    expect(messageOf(() => enumerate(walk))).toBe(message);
    expect(messageOf(() => enumerate(batch))).toBe(message);
  });
});

describe('moments', () => {
  test('of a biased coin, to the last digits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -8, max: 8, noNaN: true }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (x, offset) => {
          const p = 1 / (1 + Math.exp(-x));
          const { mean, variance } = moments(
            enumerate((chance) => add(cast(chance.categorical(f64([0, x])), 'float64'), offset)),
          );
          expect(Math.abs(mean.item() - (offset + p))).toBeLessThan(1e-15 * (1 + Math.abs(offset)) * 4);
          expect(Math.abs(variance.item() - p * (1 - p))).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('trees: a mean and a variance for every element, and their sum', () => {
    const { mean, variance, totalVariance } = moments(
      enumerate((chance) => {
        const s = chance.signs([2], 'float64');
        return { double: mul(s, 2), product: mul(at(s, 0), at(s, 1)) };
      }),
    );
    expect(mean.double.toArray()).toEqual([0, 0]);
    expect(variance.double.toArray()).toEqual([4, 4]);
    expect(variance.product.item()).toBe(1);
    expect(totalVariance).toBe(9);
  });
});
