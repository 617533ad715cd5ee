import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SEED } from '../support/arbitraries.ts';
import { EXECUTORS } from '../support/executors.ts';
import { checkBatching } from './batching-laws.ts';
import { TABLE } from './table.ts';

const onRandomExamples = (
  row: (typeof TABLE)[number],
  executor: (typeof EXECUTORS)[number] | undefined,
  numRuns: number,
) =>
  fc.assert(
    fc.property(row.args(4), fc.nat(), (examples, seed) => checkBatching(row, examples, executor, seed)),
    { seed: SEED, numRuns },
  );

describe('vmap equals the stacked results, without jit', () => {
  test.each(TABLE)('$name', (row) => onRandomExamples(row, undefined, 8));
});

describe.each(EXECUTORS)('vmap equals the stacked results, executor $name', (executor) => {
  test.each(TABLE)('$name', (row) => onRandomExamples(row, executor, 3));
});
