/** The conformance table on graphics processors: webgpu in Node (through Dawn) and in browsers, webgl in browsers. */
import { createTensorflowExecutor, type TensorflowBackend } from '@descant/tensor-ops/tensorflow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkBatching } from '../conformance/batching-laws.ts';
import { checkSinglePrecision } from '../conformance/derivative-laws.ts';
import { checkValue } from '../conformance/value-laws.ts';
import { SEED } from '../support/arbitraries.ts';
import { EAGER } from '../support/executors.ts';
import { DEVICE_TYPES, ROWS, whole } from '../tensorflow/rows.ts';
import { holds } from './waiting.ts';

const BACKENDS: readonly TensorflowBackend[] = 'document' in globalThis ? ['webgpu', 'webgl'] : ['webgpu'];
const executors = await Promise.all(BACKENDS.map((backend) => createTensorflowExecutor({ backend })));

/** float32 on both sides, with sums in another order. */
const BATCHED = { dtype: 'float32', tolerance: 1e-4 } as const;

describe.each(executors)('$name', (executor) => {
  describe.each(DEVICE_TYPES)('values and dtypes on %s operands', (dtype) => {
    test.each(ROWS.filter((row) => (row.dtypes ?? DEVICE_TYPES).includes(dtype)))('$name', async (row) => {
      await fc.assert(
        fc.asyncProperty(row.args(1), ([args]) =>
          holds(executor, (mode) =>
            checkValue(row, dtype === 'float32' ? args : whole(row, args, dtype), dtype, mode),
          ),
        ),
        { seed: SEED, numRuns: 3 },
      );
    });
  });

  describe('first and second derivatives beside those in float64', () => {
    test.each(ROWS.filter((row) => row.differentiable.includes(true)))('$name', async (row) => {
      await fc.assert(
        fc.asyncProperty(row.args(1), fc.nat(), ([args], seed) =>
          holds(executor, (mode) => checkSinglePrecision(row, args, mode, seed, EAGER)),
        ),
        { seed: SEED, numRuns: 2 },
      );
    });
  });

  describe('vmap equals the stacked results', () => {
    test.each(ROWS)('$name', async (row) => {
      await fc.assert(
        fc.asyncProperty(row.args(4), fc.nat(), (examples, seed) =>
          holds(executor, (mode) => checkBatching(row, examples, mode, seed, BATCHED)),
        ),
        { seed: SEED, numRuns: 1 },
      );
    });
  });
});

test('a law that fails is seen', async () => {
  const [row] = ROWS;
  const [[args]] = fc.sample(row.args(1), { seed: SEED, numRuns: 1 });
  const wrong = { ...row, reference: () => ({ shape: [1], values: [Number.NaN] }) };
  await expect(holds(executors[0], (mode) => checkValue(wrong, args, 'float32', mode))).rejects.toThrow(
    row.name,
  );
});
