import {
  ancestral,
  ancestralGibbs,
  annealedSchedule,
  bernoulliMasker,
  blockMasker,
  type Coconet,
  chronologicalSelector,
  complete,
  compose,
  conditionalsOf,
  constantSchedule,
  describe as describeModel,
  harmonise,
  independentGibbs,
  infill,
  initParameters,
  initPopulation,
  randomSelector,
  regenerate,
  revoice,
  type Sampler,
  type SampleStep,
  type Score,
  sample,
  type Task,
  transition,
  upsample,
} from '@descant/coconet';
import { createWasmExecutor, jsExecutor, key, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chiSquare, exactConditionals, toyConditionals } from './support/conditionals.ts';
import { messageOf } from './support/errors.ts';
import { permutations, toyLogs } from './support/toy.ts';
import { vectors } from './support/vectors.ts';

const [lowestPitch, highestPitch, instruments] = [60, 66, 2];
const description = describeModel({ layers: 4, channels: 4, instruments, lowestPitch, highestPitch });
const model: Coconet = {
  description,
  // A scale of 3 in place of 0.1 in the last layer: predictions that are far from uniform.
  parameters: initParameters(key(5), description).map((layer, i) =>
    i === 3 ? { ...layer, scale: tensor([3, 3]) } : layer,
  ),
  statistics: initPopulation(description),
};
const conditionals = conditionalsOf(model, { executor: jsExecutor });

test.each(vectors.annealing.cases)('annealing, step $n of $N: the reference value', (reference) => {
  const { n, N, eta, alpha_max: largest, alpha_min: smallest, alpha } = reference;
  expect(annealedSchedule({ largest, smallest, share: eta })(n, N)).toBeCloseTo(alpha, 10);
  // What the released JavaScript computes is another number, wherever it is not at its end.
  if (reference.magenta_js_1_23_1_value !== alpha)
    expect(reference.magenta_js_1_23_1_value).toBeGreaterThan(alpha);
});

const samplers: Record<string, Sampler> = {
  independent: independentGibbs({ steps: 4 }),
  blocks: independentGibbs({ steps: 4, masker: blockMasker({ steps: 2 }) }),
  NADE: ancestral(randomSelector()),
  chronological: ancestral(chronologicalSelector()),
  'ancestral Gibbs': ancestralGibbs({ steps: 2, inclusion: 0.5, selector: randomSelector() }),
};

const pitch = fc.integer({ min: lowestPitch, max: highestPitch });
const frame = fc.array(fc.oneof({ weight: 5, arbitrary: pitch }, fc.constant(-1)), {
  minLength: instruments,
  maxLength: instruments,
});
const scoreOf = (min: number) => fc.array(frame, { minLength: min, maxLength: 6 });

