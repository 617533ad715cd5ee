import { type Conditionals, estimateFramewiseNll, framewiseNll, type Score } from '@descant/coconet';
import { at, foldIn, key, permutation, split } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawFrames, type FrameStratum, strataOf, stratifiedMean } from '../src/evaluation/strata.ts';

const sum = (x: readonly number[]) => x.reduce((a, b) => a + b, 0);
const mean = (x: readonly number[]) => sum(x) / x.length;

/** Every way to draw k of a list. */
function choices<T>(list: readonly T[], k: number): T[][] {
  if (k === 0) return [[]];
  return list.flatMap((first, i) => choices(list.slice(i + 1), k - 1).map((others) => [first, ...others]));
}

describe('strata', () => {
  const losses = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 200 });

  test('part the frames, from high to low; as many draws as asked for, no more than frames', () => {
    fc.assert(
      fc.property(losses, fc.double({ min: 0, max: 1, noNaN: true }), (values, part) => {
        const draws = 2 + Math.floor(part * (values.length - 2));
        const strata = strataOf(values, draws);
        const frames = strata.flatMap((s) => [...s.frames]);
        expect(frames.toSorted((a, b) => a - b)).toEqual([...values.keys()]);
        for (const [i, frame] of frames.slice(1).entries())
          expect(values[frame]).toBeLessThanOrEqual(values[frames[i]]);
        expect(sum(strata.map((s) => s.draws))).toBe(draws);
        for (const { frames: own, draws: k, share, fraction } of strata) {
          expect(k).toBeGreaterThanOrEqual(2);
          expect(k).toBeLessThanOrEqual(own.length);
          expect(share).toBe(own.length / values.length);
          expect(fraction).toBe(k / own.length);
        }
        const drawn = drawFrames(key(1), strata);
        expect(new Set(drawn).size).toBe(draws);
      }),
    );
  });

  test('equal shares of the losses', () => {
    const values = Array.from({ length: 3000 }, (_, i) => 1 + (i % 100));
    const strata = strataOf(values, 240);
    expect(strata.length).toBe(30);
    const expected = sum(values) / 30;
    for (const { frames, draws } of strata) {
      expect(Math.abs(sum(frames.map((i) => values[i])) - expected)).toBeLessThan(100);
      expect(draws).toBe(8);
    }
  });
});

describe('stratified means', () => {
  const stratum = (frames: number[], draws: number, of: number): FrameStratum => ({
    frames,
    draws,
    share: frames.length / of,
    fraction: draws / frames.length,
  });
  const population = [9, 7.5, 4, 3, 1, 0.5, 0.25, 2];
  const strata = [stratum([0, 1, 2], 2, 8), stratum([3, 4, 5, 6, 7], 3, 8)];
  /** What every possible draw gives. */
  const everyDraw = (variance: number | undefined, own: readonly FrameStratum[] = strata) =>
    choices(own[0].frames, own[0].draws).flatMap((a) =>
      choices(own[1].frames, own[1].draws).map((b) =>
        stratifiedMean(
          own,
          [...a, ...b].map((i) => ({ loss: population[i], variance })),
        ),
      ),
    );

  test('over every draw: the mean is that of all frames, the variance that of the mean', () => {
    const draws = everyDraw(0);
    expect(draws.length).toBe(3 * 10);
    const truth = mean(population);
    expect(mean(draws.map((d) => d.mean))).toBeCloseTo(truth, 12);
    const variance = mean(draws.map((d) => (d.mean - truth) ** 2));
    expect(mean(draws.map((d) => d.standardError ** 2))).toBeCloseTo(variance, 12);
    // Without the shares, or without the correction for a finite population, it is something else.
    const plain = everyDraw(
      0,
      strata.map((s) => ({ ...s, share: 0.5 })),
    );
    expect(Math.abs(mean(plain.map((d) => d.mean)) - truth)).toBeGreaterThan(0.3);
    const infinite = everyDraw(
      0,
      strata.map((s) => ({ ...s, fraction: 0 })),
    );
    expect(mean(infinite.map((d) => d.standardError ** 2))).toBeGreaterThan(1.5 * variance);
  });

  test('all frames drawn leave the variance within frames; where that is unknown, the spread stands for it', () => {
    const all = [stratum([0, 1, 2], 3, 8), stratum([3, 4, 5, 6, 7], 5, 8)];
    expect(everyDraw(0.5, all)).toEqual([{ mean: mean(population), standardError: Math.sqrt(0.5 / 8) }]);
    const unknown = everyDraw(undefined);
    const infinite = everyDraw(
      0,
      strata.map((s) => ({ ...s, fraction: 0 })),
    );
    unknown.forEach((d, i) => {
      expect(d.standardError).toBeCloseTo(infinite[i].standardError, 12);
    });
  });
});

