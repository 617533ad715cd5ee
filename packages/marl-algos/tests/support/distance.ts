import { abs, max, sub, type Tensor } from '@descant/tensor-ops';

/** The largest difference between the elements of two tensors; they are unknown where trees of parameters are. */
export const distance = (a: unknown, b: unknown): number => max(abs(sub(a as Tensor, b as Tensor))).item();
