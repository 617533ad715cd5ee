/** Laws of the remaining public functions, on drawn inputs. */
import {
  deterministicPolicy,
  enumerate,
  expectation,
  followingValues,
  givenAdvantages,
  loadedDice,
  moments,
  oneHotOf,
  persistentEvolution,
  reparameterisedNormal,
  rewardToGo,
  scoreFunction,
  simulate,
  straightThrough,
} from '@descant/estimators';
import {
  add,
  at,
  grad,
  jit,
  key,
  mul,
  normal,
  reshape,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  vmap,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { f64 } from './support/matrix-game.ts';
import { relativeError } from './support/unbiased.ts';

const number = fc.double({ min: -5, max: 5, noNaN: true });
const vector = (n: number) => fc.array(number, { minLength: n, maxLength: n });
const seed = fc.nat(0xffffffff);
const sizes = fc.record({
  steps: fc.integer({ min: 1, max: 4 }),
  plays: fc.integer({ min: 1, max: 3 }),
  players: fc.integer({ min: 1, max: 3 }),
  from: seed,
  discount: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('given advantages are discounted to the start of the play', () => {
  fc.assert(
    fc.property(sizes, ({ steps, plays, players, from, discount }) => {
      const rewards = normal(key(from), [steps, plays, players], 'float64');
      const weights = Array.from({ length: steps }, (_, t) => [[discount ** t]]);
      const expected = mul(rewards, f64(weights));
      const rollout = { logProbabilities: rewards, rewards, discount };
      for (const given of [rewards, () => rewards]) {
        expect(relativeError(givenAdvantages(given)(rollout), expected)).toBeLessThan(1e-14);
      }
    }),
  );
});

test('following values are shifted by a step', () => {
  fc.assert(
    fc.property(sizes, ({ steps, plays, players, from }) => {
      const values = normal(key(from), [steps, plays, players], 'float64');
      const last = normal(key(from + 1), [plays, players], 'float64');
      const next = followingValues(values, last);
      for (let t = 0; t < steps; t++) {
        const expected = t === steps - 1 ? last : at(values, t + 1);
        expect(at(next, t).toArray()).toEqual(expected.toArray());
      }
    }),
  );
});

test('surrogates are linear in rewards, and a batch is the mean of its plays', () => {
  const estimators = [scoreFunction(), loadedDice({ lambda: 0.5, credit: rewardToGo() })];
  fc.assert(
    fc.property(sizes, number, fc.constantFrom(...estimators), (size, factor, estimator) => {
      const { steps, plays, players, from, discount } = size;
      const rewards = normal(key(from), [steps, plays, players], 'float64');
      const log = normal(key(from + 1), [steps, plays, 2], 'float64');
      const gradient = (paid: Tensor, some: Tensor) =>
        grad((x: Tensor) =>
          sum(estimator.surrogate({ logProbabilities: mul(some, x), rewards: paid, discount })),
        )(f64(1));
      const whole = gradient(rewards, log);
      expect(relativeError(gradient(mul(rewards, factor), log), mul(whole, factor))).toBeLessThan(1e-11);
      const one = (x: Tensor, b: number) => reshape(at(x, b, 1), [steps, 1, x.shape[2]]);
      const each = Array.from({ length: plays }, (_, b) => gradient(one(rewards, b), one(log, b)));
      const mean = mul(
        each.reduce((a, b) => add(a, b)),
        1 / plays,
      );
      expect(relativeError(whole, mean)).toBeLessThan(1e-11);
    }),
    { numRuns: 40 },
  );
});

test('a reparameterised draw moves with the mean, and stretches with the deviation', () => {
  fc.assert(
    fc.property(number, fc.double({ min: 0.01, max: 5, noNaN: true }), number, (mean, deviation, noise) => {
      const draw = (m: Tensor, s: Tensor) =>
        reparameterisedNormal({ mean: m, standardDeviation: s }, f64(noise));
      expect(draw(f64(mean), f64(deviation)).item()).toBeCloseTo(mean + deviation * noise, 12);
      expect(grad((m: Tensor) => draw(m, f64(deviation)))(f64(mean)).item()).toBe(1);
      expect(grad((s: Tensor) => draw(f64(mean), s))(f64(deviation)).item() === noise).toBe(true);
    }),
  );
});

test('straight-through: any hard value, the derivative of the soft one', () => {
  fc.assert(
    fc.property(vector(3), vector(3), (hard, point) => {
      const f = (x: Tensor) => straightThrough(f64(hard), sin(x));
      f(f64(point)).data.forEach((v, i) => {
        expect(v === hard[i]).toBe(true);
      });
      const slope = grad((x: Tensor) => sum(square(f(x))))(f64(point));
      const expected = grad((x: Tensor) => sum(mul(f64(hard.map((h) => 2 * h)), sin(x))))(f64(point));
      expect(relativeError(slope, expected)).toBeLessThan(1e-14);
    }),
  );
});

test('one-hot vectors have their one at the largest element', () => {
  fc.assert(
    fc.property(vector(4), (x) => {
      const found = oneHotOf(f64(x)).toArray() as number[];
      expect(found.reduce((a, b) => a + b, 0)).toBe(1);
      expect(x[found.indexOf(1)]).toBe(Math.max(...x));
    }),
  );
});

test('a deterministic policy of plays of one step has the derivatives of Q itself, up to the second', () => {
  fc.assert(
    fc.property(number, number, (x, y) => {
      const q = (a: Tensor) => add(mul(sin(a), y), mul(square(a), 0.3));
      const surrogate = (a: Tensor) =>
        sum(
          deterministicPolicy({ immediateOnly: true }).surrogate({
            actionValues: reshape(q(a), [1, 1, 1]),
            discount: 0.9,
          }),
        );
      for (const derivative of [
        (f: (a: Tensor) => Tensor) => f,
        (f: (a: Tensor) => Tensor) => grad(f),
        (f: (a: Tensor) => Tensor) => grad(grad(f)),
      ]) {
        expect(relativeError(derivative(surrogate)(f64(x)), derivative(q)(f64(x)))).toBeLessThan(1e-12);
      }
    }),
  );
});

test('PES of one piece is antithetic ES; particles keep their order', () => {
  fc.assert(
    fc.property(number, number, fc.double({ min: 0.1, max: 2, noNaN: true }), (x, start, sigma) => {
      const unroll = (p: Tensor, s: Tensor) => ({ state: add(s, p), objective: square(add(s, p)) });
      const pes = persistentEvolution({ unroll, standardDeviation: sigma });
      const noise = f64([0.5, -1, 2]);
      const { gradient, state } = pes.step(pes.init(f64(x), f64(start), 3), f64(x), noise);
      // ((s + x + d)^2 - (s + x - d)^2) e / (2 sigma) = 2 (s + x) e^2 with d = sigma e, on average over e.
      const expected = (2 * (start + x) * (0.25 + 1 + 4)) / 3;
      expect(Math.abs(gradient.item() - expected)).toBeLessThan(1e-10 / sigma);
      state.ahead.data.forEach((s, i) => {
        expect(Math.abs(s - (start + x + sigma * noise.data[i]))).toBeLessThan(1e-13);
      });
      expect(state.accumulated.toArray()).toEqual(noise.toArray());
    }),
  );
});

test('expectation and moments have one mean; simulated runs are among the outcomes', () => {
  fc.assert(
    fc.property(vector(3), seed, (logits, from) => {
      const program = (chance: Parameters<Parameters<typeof enumerate>[0]>[0]) =>
        mul(add(chance.categorical(f64(logits)), 1), chance.signs([], 'float64'));
      const outcomes = enumerate(program);
      expect(relativeError(expectation(outcomes), moments(outcomes).mean)).toBeLessThan(1e-14);
      const runs = simulate(program, key(from), 20);
      const possible = new Set(Array.from(outcomes.values.data));
      expect(Array.from(runs.data).every((r) => possible.has(r))).toBe(true);
    }),
    { numRuns: 10 },
  );
});

test('an expectation can be batched and compiled over its parameters', () => {
  const value = (l: Tensor) => expectation(enumerate((chance) => square(sub(chance.categorical(l), 1))));
  const batch = normal(key(3), [4, 3], 'float64');
  const compiled = jit(vmap(grad(value)))(batch);
  for (let b = 0; b < 4; b++) {
    expect(relativeError(at(compiled, b), grad(value)(at(batch, b)))).toBeLessThan(1e-13);
  }
});
