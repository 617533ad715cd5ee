import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SEED } from '../support/arbitraries.ts';
import { EXECUTORS } from '../support/executors.ts';
import { checkDerivatives, checkSinglePrecision } from './derivative-laws.ts';
import { TABLE } from './table.ts';

const rows = TABLE.filter((row) => row.differentiable.includes(true));

/** Runs the laws on random arguments and directions. */
const onRandomPoints = (
  row: (typeof rows)[number],
  executor: (typeof EXECUTORS)[number] | undefined,
  numRuns: number,
) =>
  fc.assert(
    fc.property(row.args(1), fc.nat(), ([args], seed) => checkDerivatives(row, args, executor, seed)),
    { seed: SEED, numRuns },
  );

describe('first and second derivatives against finite differences, without jit', () => {
  test.each(rows)('$name', (row) => onRandomPoints(row, undefined, 12));
});

describe.each(EXECUTORS)(
  'first and second derivatives against finite differences, executor $name',
  (executor) => {
    test.each(rows)('$name', (row) => onRandomPoints(row, executor, 4));
  },
);

describe.each(EXECUTORS)('derivatives in float32, executor $name', (executor) => {
  const single = rows.filter((row) => row.resultIs === undefined);
  test.each(single)('$name', (row) => {
    fc.assert(
      fc.property(row.args(1), fc.nat(), ([args], seed) => checkSinglePrecision(row, args, executor, seed)),
      { seed: SEED, numRuns: 2 },
    );
  });
});
