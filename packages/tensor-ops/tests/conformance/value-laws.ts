/** Values and dtypes of every operation, without jit and on every executor. */
import type { DType } from '@descant/tensor-ops';
import { expectClose } from '../support/close.ts';
import type { Mode } from '../support/executors.ts';
import type { Grid } from '../support/grid.ts';
import type { ResultType, Row } from './row.ts';
import { typedArguments } from './typed.ts';

const TOLERANCE: Readonly<Record<DType, number>> = {
  float64: 1e-12,
  float32: 1e-5,
  int32: 0,
  uint32: 0,
  bool: 0,
};

/** What the dtype of the result must be when every numeric operand has the given one. */
function resultType(kind: ResultType, dtype: DType): DType {
  const float = dtype === 'float32' || dtype === 'float64';
  switch (kind) {
    case 'number':
      return dtype === 'bool' ? 'int32' : dtype;
    case 'real':
      return float ? dtype : 'float32';
    case 'any':
      return dtype;
    case 'index':
      return 'int32';
    case 'truth':
      return 'bool';
  }
}

/** What storage of a dtype does to the exact result. */
function stored(x: Grid, dtype: DType): Grid {
  const store = (value: number) => {
    if (dtype === 'int32') return value | 0;
    if (dtype === 'uint32') return value >>> 0;
    return dtype === 'bool' ? Number(value !== 0) : value;
  };
  return { shape: x.shape, values: x.values.map(store) };
}

/** Checks value, shape and dtype on operands of one dtype. */
export function checkValue(row: Row, args: readonly Grid[], dtype: DType, mode: Mode): void {
  const inputs = typedArguments(row, args, dtype);
  const seen = args.map((_, i) => ({ shape: inputs[i].shape, values: Array.from(inputs[i].data) }));
  const result = mode.run(row.fn)(...inputs);
  const expected = row.resultIs ?? resultType(row.result, dtype);
  if (result.dtype !== expected) {
    throw new Error(`${row.name}: ${dtype} operands gave ${result.dtype} instead of ${expected}`);
  }
  expectClose(result, stored(row.reference(...seen), expected), {
    what: `${row.name}: value in ${dtype}`,
    tolerance: TOLERANCE[expected],
  });
}
