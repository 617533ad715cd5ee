import { rnnNadeNll, type Score, trainRnnNade } from '@descant/coconet';
import { describe, expect, test } from 'vitest';

const range = { instruments: 2, lowestPitch: 60, highestPitch: 62 };
const options = { units: 6, steps: 5, batchSize: 3, cropSteps: 4, transposition: [0, 0] } as const;
const scores: Score[] = [
  [
    [60, 61],
    [62, 60],
    [61, -1],
    [60, 60],
  ],
  [
    [61, 61],
    [60, 62],
    [62, 62],
  ],
];

describe('RNN-NADE', () => {
  test('probabilities of all scores of two steps sum to one', async () => {
    const model = await trainRnnNade(scores, range, options);
    const pitches = [60, 61, 62];
    const frames = pitches.flatMap((a) => pitches.map((b) => [a, b]));
    const all = frames.flatMap((first) => frames.map((second) => [first, second]));
    const total = all.reduce((sum, score) => sum + Math.exp(-2 * rnnNadeNll(model, [score]).mean), 0);
    expect(total).toBeCloseTo(1, 5);
    // Voices and steps do depend on each other: the likelihoods are not those of a product.
    const nll = (score: Score) => rnnNadeNll(model, [score]).mean;
    const mixed =
      nll([
        [60, 60],
        [61, 61],
      ]) +
      nll([
        [62, 62],
        [60, 60],
      ]) -
      nll([
        [60, 60],
        [60, 60],
      ]) -
      nll([
        [62, 62],
        [61, 61],
      ]);
    expect(Math.abs(mixed)).toBeGreaterThan(1e-6);
  });

  test('a step depends on those before it only, rests add nothing, and frames count', async () => {
    const model = await trainRnnNade(scores, range, options);
    const start: Score = [
      [60, 61],
      [62, 60],
    ];
    const total = (score: Score) => rnnNadeNll(model, [score]).mean * score.length;
    const [a, b] = [total([...start, [60, 60]]), total([...start, [60, 60], [61, 62]])];
    expect(b).toBeGreaterThan(a);
    expect(total([...start, [-1, -1]])).toBeCloseTo(total(start), 5);
    const both = rnnNadeNll(model, scores);
    expect(both.n).toBe(7);
    expect(7 * both.mean).toBeCloseTo(total(scores[0]) + total(scores[1]), 4);
  });

  test('learns what can be learnt, and the same seed learns the same', async () => {
    const canon: Score[] = [Array.from({ length: 24 }, (_, t) => [60 + (t % 3), 60 + ((t + 1) % 3)])];
    const longer = { ...options, units: 16, steps: 200, cropSteps: 12, learningRate: 0.03 };
    const before = rnnNadeNll(await trainRnnNade(canon, range, { ...longer, steps: 1 }), canon);
    const model = await trainRnnNade(canon, range, longer);
    expect(before.mean).toBeGreaterThan(1.5);
    expect(rnnNadeNll(model, canon).mean).toBeLessThan(0.3);
    const again = await trainRnnNade(canon, range, longer);
    expect(rnnNadeNll(again, canon)).toEqual(rnnNadeNll(model, canon));
  });

  test('errors', async () => {
    await expect(trainRnnNade(scores, range, { units: 0 })).rejects.toThrow(
      'trainRnnNade: units must be a whole number of at least 1; got 0',
    );
    await expect(trainRnnNade([[[70, 60]]], range, options)).rejects.toThrow(
      'trainRnnNade: scores must have pitches in 60..62, or -1 for rests; got 70 at step 0',
    );
    await expect(
      trainRnnNade(scores, range, { ...options, signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
    await expect(trainRnnNade(scores, range, { ...options, steps: 50, learningRate: 1e38 })).rejects.toThrow(
      /^trainRnnNade: the loss of step \d+ is NaN; try a smaller learning rate$/,
    );
    const model = await trainRnnNade(scores, range, options);
    expect(() => rnnNadeNll(model, [])).toThrow('rnnNadeNll: scores must have frames; got 0');
  });
});
