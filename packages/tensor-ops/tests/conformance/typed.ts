/** The grids of a row as tensors of the right dtypes. */
import type { DType, Tensor } from '@descant/tensor-ops';
import { type Grid, toTensor } from '../support/grid.ts';
import type { Row } from './row.ts';

/** Indices and conditions keep their own dtype; the other arguments take `dtype`. */
export const typedArguments = (row: Row, args: readonly Grid[], dtype: DType = 'float64'): Tensor[] =>
  args.map((g, i) => toTensor(g, row.fixedTypes?.[i] ?? dtype));
