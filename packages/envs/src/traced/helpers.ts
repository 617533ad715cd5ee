/** Small functions of tensors that traced environments share. */
import {
  ArgumentError,
  cast,
  type FloatType,
  greaterEqual,
  logicalAnd,
  logicalNot,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { show } from '../spaces/space.ts';

/** Checks the dtype of a traced environment. */
export function checkDtype(fn: string, dtype: FloatType): FloatType {
  if (dtype === 'float32' || dtype === 'float64') return dtype;
  throw new ArgumentError(fn, 'dtype', 'be float32 or float64', show(dtype));
}

/** A constant int32 tensor. */
export const int = (values: number | readonly number[]): Tensor =>
  tensor(values as number[], { dtype: 'int32' });

/** A condition as 0 or 1. */
export const bit = (condition: Tensor): Tensor => cast(condition, 'int32');

/** false for each of n agents. */
export const never = (n: number): Tensor => tensor(Array.from({ length: n }, () => false));

/** Who is cut off after a number of steps: everybody not terminated, at the limit. */
export function truncation(time: Tensor, maxSteps: number, terminated: Tensor): Tensor {
  if (maxSteps === Number.POSITIVE_INFINITY) return never(terminated.shape[0]);
  return logicalAnd(greaterEqual(time, maxSteps), logicalNot(terminated));
}
