/** What a primitive has to say about itself. */
import type { DType, TypedArray } from '../dtype.ts';
import type { FunctionBuilder } from '../executors/wasm/encoder.ts';
import type { LoopContext } from '../executors/wasm/fused/control.ts';
import type { Place } from '../executors/wasm/fused/place.ts';
import type { Generator } from '../executors/wasm/generator.ts';
import type { Operand } from '../executors/wasm/loops/place.ts';
import type { ScalarDag } from '../executors/wasm/scalar-dag.ts';
import type { Scalars } from '../executors/wasm/scalar-operations.ts';
import type { Attributes, Op, Program } from '../ir/attributes.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** The code of a primitive with two inputs in WebAssembly: as loops, and as scalars. */
interface WasmCode<K extends Op> {
  kernel(g: Generator, f: FunctionBuilder, node: Tensor<K>, x: Operand, y: Operand, out: Operand): void;
  /** `shape`: that of the node in one lane. */
  scalars(dag: ScalarDag, node: Tensor<K>, shape: Shape, x: Scalars, y: Scalars): readonly number[];
}

/** A primitive with one output. */
export interface Primitive<K extends Op> {
  /** The same operation on other inputs, simplified. */
  rebuild(inputs: readonly Tensor[], node: Tensor<K>): Tensor;
  /** Reference implementation on concrete inputs. */
  evaluate(inputs: readonly Tensor[], attributes: Attributes[K], shape: Shape, dtype: DType): TypedArray;
  /** Tangent of the output, given the node on its primal inputs and the inputs' tangents (null: zero). */
  jvp(node: Tensor<K>, tangents: readonly (Tensor | null)[]): Tensor | null;
  /** Cotangents of the linear inputs of a node that is linear in them. */
  transpose(node: Tensor<K>, cotangent: Tensor, linear: readonly boolean[]): (Tensor | null)[];
  /** The operation on inputs some of which have a leading batch axis of `size`; so has the result. */
  batch(inputs: readonly Tensor[], node: Tensor<K>, batched: readonly boolean[], size: number): Tensor;
  /** Where the wasm executor does not hold the code of the primitive itself. */
  readonly wasm?: WasmCode<K>;
}

/** A primitive with several outputs, read through `projection` nodes. */
export interface MultiPrimitive<K extends Op> {
  rebuild(inputs: readonly Tensor[], node: Tensor<K>): Tensor[];
  /** Reference implementation; `interpret` runs a program's body. */
  evaluate(inputs: readonly Tensor[], node: Tensor<K>, interpret: Interpret): Tensor[];
  /** New primal outputs (which may have to keep residuals) and their tangents. */
  jvp(
    inputs: readonly Tensor[],
    node: Tensor<K>,
    tangents: readonly (Tensor | null)[],
  ): { primals: Tensor[]; tangents: (Tensor | null)[] };
  transpose(
    node: Tensor<K>,
    cotangents: readonly (Tensor | null)[],
    linear: readonly boolean[],
  ): (Tensor | null)[];
  /** Outputs, each with its own flag whether it has the leading batch axis. */
  batch(
    inputs: readonly Tensor[],
    node: Tensor<K>,
    batched: readonly boolean[],
    size: number,
  ): { outputs: Tensor[]; batched: boolean[] };
  /** Where schedule S2 of the wasm executor does not hold the code of the primitive itself. */
  plan?(context: LoopContext, node: Tensor<K>): Place[];
}

/** Runs a body on concrete inputs; `step` tells a debugging interpreter the iteration of a loop. */
export type Interpret = (program: Program, inputs: readonly Tensor[], step?: number) => Tensor[];

/** The error of a rule that cannot apply: transposing where the node is not linear, and the like. */
export function notLinear(op: string): Error {
  return new Error(`internal: ${op} is not linear`);
}