/**
 * One voice: a step's pitch repeats that of the step before with a probability that both models agree on, nearly; the
 * second also depends on how many steps are known, so that orderings differ.
 */
const chain = (repeat: number, varied: boolean): Conditionals => ({
  instruments: 1,
  lowestPitch: 0,
  highestPitch: 3,
  reach: { before: Number.POSITIVE_INFINITY, after: Number.POSITIVE_INFINITY },
  predict: ({ batch, steps, pitches, known }) =>
    Array.from({ length: batch * steps }, (_, cell) => {
      const t = cell % steps;
      const count = sum([...known.subarray(cell - t, cell - t + steps)]);
      const heard = t > 0 && known[cell - 1] === 1 ? pitches[cell - 1] : undefined;
      const share = varied ? repeat - 0.02 * (count % 5) : repeat;
      return [0, 1, 2, 3].map((p) =>
        Math.log(
          heard === undefined ? 0.25 : p === heard ? share : ((1 - share) * (p + 1)) / (10 - heard - 1),
        ),
      );
    }).flat(),
});

describe('stratified estimates', () => {
  const scores: Score[] = Array.from({ length: 6 }, (_, s) => {
    const moves = permutation(foldIn(key(3), s), 40).data;
    return Array.from(moves, (m, t) => [(t >> 2) % 2 === 0 ? 1 : m % 4]);
  });
  const cheap = chain(0.8, false);
  const model = chain(0.85, true);
  const frames = 80;

  test('unbiased, with honest standard errors, and smaller ones than uniform draws', {
    timeout: 60_000,
  }, async () => {
    const options = { order: 'random', orderings: 3, frames } as const;
    // The truth by 100 orderings of every frame; its own error within frames is beside the estimates' a tenth.
    const precise = await framewiseNll(model, scores, { key: key(10), order: 'random', orderings: 100 });
    const runs = 60;
    const estimates: Record<'single' | 'ensemble', { mean: number; standardError: number }[]> = {
      single: [],
      ensemble: [],
    };
    let uniform = 0;
    for (let run = 0; run < runs; run++) {
      const own = at(split(key(11), runs), run);
      const found = await estimateFramewiseNll(model, scores, { ...options, key: own, stratifyBy: cheap });
      expect(found.n).toBe(frames);
      estimates.single.push(found.single);
      estimates.ensemble.push(found.ensemble);
      uniform += (await estimateFramewiseNll(model, scores, { ...options, key: own })).single.standardError;
    }
    const z = estimates.single.map((e) => (e.mean - precise.single.mean) / e.standardError);
    // Of 60 runs: the mean of z has a standard error of 0.13, |z| < 5 of these; the mean of z^2 one of 0.18, and lies in
    // 1 +- 5 of these, less what few degrees of freedom in a stratum add: false alarms below 1 in 100,000.
    expect(Math.abs(mean(z))).toBeLessThan(0.65);
    expect(mean(z.map((v) => v * v))).toBeGreaterThan(0.4);
    expect(mean(z.map((v) => v * v))).toBeLessThan(1.9);
    const spread = (key: 'single' | 'ensemble') => {
      const center = mean(estimates[key].map((e) => e.mean));
      return Math.sqrt(sum(estimates[key].map((e) => (e.mean - center) ** 2)) / (runs - 1));
    };
    for (const name of ['single', 'ensemble'] as const) {
      const claimed = mean(estimates[name].map((e) => e.standardError));
      expect(claimed / spread(name)).toBeGreaterThan(0.6);
      expect(claimed / spread(name)).toBeLessThan(1.7);
    }
    expect(mean(estimates.single.map((e) => e.standardError))).toBeLessThan((0.8 * uniform) / runs);
  });

  test('more frames than there are', async () => {
    const options = { key: key(0), order: 'random', orderings: 1, frames: 241, stratifyBy: cheap } as const;
    await expect(estimateFramewiseNll(model, scores, options)).rejects.toThrow(
      'estimateFramewiseNll: frames must be a whole number of at least 2, and with stratifyBy at most 240, the number ' +
        'of frames; got 241',
    );
  });
});
