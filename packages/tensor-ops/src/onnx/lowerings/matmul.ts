/** Products of matrices. */
import type { Lowering } from './lowering.ts';

/** MatMul broadcasts batch axes as the primitive does. */
export const lowerMatmul: Lowering<'matmul'> = (g, _node, inputs) => g.op('MatMul', inputs);
