/** Every operation of the conformance table, exported and run by onnxruntime. */
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { DType } from '../../src/index.ts';
import { TABLE } from '../conformance/table.ts';
import { typedArguments } from '../conformance/typed.ts';
import { SEED } from '../support/arbitraries.ts';
import { checkExport } from './support/runtime.ts';

const DTYPES: readonly DType[] = ['float32', 'float64', 'int32', 'uint32', 'bool'];

/** Whole numbers in [1, 4], or 0 and 1, in place of the numbers of an example. */
const whole = (dtype: DType) => (x: number) => {
  const n = Math.floor(Math.abs(x) * 7);
  return dtype === 'bool' ? n % 2 : 1 + (n % 4);
};

describe.each(DTYPES)('on %s operands', (dtype) => {
  const rows = TABLE.filter((row) => (row.dtypes ?? DTYPES).includes(dtype));
  test.each(rows)('$name', (row) =>
    fc.assert(
      fc.asyncProperty(row.args(1), async ([args]) => {
        const isFloat = dtype === 'float32' || dtype === 'float64';
        const grids = args.map((g, i) =>
          isFloat || row.fixedTypes?.[i] ? g : { shape: g.shape, values: g.values.map(whole(dtype)) },
        );
        await checkExport(`${row.name} in ${dtype}`, row.fn, typedArguments(row, grids, dtype));
      }),
      { seed: SEED, numRuns: 5 },
    ),
  );
});
