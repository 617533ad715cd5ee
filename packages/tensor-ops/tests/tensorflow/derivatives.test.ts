/** First and second derivatives, and vmap, of every operation on TensorFlow.js, beside the plain float64 functions. */
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { checkBatching } from '../conformance/batching-laws.ts';
import { checkSinglePrecision } from '../conformance/derivative-laws.ts';
import { SEED } from '../support/arbitraries.ts';
import { EAGER } from '../support/executors.ts';
import { ROWS } from './rows.ts';
import { MODES } from './support.ts';

/** float32 on both sides, with sums in another order. */
const BATCHED = { dtype: 'float32', tolerance: 1e-4 } as const;

const differentiable = ROWS.filter((row) => row.differentiable.includes(true));

describe.each(MODES)('$name', (mode) => {
  describe('gradient, forward over reverse and reverse over reverse within the tolerance of float32', () => {
    test.each(differentiable)('$name', (row) => {
      fc.assert(
        fc.property(row.args(1), fc.nat(), ([args], seed) =>
          checkSinglePrecision(row, args, mode, seed, EAGER),
        ),
        { seed: SEED, numRuns: 2 },
      );
    });
  });

  describe('vmap equals the stacked results', () => {
    test.each(ROWS)('$name', (row) => {
      fc.assert(
        fc.property(row.args(4), fc.nat(), (examples, seed) =>
          checkBatching(row, examples, mode, seed, BATCHED),
        ),
        { seed: SEED, numRuns: 1 },
      );
    });
  });
});
