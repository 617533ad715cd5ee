import { readFileSync } from 'node:fs';
import {
  conditionalsOf,
  decodeModel,
  exportOnnx,
  harmonise,
  independentGibbs,
  notewiseNll,
  type Score,
  sample,
  sizesOf,
} from '@descant/coconet';
import { loadChorales } from '@descant/coconet/node';
import { pretrained } from '@descant/coconet/weights';
import { createWasmExecutor, type Executor, jsExecutor, key, setThreads } from '@descant/tensor-ops';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { choralesPath, skipNote } from './support/corpus.ts';
import { messageOf } from './support/errors.ts';

const model = await pretrained();
const melody = [67, 69, 71, -1, 72, 71].flatMap((p) => [p, p]);

afterAll(() => setThreads(1));

const run = (executor?: Executor): Promise<Score[]> =>
  sample(
    conditionalsOf(model, executor ? { executor } : {}),
    [harmonise(melody)],
    independentGibbs({ steps: 6 }),
    { key: key(4) },
  );

describe('the network that comes with the package', () => {
  test('fits into 2 MB and is model B of the chorales', () => {
    const bytes = readFileSync(new URL('../weights/chorales.safetensors', import.meta.url));
    expect(bytes.length).toBeLessThan(2e6);
    expect(decodeModel(bytes).description).toEqual(model.description);
    const { filterParameters, normParameters } = sizesOf(model.description);
    expect(filterParameters + normParameters).toBe(284_456);
  });

  test('harmonises: the melody stays with its rests, every other cell has a pitch of the range', async () => {
    const [score] = await run();
    expect(score.map(([soprano]) => soprano)).toEqual(melody);
    for (const [, ...others] of score) for (const p of others) expect(p >= 36 && p <= 81).toBe(true);
    // It has learnt to keep voices in their order, nearly always: untrained, they would cross in most steps.
    const crossings = score.filter(([s, a, t, b]) => (s >= 0 && a > s) || t > a || b > t).length;
    expect(crossings).toBeLessThan(score.length / 4);
  });

  test('the same seed, the same chorale on js, on wasm with one thread and with two', {
    timeout: 120_000,
  }, async () => {
    const deterministic = createWasmExecutor({ fma: false });
    const one = await run(deterministic);
    await setThreads(2);
    const two = await run(deterministic);
    await setThreads(1);
    expect(two).toEqual(one);
    expect(await run(jsExecutor)).toEqual(one);
  });

  test.skipIf(choralesPath === undefined)(
    `predicts test chorales far better than chance${skipNote}`,
    { timeout: 60_000 },
    async () => {
      const { test: scores } = await loadChorales({ path: choralesPath ?? '' });
      const { mean, standardError } = await notewiseNll(conditionalsOf(model), scores, {
        key: key(0),
        order: 'random',
        notes: 96,
      });
      // ln 46 = 3.83 for chance, 2.61 for unigrams; about 0.55 here, with a standard error of about 0.1.
      expect(standardError).toBeLessThan(0.25);
      expect(mean).toBeLessThan(1.5);
    },
  );
});

describe('ONNX', () => {
  test('onnxruntime computes the same log-probabilities', async () => {
    const steps = 6;
    const session = await InferenceSession.create(exportOnnx(model, { steps }));
    const pitches = Int32Array.from({ length: 4 * steps }, (_, i) => [72, 67, 60, 48][i % 4] + (i % 3));
    const known = Uint8Array.from({ length: 4 * steps }, (_, i) => (i % 5 === 0 ? 0 : 1));
    const shape = [1, steps, 4];
    const { logProbabilities } = await session.run({
      pitches: new Tensor('int32', pitches, shape),
      known: new Tensor('float32', Float32Array.from(known), shape),
    });
    const expected = conditionalsOf(model).predict({ batch: 1, steps, pitches, known });
    expect(logProbabilities.dims).toEqual([1, steps, 46, 4]);
    const found = logProbabilities.data as Float32Array;
    for (let i = 0; i < found.length; i++) expect(Math.abs(found[i] - expected[i])).toBeLessThan(2e-3);
  });

  test('errors', () => {
    expect(messageOf(() => exportOnnx(model, { steps: 0 }))).toBe(
      'exportOnnx: steps must be a whole number of at least 1; got 0',
    );
  });
});