describe.each(Object.entries(samplers))('%s', (_, sampler) => {
  test('fixed cells stay as they are, free ones get one pitch of the range, whatever the mask', async () => {
    await fc.assert(
      fc.asyncProperty(
        scoreOf(1).chain((score) =>
          fc.tuple(
            fc.constant(score),
            fc.array(fc.boolean(), { minLength: 2 * score.length, maxLength: 2 * score.length }),
          ),
        ),
        fc.nat(),
        fc.constantFrom(0, 0.5, 0.99, 3),
        async ([score, bits], seed, temperature) => {
          const task: Task = { score, free: Uint8Array.from(bits, (b) => (b ? 1 : 0)) };
          const seen: SampleStep[] = [];
          const options = { key: key(seed), temperature, onStep: (s: SampleStep) => seen.push(s) };
          const [result] = await sample(conditionals, [task], sampler, options);
          for (const { scores, hidden } of [...seen, { scores: [result], hidden: [task.free] }]) {
            scores[0].flat().forEach((p, cell) => {
              if (bits[cell]) expect(p >= lowestPitch && p <= highestPitch && Number.isInteger(p)).toBe(true);
              else expect(p).toBe(score.flat()[cell]);
              expect(hidden[0][cell] === 1 && !bits[cell]).toBe(false);
            });
          }
          expect(seen.map(({ step }) => step)).toEqual(
            Array.from({ length: sampler.steps + 1 }, (_, i) => i),
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  test('the same key, the same score, alone or in a batch; another key, another score', async () => {
    const task = compose({ steps: 5, instruments });
    const options = { key: key(9) };
    const [alone] = await sample(conditionals, [task], sampler, options);
    const [first, second] = await sample(conditionals, [task, task], sampler, options);
    expect(first).toEqual(alone);
    expect(second).not.toEqual(first);
    const [other] = await sample(conditionals, [task], sampler, { key: key(10) });
    expect(other).not.toEqual(alone);
  });

  test('executors with the same key', async () => {
    const run = async (executor: typeof jsExecutor) =>
      sample(conditionalsOf(model, { executor }), [compose({ steps: 6, instruments })], sampler, {
        key: key(3),
      });
    expect(await run(createWasmExecutor({ fma: false }))).toEqual(await run(jsExecutor));
  });
});

describe('distributions', () => {
  const n = 3000;
  const tasks = Array.from({ length: n }, () => compose({ steps: 3, instruments: 1 }));
  const countsOf = (scores: readonly Score[]) => {
    const counts = new Array<number>(27).fill(0);
    for (const score of scores) counts[score.reduce((code, [p], i) => code + p * 3 ** i, 0)]++;
    return counts;
  };
  const digits = (code: number) => [0, 1, 2].map((i) => Math.floor(code / 3 ** i) % 3);
  // 26 degrees of freedom: chi-square above 78 has probability 5e-7.
  const limit = 78;

  test('ancestral sampling mixes all orderings of the toy model', async () => {
    const probability = (x: number[], orders: number[][]) =>
      orders.reduce(
        (sum, order) =>
          sum + Math.exp(order.reduce((l, i, d) => l + toyLogs(i, new Set(order.slice(0, d)), x)[x[i]], 0)),
        0,
      ) / orders.length;
    const all = Array.from({ length: 27 }, (_, code) => digits(code));
    const run = async (sampler: Sampler) =>
      countsOf(await sample(toyConditionals, tasks, sampler, { key: key(1), temperature: 1 }));
    const random = await run(ancestral(randomSelector()));
    expect(
      chiSquare(
        random,
        all.map((x) => probability(x, permutations(3))),
      ),
    ).toBeLessThan(limit);
    const chronological = await run(ancestral(chronologicalSelector()));
    expect(
      chiSquare(
        chronological,
        all.map((x) => probability(x, [[0, 1, 2]])),
      ),
    ).toBeLessThan(limit);
    // Filling all cells at once is another distribution, and so is the other order.
    expect(
      chiSquare(
        await run(independentGibbs({ steps: 0 })),
        all.map((x) => probability(x, permutations(3))),
      ),
    ).toBeGreaterThan(limit);
    expect(
      chiSquare(
        random,
        all.map((x) => probability(x, [[0, 1, 2]])),
      ),
    ).toBeGreaterThan(limit);
  });

  test('with the conditionals of a joint distribution, ancestral block Gibbs keeps it', async () => {
    const weights = Array.from(
      { length: 27 },
      (_, code) => 1 + ((code * 7) % 11) + (code % 4 === 0 ? 20 : 0),
    );
    const total = weights.reduce((a, b) => a + b, 0);
    const joint = weights.map((w) => w / total);
    const exact = exactConditionals(joint, 3, 3);
    const sampler = ancestralGibbs({ steps: 2, inclusion: 0.5, selector: randomSelector() });
    const counts = countsOf(await sample(exact, tasks, sampler, { key: key(2), temperature: 1 }));
    expect(chiSquare(counts, joint)).toBeLessThan(limit);
    const hot = countsOf(await sample(exact, tasks, sampler, { key: key(2), temperature: 2 }));
    expect(chiSquare(hot, joint)).toBeGreaterThan(limit);
  });

  test('maskers hide the share that is asked for', () => {
    const cells = {
      steps: 40,
      instruments: 3,
      free: new Uint8Array(120).map((_, i) => (i % 5 === 0 ? 0 : 1)),
    };
    const shares = (masker: typeof bernoulliMasker) =>
      Array.from(
        { length: 300 },
        (_, seed) => masker()(key(seed), cells, 0.3).reduce((a, b) => a + b, 0) / 96,
      );
    const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    // 300 draws of 96 cells: a standard error of 0.0027.
    expect(Math.abs(mean(shares(bernoulliMasker)) - 0.3)).toBeLessThan(5 * 0.0027);
    const blocks = shares(() => blockMasker({ steps: 4 }));
    // A block has at most 4 cells: no more than 3 of 96 too many.
    expect(Math.min(...blocks)).toBeGreaterThanOrEqual(0.3);
    expect(Math.max(...blocks)).toBeLessThanOrEqual(0.3 + 4 / 96);
    const touched = new Set(
      Array.from({ length: 300 }, (_, seed) => [
        ...blockMasker({ steps: 4 })(key(seed), cells, 0.1).entries(),
      ])
        .flat()
        .flatMap(([i, v]) => (v === 1 ? [i] : [])),
    );
    expect(touched.size).toBe(96);
  });
});

describe('temperature', () => {
  test('0 takes the most probable pitches, and needs no randomness', async () => {
    const run = (seed: number) =>
      sample(conditionals, [compose({ steps: 3, instruments })], ancestral(chronologicalSelector()), {
        key: key(seed),
        temperature: 0,
      });
    const steps: SampleStep[] = [];
    await sample(conditionals, [compose({ steps: 3, instruments })], independentGibbs({ steps: 0 }), {
      key: key(0),
      temperature: 0,
      onStep: (step) => steps.push(step),
    });
    const [{ scores, predictions }] = steps;
    scores[0].flat().forEach((p, cell) => {
      const [t, v] = [Math.floor(cell / 2), cell % 2];
      const logs = Array.from({ length: 7 }, (_, q) => predictions[(t * 7 + q) * 2 + v]);
      expect(logs[p - lowestPitch]).toBe(Math.max(...logs));
    });
    // Orders within a step are random; the voices of this model are not independent, so only single voices agree.
    expect((await run(1))[0].length).toBe(3);
  });

  test('can be annealed, and must not be negative', async () => {
    const heats: number[] = [];
    const temperature = (n: number, N: number) => {
      heats.push(n);
      return annealedSchedule({ largest: 1, smallest: 0 })(n, N);
    };
    await sample(conditionals, [compose({ steps: 2, instruments })], independentGibbs({ steps: 3 }), {
      key: key(0),
      temperature,
    });
    expect(heats).toEqual([0, 0, 1, 2]);
    const run = sample(conditionals, [compose({ steps: 1, instruments })], independentGibbs({ steps: 0 }), {
      key: key(0),
      temperature: -1,
    });
    await expect(run).rejects.toThrow('sample: temperature must be at least 0; got -1');
  });
});

test('sampling stops when the signal is aborted', async () => {
  const controller = new AbortController();
  let last = -1;
  const run = sample(conditionals, [compose({ steps: 2, instruments })], independentGibbs({ steps: 100 }), {
    key: key(0),
    signal: controller.signal,
    onStep: ({ step }) => {
      last = step;
      if (step === 3) controller.abort(new Error('enough'));
    },
  });
  await expect(run).rejects.toThrow('enough');
  expect(last).toBe(3);
});

describe('tasks', () => {
  const score = [
    [62, 60],
    [64, 61],
    [65, -1],
  ];
  test.each<[string, Task, Score, number[]]>([
    [
      'complete',
      complete(score.slice(0, 1), { steps: 2 }),
      [
        [62, 60],
        [-1, -1],
        [-1, -1],
      ],
      [0, 0, 1, 1, 1, 1],
    ],
    [
      'harmonise another voice',
      harmonise([60, -1], { voice: 1, instruments: 2 }),
      [
        [-1, 60],
        [-1, -1],
      ],
      [1, 0, 1, 0],
    ],
    [
      'transition',
      transition(score.slice(0, 1), score.slice(2), { steps: 1 }),
      [
        [62, 60],
        [-1, -1],
        [65, -1],
      ],
      [0, 0, 1, 1, 0, 0],
    ],
    ['revoice', revoice(score, { voices: [1] }), score, [0, 1, 0, 1, 0, 1]],
    [
      'upsample',
      upsample(score.slice(0, 1), { factor: 3 }),
      [
        [62, 60],
        [62, 60],
        [62, 60],
      ],
      [0, 0, 1, 1, 1, 1],
    ],
    ['regenerate', regenerate(score, { from: 1, to: 3 }), score, [0, 0, 1, 1, 1, 1]],
    [
      'infill',
      infill(score, [
        [true, false],
        [false, false],
        [false, true],
      ]),
      score,
      [1, 0, 0, 0, 0, 1],
    ],
  ])('%s', (_, task, expected, free) => {
    expect(task.score).toEqual(expected);
    expect([...task.free]).toEqual(free);
  });

  test.each<[() => unknown, string]>([
    [() => compose({ steps: 0 }), 'compose: steps must be a whole number of at least 1; got 0'],
    [
      () => harmonise([]),
      'harmonise: melody must hold steps of equally many MIDI numbers in 0..127, or -1 for rests; got no steps',
    ],
    [() => harmonise([-1, -1]), 'harmonise: melody must have at least one note; got 2 rests'],
    [
      () => harmonise([60.5]),
      'harmonise: melody must hold steps of equally many MIDI numbers in 0..127, or -1 for rests; got 60.5 at step 0',
    ],
    [() => harmonise([60], { voice: 4 }), 'harmonise: voice must be a voice in 0..3; got 4'],
    [() => infill(score, [[true, true]]), 'infill: mask must have 3 steps of 2 voices; got 1 steps of 2'],
    [() => complete(score, { steps: 0.5 }), 'complete: steps must be a whole number of at least 1; got 0.5'],
    [() => transition(score, [[60]], { steps: 1 }), 'transition: after must have 2 voices; got 1'],
    [() => revoice(score, { voices: [2] }), 'revoice: voice must be a voice in 0..1; got 2'],
    [() => upsample(score, { factor: 1 }), 'upsample: factor must be a whole number of at least 2; got 1'],
    [
      () => regenerate(score, { from: 2, to: 2 }),
      'regenerate: region must have 0 <= from < to <= 3; got 2 and 2',
    ],
    [
      () => annealedSchedule({ largest: 0.1, smallest: 0.9 }),
      'annealedSchedule: largest and smallest must be numbers with 0 <= smallest <= largest; got 0.1 and 0.9',
    ],
    [() => annealedSchedule({ share: 0 }), 'annealedSchedule: share must be positive; got 0'],
    [() => blockMasker({ steps: 0 }), 'blockMasker: steps must be a whole number of at least 1; got 0'],
    [
      () => ancestralGibbs({ steps: 1, inclusion: 2, selector: randomSelector() }),
      'ancestralGibbs: inclusion must lie in [0, 1]; got 2',
    ],
  ])('errors %#', (f, message) => {
    expect(messageOf(f)).toBe(message);
  });

  test.each<[readonly Task[], string]>([
    [[], 'sample: tasks must hold at least one task; got 0'],
    [
      [compose({ steps: 1, instruments }), compose({ steps: 2, instruments })],
      'sample: tasks must have the same length of at least 1; got 2 and 1 steps',
    ],
    [[compose({ steps: 1 })], 'sample: task 0 must have 1 x 2 = 2 cells in free; got 4'],
    [
      [harmonise([90], { instruments })],
      'sample: the fixed cells of task 0 must have pitches in 60..66, or -1 for rests; got 90 at step 0',
    ],
  ])('tasks that do not fit %#', async (tasks, message) => {
    await expect(
      sample(conditionals, tasks, independentGibbs({ steps: 1 }), { key: key(0) }),
    ).rejects.toThrow(message);
  });

  test('constant schedules', () => {
    expect(constantSchedule(0.3)(5, 7)).toBe(0.3);
  });
});
