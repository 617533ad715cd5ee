/** What it takes to run a primitive on TensorFlow.js. */
import type { Op, Program } from '../../../ir/attributes.ts';
import type { MultiOp } from '../../../primitives/index.ts';
import type { Tensor } from '../../../tensor.ts';
import type { Handle, Runtime } from '../runtime.ts';

/** Computes a node with one output. No operand and no result is empty; what it makes on the way is disposed of. */
export type Lowering<K extends Op> = (r: Runtime, node: Tensor<K>, inputs: readonly Handle[]) => Handle;

/** Computes the outputs of a body, each a handle of its own. */
type RunBody = (body: Program, inputs: readonly Handle[]) => Handle[];

/** Computes a node with several outputs, each a handle of its own. */
export type MultiLowering<K extends Op> = (
  r: Runtime,
  node: Tensor<K>,
  inputs: readonly Handle[],
  runBody: RunBody,
) => readonly Handle[];

/** Lowerings by primitive; programs with others are refused when they are compiled. */
export interface Lowerings {
  readonly single: { readonly [K in Exclude<Op, MultiOp>]?: Lowering<K> };
  readonly multi: { readonly [K in MultiOp]?: MultiLowering<K> };
}
