/** W4: the product of two 512 x 512 matrices. */
import { matmul } from '@descant/tensor-ops';

export const INPUTS: readonly (readonly number[])[] = [
  [512, 512],
  [512, 512],
];

export const product = matmul;
