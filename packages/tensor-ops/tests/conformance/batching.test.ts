import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SEED } from '../support/arbitraries.ts';
import { EAGER, MODES } from '../support/executors.ts';
import { checkBatching } from './batching-laws.ts';
import { TABLE } from './table.ts';

describe.each(MODES)('vmap equals the stacked results, $name', (mode) => {
  test.each(TABLE)('$name', (row) => {
    fc.assert(
      fc.property(row.args(4), fc.nat(), (examples, seed) => checkBatching(row, examples, mode, seed)),
      { seed: SEED, numRuns: mode === EAGER ? 8 : 3 },
    );
  });
});
