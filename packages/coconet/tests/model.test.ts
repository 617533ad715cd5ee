import {
  coconet,
  coconetTraining,
  describe as describeModel,
  dilationCycle,
  initParameters,
  initPopulation,
  layersOf,
  logProbabilities,
  networkInput,
  pianoRolls,
  sizesOf,
} from '@descant/coconet';
import {
  exp,
  full,
  grad,
  jit,
  jsExecutor,
  key,
  mul,
  normal,
  ones,
  slice,
  sum,
  type Tensor,
  tensor,
  wasmExecutor,
} from '@descant/tensor-ops';
import { conv2d } from '@descant/tensor-ops/conv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';
import { vectors } from './support/vectors.ts';

describe('architecture, against the reference values', () => {
  test.each(vectors.architecture.cases)('L = $L, H = $H', (reference) => {
    const description = describeModel({ layers: reference.L, channels: reference.H });
    const sizes = sizesOf(description);
    expect(sizes.filterParameters).toBe(reference.conv_params);
    expect(sizes.normParameters).toBe(reference.bn_params);
    expect(sizes.multiplyAdds).toBe(reference.mac_per_time_pitch_cell);
    const { before, after, below, above } = sizes.reach;
    expect(1 + before + after).toBe(reference.receptive_field_cells);
    expect(1 + below + above).toBe(reference.receptive_field_cells);
    const skips = (kind: 'even' | 'odd') =>
      layersOf({ ...description, skips: kind }).flatMap(({ skip }, i) => (skip ? [i + 1] : []));
    expect(skips('even')).toEqual(reference.skip_added_at_layers_thesis);
    expect(skips('odd')).toEqual(reference.skip_added_at_layers_magenta);
  });

  test('filters of 2 x 2 see the cell and the ones after and above it', () => {
    const { x, kernel, y } = vectors.conv2x2_same;
    const image = tensor(x.flat(), { shape: [1, 2, 3, 1] });
    const filter = tensor(kernel.flat(), { shape: [2, 2, 1, 1] });
    expect([...conv2d(image, filter, { padding: 'SAME' }).data]).toEqual(y.flat());
  });

  test('the input, against the reference values', () => {
    const { pitches, context, h0 } = vectors.input_encoding;
    const range = { lowestPitch: 60, highestPitch: 62 };
    const rolls = pianoRolls(range, tensor([pitches], { dtype: 'int32' }));
    expect(networkInput(rolls, tensor([context])).toArray()).toEqual([h0]);
  });
});

/** Descriptions of small networks of every kind. */
const descriptions = fc
  .record({
    layers: fc.integer({ min: 4, max: 8 }),
    channels: fc.integer({ min: 1, max: 5 }),
    instruments: fc.integer({ min: 1, max: 3 }),
    dilations: fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })), {
      minLength: 1,
      maxLength: 3,
    }),
    separable: fc.boolean(),
    skips: fc.constantFrom('even' as const, 'odd' as const),
    pitches: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ pitches, ...options }) =>
    describeModel({ ...options, lowestPitch: 60, highestPitch: 59 + pitches }),
  );

const pitchesOf = ({ lowestPitch, highestPitch }: { lowestPitch: number; highestPitch: number }) =>
  highestPitch - lowestPitch + 1;

