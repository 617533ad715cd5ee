import type { DType } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SEED } from '../support/arbitraries.ts';
import { EAGER, MODES } from '../support/executors.ts';
import type { Grid } from '../support/grid.ts';
import type { Row } from './row.ts';
import { TABLE } from './table.ts';
import { checkValue } from './value-laws.ts';

const DTYPES: readonly DType[] = ['float64', 'float32', 'int32', 'uint32', 'bool'];

/** The arguments with whole numbers in [1, 4] (0 or 1 for bool) in place of the numeric ones. */
const whole = (row: Row, args: readonly Grid[], dtype: DType): Grid[] =>
  args.map((g, i) => {
    if (row.fixedTypes?.[i]) return g;
    const pick = (x: number) => Math.floor(Math.abs(x) * 7) % (dtype === 'bool' ? 2 : 4);
    return { shape: g.shape, values: g.values.map((x) => pick(x) + (dtype === 'bool' ? 0 : 1)) };
  });

describe.each(DTYPES)('values and dtypes on %s operands', (dtype) => {
  const float = dtype === 'float32' || dtype === 'float64';
  describe.each(MODES)('$name', (mode) => {
    test.each(TABLE.filter((row) => (row.dtypes ?? DTYPES).includes(dtype)))('$name', (row) => {
      fc.assert(
        fc.property(row.args(1), ([args]) => {
          checkValue(row, float ? args : whole(row, args, dtype), dtype, mode);
        }),
        { seed: SEED, numRuns: mode === EAGER ? 20 : 5 },
      );
    });
  });
});
