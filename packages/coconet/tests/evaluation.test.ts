import {
  type Conditionals,
  conditionalsOf,
  copyNearestBaseline,
  describe as describeModel,
  estimateFramewiseNll,
  type FramewiseOptions,
  frameLogLikelihoods,
  framewiseNll,
  initParameters,
  initPopulation,
  markovBaseline,
  notewiseNll,
  repeatBaseline,
  type Score,
  uniformBaseline,
  unigramBaseline,
} from '@descant/coconet';
import { loadChorales } from '@descant/coconet/node';
import { foldIn, key, ones, permutation } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { logMeanExp } from '../src/evaluation/framewise.ts';
import { toyConditionals } from './support/conditionals.ts';
import { choralesPath, skipNote } from './support/corpus.ts';
import { permutations, toy, toyLogs } from './support/toy.ts';
import { vectors } from './support/vectors.ts';

const toyScore: Score = toy.x.map((p) => [p]);
const reference = vectors.toy_orderless;

describe('the toy model, against the reference values', () => {
  test('conditionals', () => {
    for (const i of [0, 1, 2]) {
      const others = new Set([0, 1, 2].filter((j) => j !== i));
      toyLogs(i, new Set(), toy.x).forEach((l, k) => {
        expect(l).toBeCloseTo(reference.log_p_empty[i][k], 10);
      });
      toyLogs(i, others, toy.x).forEach((l, k) => {
        expect(l).toBeCloseTo(reference.log_p_given_all_others[i][k], 10);
      });
    }
  });

  test('every ordering', async () => {
    for (const order of permutations(3)) {
      const queries = order.map((frame, d) => {
        const known = new Uint8Array(3);
        for (const t of order.slice(0, d)) known[t] = 1;
        return { score: toyScore, frame, known };
      });
      const logs = await frameLogLikelihoods(toyConditionals, queries, { key: key(0) });
      expect(-logs.reduce((a, b) => a + b, 0)).toBeCloseTo(reference.nll_per_ordering[order.join('')], 9);
    }
  });

  test('chronological, and orderings drawn at random', async () => {
    const options: FramewiseOptions = { key: key(0), order: 'chronological', orderings: 2 };
    const chronological = await framewiseNll(toyConditionals, [toyScore], options);
    expect(3 * chronological.single.mean).toBeCloseTo(reference.nll_per_ordering['012'], 9);
    expect(chronological.ensemble.mean).toBeCloseTo(chronological.single.mean, 9);
    // 2000 scores with one ordering each: their mean has a standard error of about 0.01; |z| < 5.
    const many = new Array<Score>(2000).fill(toyScore);
    const random = await framewiseNll(toyConditionals, many, { key: key(1), order: 'random', orderings: 1 });
    const z = (random.single.mean - reference.mean_nll_over_orderings / 3) / random.single.standardError;
    expect(Math.abs(z)).toBeLessThan(5);
    expect(random.n).toBe(6000);
  });

  test('the estimate from random frames is that of all frames', async () => {
    const options = { key: key(2), order: 'random', orderings: 1, frames: 4000 } as const;
    const { single } = await estimateFramewiseNll(toyConditionals, [toyScore], options);
    expect(single.standardError).toBeLessThan(0.03);
    expect(Math.abs(single.mean - reference.mean_nll_over_orderings / 3) / single.standardError).toBeLessThan(
      5,
    );
    const forward = await estimateFramewiseNll(toyConditionals, [toyScore], {
      ...options,
      order: 'chronological',
    });
    const exact = reference.nll_per_ordering['012'] / 3;
    expect(Math.abs(forward.single.mean - exact) / forward.single.standardError).toBeLessThan(5);
    // The two orders differ by more than that: one cannot pass for the other.
    expect(Math.abs(forward.single.mean - reference.mean_nll_over_orderings / 3)).toBeGreaterThan(0.05);
  });

  test('an ensemble of the orderings of a whole score', () => {
    const logs = Object.values(reference.nll_per_ordering).map((nll) => -nll);
    expect(-logMeanExp(logs)).toBeCloseTo(reference.ensemble_log_mean_exp_nll_over_all_6, 9);
    expect(logMeanExp([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(Number.NEGATIVE_INFINITY);
  });

  test('notewise, in both orders', async () => {
    const random = await notewiseNll(toyConditionals, [toyScore], {
      key: key(0),
      order: 'random',
      notes: 3000,
    });
    expect(Math.abs(random.mean - reference.E_reweighted_loss) / random.standardError).toBeLessThan(5);
    const forward = await notewiseNll(toyConditionals, [toyScore], {
      key: key(0),
      order: 'chronological',
      notes: 3000,
    });
    expect(
      Math.abs(forward.mean - reference.nll_per_ordering['012'] / 3) / forward.standardError,
    ).toBeLessThan(5);
  });
});

/** Two voices of two pitches: the second is a copy of the first where that is known, in its own step only. */
const follower: Conditionals = {
  instruments: 2,
  lowestPitch: 0,
  highestPitch: 1,
  reach: { before: 0, after: 0 },
  predict: ({ batch, steps, pitches, known }) =>
    Array.from({ length: batch * steps }, (_, at) => {
      const other = (i: number) => (known[2 * at + 1 - i] === 1 ? pitches[2 * at + 1 - i] : undefined);
      const log = (p: number, i: number) =>
        Math.log(other(i) === undefined ? (p === 0 ? 0.8 : 0.2) : other(i) === p ? 0.9 : 0.1);
      return [0, 1].flatMap((p) => [log(p, 0), log(p, 1)]);
    }).flat(),
};

describe('what voices see of the voices before them', () => {
  const queries = (n: number) =>
    Array.from({ length: n }, () => ({ score: [[1, 1]], frame: 0, known: new Uint8Array(1) }));

  test('the truth', async () => {
    const [log] = await frameLogLikelihoods(follower, queries(1), {
      key: key(0),
      conditioning: 'teacherForced',
    });
    expect(log).toBeCloseTo(Math.log(0.2) + Math.log(0.9), 12);
  });

  test('the most probable pitch', async () => {
    const [log] = await frameLogLikelihoods(follower, queries(1), { key: key(0), conditioning: 'argmax' });
    expect(log).toBeCloseTo(Math.log(0.2) + Math.log(0.1), 12);
  });

  test('a sample: 1 with probability 0.2', async () => {
    const n = 2000;
    const logs = await frameLogLikelihoods(follower, queries(n), { key: key(0) });
    const share = logs.filter((l) => Math.abs(l - Math.log(0.2 * 0.9)) < 1e-9).length / n;
    // |z| < 5: a false alarm in 2 million.
    expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt(0.16 / n));
    expect(
      logs.every((l) => Math.abs(l - Math.log(0.18)) < 1e-9 || Math.abs(l - Math.log(0.02)) < 1e-9),
    ).toBe(true);
  });
});

test('equal questions are asked once, and every query has its own answer', async () => {
  const score: Score = [
    [0, 1],
    [1, 1],
    [0, 1],
  ];
  const queries = [0, 1, 2].flatMap((frame) =>
    Array.from({ length: 20 }, () => ({
      score,
      frame,
      known: Uint8Array.from([0, 1, 2], (t) => +(t < frame)),
    })),
  );
  let asked = 0;
  const counting = {
    ...follower,
    predict: (x: Parameters<Conditionals['predict']>[0]) => {
      asked += x.batch;
      return follower.predict(x);
    },
  };
  const options = { key: key(3), conditioning: 'teacherForced' } as const;
  const logs = await frameLogLikelihoods(counting, queries, options);
  // Windows of one step: one question without a known voice, three with one; batches are filled up to powers of two.
  expect(asked).toBe(1 + 4);
  const [first, second] = [Math.log(0.8 * 0.1), Math.log(0.2 * 0.9)];
  const other = Math.log(0.2 * 0.1);
  for (const [i, log] of logs.entries()) {
    const possible = i >= 20 && i < 40 ? [second] : [first, other];
    expect(Math.min(...possible.map((p) => Math.abs(p - log)))).toBeLessThan(1e-12);
  }
  // Both orders of the voices occur.
  expect(new Set([...logs.subarray(0, 20)].map((log) => log.toFixed(6))).size).toBe(2);
});

test('windows of the reach give what whole scores give, at the ends, too', async () => {
  const description = describeModel({
    layers: 5,
    channels: 4,
    instruments: 2,
    lowestPitch: 60,
    highestPitch: 64,
    dilations: [
      [1, 1],
      [2, 1],
    ],
  });
  const parameters = initParameters(key(5), description).map((layer) => ({
    ...layer,
    scale: ones(layer.scale.shape),
  }));
  const model = conditionalsOf({ description, parameters, statistics: initPopulation(description) });
  expect(model.reach).toMatchObject({ before: 4, after: 6 });
  const steps = 25;
  const score: Score = Array.from({ length: steps }, (_, t) => [
    60 + (t % 5),
    t % 7 === 3 ? -1 : 60 + ((t * t) % 5),
  ]);
  const queries = Array.from({ length: steps }, (_, frame) => {
    const known = new Uint8Array(steps);
    for (const t of permutation(foldIn(key(1), frame), steps).data.subarray(0, 15))
      if (t !== frame) known[t] = 1;
    return { score, frame, known };
  });
  const everywhere = { ...model, reach: { before: Infinity, after: Infinity } };
  const cut = await frameLogLikelihoods(model, queries, { key: key(2), batchSize: 3 });
  const whole = await frameLogLikelihoods(everywhere, queries, { key: key(2) });
  for (const [i, log] of cut.entries()) expect(log).toBeCloseTo(whole[i], 4);
  // Windows one step too short on either side give something else.
  for (const reach of [
    { before: 3, after: 6 },
    { before: 4, after: 5 },
  ]) {
    const short = await frameLogLikelihoods({ ...model, reach }, queries, { key: key(2) });
    expect(Math.max(...[...short].map((log, i) => Math.abs(log - whole[i])))).toBeGreaterThan(1e-4);
  }
});

describe.skipIf(choralesPath === undefined)(
  `baselines on the chorales, in nats for each frame${skipNote}`,
  () => {
    const range = { instruments: 4, lowestPitch: 36, highestPitch: 81 };
    const corpus = () => loadChorales({ path: choralesPath ?? '' });
    const chronological = {
      key: key(0),
      order: 'chronological',
      orderings: 1,
      conditioning: 'teacherForced',
    } as const;

    // The reference values are those of every frame of the test split.
    test.each<[string, (scores: readonly Score[]) => Conditionals, number]>([
      ['uniform', () => uniformBaseline(range), 15.257],
      ['unigram', (scores) => unigramBaseline(scores, range), 10.453],
      ['repeat', (scores) => repeatBaseline(scores, range), 4.504],
    ])('%s', { timeout: 120_000 }, async (_, make, expected) => {
      const { train, test: scores } = await corpus();
      const { single, n } = await framewiseNll(make(train), scores, { ...chronological, batchSize: 512 });
      expect(n).toBe(18900);
      expect(single.mean).toBeCloseTo(expected, 2);
    });

    test('Markov is better than repeating, and copying the nearest flatters an ensemble', {
      timeout: 120_000,
    }, async () => {
      const { train, test: scores } = await corpus();
      const options = { ...chronological, frames: 600, batchSize: 64 };
      const markov = await estimateFramewiseNll(markovBaseline(train, range), scores, options);
      expect(markov.single.mean + 2 * markov.single.standardError).toBeLessThan(4.504);
      const copy = copyNearestBaseline(train, range);
      const random = await estimateFramewiseNll(copy, scores, {
        ...options,
        order: 'random',
        orderings: 5,
        frames: 60,
      });
      expect(random.single.mean - random.ensemble.mean).toBeGreaterThan(1);
    });
  },
);

describe('errors', () => {
  const model = uniformBaseline({ instruments: 1, lowestPitch: 60, highestPitch: 61 });
  const options: FramewiseOptions = { key: key(0), order: 'random', orderings: 1 };

  test.each<[() => Promise<unknown>, string]>([
    [
      () => framewiseNll(model, [[[62]]], options),
      'frameLogLikelihoods: scores must have pitches in 60..61, or -1 for rests; got 62',
    ],
    [() => framewiseNll(model, [], options), 'framewiseNll: scores must have frames; got 0'],
    [
      () => framewiseNll(model, [[[60]]], { ...options, orderings: 0 }),
      'framewiseNll: orderings must be a whole number of at least 1; got 0',
    ],
    [
      () => framewiseNll(model, [[[60]]], { ...options, order: 'backwards' as 'random' }),
      'framewiseNll: order must be "chronological" or "random"; got backwards',
    ],
    [
      () => estimateFramewiseNll(model, [[[60]]], { ...options, frames: 1 }),
      'estimateFramewiseNll: frames must be a whole number of at least 2; got 1',
    ],
    [
      () => notewiseNll(model, [[[60]]], { key: key(0), order: 'random', notes: 0 }),
      'notewiseNll: notes must be a whole number of at least 2; got 0',
    ],
    [
      () => notewiseNll(model, [[[60, 61]]], { key: key(0), order: 'random', notes: 2 }),
      'notewiseNll: scores must have 1 voices; got 2 at step 0',
    ],
    [
      () =>
        frameLogLikelihoods(model, [{ score: [[60]], frame: 0, known: Uint8Array.of(1) }], { key: key(0) }),
      'frameLogLikelihoods: known of query 0 must have one mark for each step, and 0 at the frame; got [1]',
    ],
    [
      async () => unigramBaseline([], { instruments: 1, lowestPitch: 60, highestPitch: 61 }),
      'unigramBaseline: scores must hold at least one score; got 0',
    ],
  ])('%#', async (run, message) => {
    await expect(run()).rejects.toThrow(message);
  });

  test('evaluation stops when the signal is aborted', async () => {
    const controller = new AbortController();
    const run = framewiseNll(model, [new Array(100).fill([60])], {
      ...options,
      batchSize: 10,
      signal: controller.signal,
      onProgress: (done) => {
        if (done < 100) controller.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
  });
});