describe('the network', () => {
  test('parameters have the number that the sizes say, and probabilities sum to one', () => {
    fc.assert(
      fc.property(descriptions, fc.integer({ min: 1, max: 3 }), fc.nat(1000), (description, steps, seed) => {
        const parameters = initParameters(key(seed), description);
        const count = (trees: readonly Tensor[]) => trees.reduce((n, t) => n + t.size, 0);
        expect(count(parameters.flatMap(({ filters }) => filters))).toBe(
          sizesOf(description).filterParameters,
        );
        const shape = [2, steps, pitchesOf(description), 2 * description.instruments];
        const logits = coconet(description, parameters, initPopulation(description), normal(key(1), shape));
        expect(logits.shape).toEqual([...shape.slice(0, 3), description.instruments]);
        for (const total of sum(exp(logProbabilities(logits)), 2).data) expect(total).toBeCloseTo(1, 5);
      }),
      { numRuns: 30 },
    );
  });

  test('an output depends on the cells in reach, and on no others', () => {
    fc.assert(
      fc.property(descriptions, fc.nat(1000), (description, seed) => {
        const { before, after, below, above } = sizesOf(description).reach;
        const [steps, pitches] = [before + after + 3, below + above + 3];
        // Population statistics: those of a batch would let every cell see every other. Positive weights, so that no
        // derivative vanishes at a ReLU.
        const positive = initParameters(key(seed), description).map((layer) => ({
          ...layer,
          filters: layer.filters.map((w) =>
            tensor(
              w.data.map((v) => Math.abs(v) + 0.01),
              { shape: w.shape },
            ),
          ),
        }));
        const input = tensor(new Float32Array(steps * pitches * 2 * description.instruments).fill(1), {
          shape: [1, steps, pitches, 2 * description.instruments],
        });
        const [t, p] = [before + 1, below + 1];
        const cell = ((t * pitches + p) * description.instruments) | 0;
        const picked = tensor(
          Float32Array.from({ length: steps * pitches * description.instruments }, (_, i) =>
            i === cell ? 1 : 0,
          ),
          { shape: [1, steps, pitches, description.instruments] },
        );
        const slope = jit(
          grad((x: Tensor) =>
            sum(mul(coconet(description, positive, initPopulation(description), x), picked)),
          ),
        )(input);
        const touched = (axis: 1 | 2) => {
          const seen = new Set<number>();
          slope.data.forEach((v, i) => {
            const at = Math.floor(i / (2 * description.instruments));
            if (v !== 0) seen.add(axis === 1 ? Math.floor(at / pitches) : at % pitches);
          });
          return [Math.min(...seen), Math.max(...seen)];
        };
        expect(touched(1)).toEqual([t - before, t + after]);
        expect(touched(2)).toEqual([p - below, p + above]);
      }),
      { numRuns: 15 },
    );
  });

  test('shifting a score in pitch shifts the predictions, away from the borders', () => {
    const description = describeModel({
      layers: 4,
      channels: 4,
      lowestPitch: 40,
      highestPitch: 70,
      instruments: 2,
    });
    const parameters = initParameters(key(3), description);
    const logitsOf = (pitches: number[][][]) => {
      const rolls = pianoRolls(description, tensor(pitches, { dtype: 'int32' }));
      const known = tensor([
        [
          [1, 1],
          [1, 0],
          [0, 0],
          [1, 1],
        ],
      ]);
      // The context bits are the same at every pitch: only the borders differ.
      return coconet(description, parameters, initPopulation(description), networkInput(rolls, known));
    };
    const score = [
      [55, 50],
      [56, 51],
      [57, 52],
      [58, 50],
    ];
    const low = logitsOf([score]);
    const high = logitsOf([score.map((frame) => frame.map((p) => p + 2))]);
    const at = (x: Tensor, t: number, p: number, i: number) => x.data[(t * 31 + (p - 40)) * 2 + i];
    for (let t = 0; t < 4; t++)
      for (let p = 48; p < 62; p++) expect(at(high, t, p + 2, 0)).toBeCloseTo(at(low, t, p, 0), 5);
  });

  test('training normalises by the batch: the last layer has mean beta and deviation gamma', () => {
    const description = describeModel({
      layers: 5,
      channels: 4,
      instruments: 2,
      lowestPitch: 60,
      highestPitch: 65,
    });
    const input = normal(key(5), [3, 7, 6, 4]);
    const { logits, statistics } = coconetTraining(description, initParameters(key(0), description), input);
    for (const voice of [0, 1]) {
      const values = [...logits.data].filter((_, i) => i % 2 === voice);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
      expect(mean).toBeCloseTo(0, 5);
      expect(deviation).toBeCloseTo(0.1, 3);
    }
    // With these very statistics, the network after training gives nearly the same (biased against unbiased variance).
    const again = coconet(description, initParameters(key(0), description), statistics, input);
    const worst = Math.max(...[...again.data].map((v, i) => Math.abs(v - logits.data[i])));
    expect(worst).toBeLessThan(0.02);
  });

  test('executors agree', () => {
    const description = describeModel({
      layers: 6,
      channels: 16,
      dilations: dilationCycle({ time: 2, pitch: 4 }),
    });
    const [parameters, statistics] = [initParameters(key(0), description), initPopulation(description)];
    const run = (executor: typeof jsExecutor) =>
      jit((x: Tensor) => coconet(description, parameters, statistics, x), { executor })(
        normal(key(1), [1, 4, 46, 8]),
      );
    const [a, b] = [run(jsExecutor), run(wasmExecutor)];
    for (const [i, v] of a.data.entries()) expect(b.data[i]).toBeCloseTo(v, 4);
  });
});

