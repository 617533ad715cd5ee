/** The cost of a call: a x b + 1 on vectors of three numbers. */
import { add, mul, type Tensor } from '@descant/tensor-ops';

export const INPUTS: readonly (readonly number[])[] = [[3], [3]];

export const multiplyAdd = (a: Tensor, b: Tensor): Tensor => add(mul(a, b), 1);
