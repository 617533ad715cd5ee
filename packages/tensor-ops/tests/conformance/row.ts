/** What the conformance table says about an operation. */
import type { DType, Tensor } from '@descant/tensor-ops';
import type { Samples } from '../support/arbitraries.ts';
import type { Grid } from '../support/grid.ts';

/**
 * How the dtype of the result follows from those of the operands.
 *
 * - `number`: the promoted dtype, bool counting as int32.
 * - `real`: the promoted dtype, everything that is not floating point counting as float32.
 * - `any`: the promoted dtype, bool included.
 * - `index`: int32. `truth`: bool.
 */
export type ResultType = 'number' | 'real' | 'any' | 'index' | 'truth';

export interface Row {
  readonly name: string;
  readonly fn: (...args: Tensor[]) => Tensor;
  /** Independent plain JavaScript. */
  readonly reference: (...args: Grid[]) => Grid;
  /** Arguments away from kinks and poles. */
  readonly args: Samples;
  /** Which arguments are differentiated; the others keep their fixed dtype. */
  readonly differentiable: readonly boolean[];
  /** Dtype of the arguments that are not numbers: indices and conditions. */
  readonly fixedTypes?: readonly (DType | null)[];
  readonly result: ResultType;
  /** A dtype of the result that depends on nothing. */
  readonly resultIs?: DType;
  /** Dtypes that the numeric arguments may have. */
  readonly dtypes?: readonly DType[];
}
