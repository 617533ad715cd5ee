/** Values and dtypes of the conformance table on every TensorFlow.js backend that loads. */
import { oneHot } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { typedArguments } from '../conformance/typed.ts';
import { checkValue } from '../conformance/value-laws.ts';
import { SEED } from '../support/arbitraries.ts';
import { DEVICE_TYPES, REFUSED_ROWS, ROWS, whole } from './rows.ts';
import { MODES } from './support.ts';

describe.each(MODES)('$name', (mode) => {
  describe.each(DEVICE_TYPES)('on %s operands', (dtype) => {
    test.each(ROWS.filter((row) => (row.dtypes ?? DEVICE_TYPES).includes(dtype)))('$name', (row) => {
      fc.assert(
        fc.property(row.args(1), ([args]) => {
          checkValue(row, dtype === 'float32' ? args : whole(row, args, dtype), dtype, mode);
        }),
        { seed: SEED, numRuns: 5 },
      );
    });
  });

  test('oneHot, which stands in float64 in the table', () => {
    const row = REFUSED_ROWS.find(({ name }) => name === 'oneHot')?.row;
    if (!row) throw new Error('the table has no row oneHot');
    fc.assert(
      fc.property(row.args(1), ([args]) => {
        const inFloat32 = { ...row, fn: (at: Parameters<typeof row.fn>[0]) => oneHot(at, 3, 'float32') };
        checkValue(inFloat32, args, 'float32', mode);
      }),
      { seed: SEED, numRuns: 5 },
    );
  });

  test.each(REFUSED_ROWS)('$name is refused, because TensorFlow.js has no $dtype', ({ row, dtype }) => {
    const [[args]] = fc.sample(row.args(1), { seed: SEED, numRuns: 1 });
    expect(() => mode.run(row.fn)(...typedArguments(row, args, 'float32'))).toThrow(
      new RegExp(`^executor ${mode.name.replace(/[()]/g, '\\$&')}: fn must compute in .* got ${dtype} in `),
    );
  });
});