describe('one step of the output', () => {
  test.each(['even', 'odd'] as const)('is that step of the whole, at every place; %s skips', (skips) => {
    for (const separable of [false, true]) {
      const description = describeModel({
        layers: 7,
        channels: 4,
        instruments: 2,
        lowestPitch: 60,
        highestPitch: 65,
        dilations: [
          [1, 1],
          [3, 2],
        ],
        separable,
        skips,
      });
      // Scales of one: with those of a beginning, what lies farther off would hardly show.
      const parameters = initParameters(key(2), description).map((layer) => ({
        ...layer,
        scale: ones(layer.scale.shape),
        offset: full(layer.offset.shape, 0.3),
      }));
      const steps = 40;
      const x = normal(key(3), [2, steps, 6, 4]);
      const whole = coconet(description, parameters, initPopulation(description), x);
      for (const step of [0, 1, 9, 20, 33, 38, 39]) {
        const one = coconet(description, parameters, initPopulation(description), x, { step });
        expect(one.shape).toEqual([2, 1, 6, 2]);
        const expected = slice(whole, [0, step, 0, 0], [-1, 1, -1, -1]).data;
        for (const [i, v] of one.data.entries()) expect(v).toBeCloseTo(expected[i], 3);
      }
    }
  });

  test('there is no such step', () => {
    const description = describeModel({ layers: 4, channels: 2 });
    const parameters = initParameters(key(0), description);
    const input = normal(key(0), [1, 3, 46, 8]);
    for (const step of [-1, 3, 0.5])
      expect(
        messageOf(() => coconet(description, parameters, initPopulation(description), input, { step })),
      ).toBe(`coconet: step must lie in 0..2; got ${step}`);
  });
});

describe('errors', () => {
  test.each([
    [{ layers: 3, channels: 8 }, 'describe: layers must be a whole number of at least 4; got 3'],
    [{ layers: 4, channels: 0 }, 'describe: channels must be a whole number of at least 1; got 0'],
    [
      { layers: 4, channels: 8, instruments: 1.5 },
      'describe: instruments must be a whole number of at least 1; got 1.5',
    ],
    [
      { layers: 4, channels: 8, lowestPitch: -1 },
      'describe: lowestPitch must be a whole number of at least 0; got -1',
    ],
    [
      { layers: 4, channels: 8, highestPitch: 128 },
      'describe: highestPitch must be a whole number from 36 to 127; got 128',
    ],
    [
      { layers: 4, channels: 8, dilations: [] },
      'describe: dilations must hold pairs of whole numbers of at least 1; got []',
    ],
  ])('%j', (options, message) => {
    expect(messageOf(() => describeModel(options))).toBe(message);
  });

  test('an input with another number of channels', () => {
    const description = describeModel({ layers: 4, channels: 2 });
    const run = () =>
      coconet(
        description,
        initParameters(key(0), description),
        initPopulation(description),
        normal(key(0), [1, 1, 46, 6]),
      );
    expect(messageOf(run)).toBe('coconet: input must have shape [B, T, P, 8]; got [1, 1, 46, 6]');
  });

  test('a cap below one', () => {
    expect(messageOf(() => dilationCycle({ time: 0, pitch: 2 }))).toBe(
      'dilationCycle: time must be a whole number of at least 1; got 0',
    );
  });
});
