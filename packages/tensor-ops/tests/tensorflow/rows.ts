/** The rows of the conformance table for TensorFlow.js. */
import type { DType } from '@descant/tensor-ops';
import type { Row } from '../conformance/row.ts';
import { TABLE } from '../conformance/table.ts';
import type { Grid } from '../support/grid.ts';

/** The types of TensorFlow.js. */
export const DEVICE_TYPES: readonly DType[] = ['float32', 'int32', 'bool'];

/** Rows that need a type that TensorFlow.js does not have. */
const REFUSED: Readonly<Record<string, DType>> = {
  'cast to float64': 'float64',
  'cast to uint32': 'uint32',
  // Asks for float64 in its function.
  oneHot: 'float64',
};

/** The rows that run, and those that must be refused because of a type. */
export const ROWS: readonly Row[] = TABLE.filter((row) => !(row.name in REFUSED));
export const REFUSED_ROWS = TABLE.flatMap((row) =>
  row.name in REFUSED ? [{ row, name: row.name, dtype: REFUSED[row.name] }] : [],
);

/** Whole numbers in [1, 4] (0 or 1 for bool) in place of the numeric arguments. */
export const whole = (row: Row, args: readonly Grid[], dtype: DType): Grid[] =>
  args.map((g, i) => {
    if (row.fixedTypes?.[i]) return g;
    const pick = (x: number) => Math.floor(Math.abs(x) * 7) % (dtype === 'bool' ? 2 : 4);
    return { shape: g.shape, values: g.values.map((x) => pick(x) + (dtype === 'bool' ? 0 : 1)) };
  });
