import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SEED } from '../support/arbitraries.ts';
import { COMPILED, EAGER, MODES } from '../support/executors.ts';
import type { Grid } from '../support/grid.ts';
import { checkDerivatives, checkSinglePrecision } from './derivative-laws.ts';
import type { Row } from './row.ts';
import { TABLE } from './table.ts';

const rows = TABLE.filter((row) => row.differentiable.includes(true));
const plain = rows.filter((row) => row.resultIs === undefined);

/** A law on random arguments and directions. */
const holds = (row: Row, law: (args: Grid[], seed: number) => void, numRuns: number) =>
  fc.assert(
    fc.property(row.args(1), fc.nat(), ([args], seed) => law(args, seed)),
    { seed: SEED, numRuns },
  );

describe.each(MODES)('first and second derivatives against finite differences, $name', (mode) => {
  test.each(rows)('$name', (row) => {
    holds(row, (args, seed) => checkDerivatives(row, args, mode, seed), mode === EAGER ? 12 : 4);
  });
});

describe.each(COMPILED)('derivatives in float32, $name', (mode) => {
  test.each(plain)('$name', (row) => {
    holds(row, (args, seed) => checkSinglePrecision(row, args, mode, seed), 2);
  });
});
