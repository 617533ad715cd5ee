/** What it takes to write a primitive as ONNX operations. */
import { ArgumentError } from '../../errors.ts';
import type { Op, Program } from '../../ir/attributes.ts';
import type { MultiOp } from '../../primitives/index.ts';
import type { Tensor } from '../../tensor.ts';
import type { GraphBuilder, Value } from '../builder.ts';

/** Writes a node with one output; no operand and no result is empty. */
export type Lowering<K extends Op> = (g: GraphBuilder, node: Tensor<K>, inputs: readonly Value[]) => Value;

/** Writes the nodes of a body, given what stands for its inputs. */
type LowerBody = (g: GraphBuilder, program: Program, inputs: readonly Value[]) => Value[];

/** Writes a node with several outputs. */
export type MultiLowering<K extends Op> = (
  g: GraphBuilder,
  node: Tensor<K>,
  inputs: readonly Value[],
  lowerBody: LowerBody,
) => readonly Value[];

/** Lowerings by primitive. */
export interface Lowerings {
  readonly single: { readonly [K in Exclude<Op, MultiOp>]?: Lowering<K> };
  readonly multi: { readonly [K in MultiOp]?: MultiLowering<K> };
}

/** The error for what ONNX cannot say. */
export const unsupported = (op: string, reason: string): ArgumentError =>
  new ArgumentError('toOnnx', 'fn', 'use only operations that can be written in ONNX', `${op} (${reason})`);
