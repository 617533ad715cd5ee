/** The vocabulary of the intermediate representation: the structural primitives with their attributes. */
import type { TypedArray } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import type { ScalarFunction } from './scalar-functions.ts';

/** A closed sub-graph: the body of a loop or a branch. Outputs depend on nothing but the inputs and constants. */
export interface Program {
  readonly inputs: readonly Tensor<'variable'>[];
  readonly outputs: readonly Tensor[];
}

/** A pullback given by the user of `customGradient`: cotangents of the outputs to cotangents of the operands. */
export type Pullback = (
  operands: readonly Tensor[],
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
) => readonly (Tensor | null)[];

/**
 * What lies behind the parts of an assembly. `absent` marks the zeros of differentiation, where nothing arrived:
 * unlike a zero of the user's they annihilate products, even with infinities.
 */
export interface Background {
  readonly fill: number;
  readonly absent: boolean;
}

/**
 * One spatial axis of a convolution: input position i, output position o and filter position k meet where
 * `input i = output o + filter k + offset`. `input` is positive; the others are not zero.
 */
export interface ConvolutionAxis {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly offset: number;
}

/**
 * What each primitive needs besides its inputs.
 *
 * - `elementwise`: inputs broadcast together without explicit broadcast nodes.
 * - `assemble`: input i lies at offset `begins[i]`; the parts never overlap; the rest is background.
 * - `reduce`: the reduced axes disappear.
 * - `gather`: `x, indices` (int32) to `x.shape[..axis] + indices.shape + x.shape[axis+1..]`; an index out of
 *   range yields NaN in floats and 0 otherwise. `scatterAdd` is its transpose: `updates, indices`, into zeros of
 *   `size` along `axis`.
 * - `matmul`: `[..., m, k] x [..., k, n]` with batch axes that broadcast.
 * - `solve`: `A [..., n, n], B [..., n, m]` to `A^-1 B` (`A^-T B` when `transposed`), batch axes broadcast;
 *   `pivot: false` where A is diagonally dominant.
 * - `conv2d`: `x [N, H, W, C], w [KH, KW, C / groups, O]` to `[N, OH, OW, O]`; see `ConvolutionAxis`. Group g of
 *   the filters sees group g of the channels.
 * - `loop`: inputs are `carries` initial carries, then `scanned` tensors read along axis 0, then invariants, in
 *   the order of `body.inputs`; `body.outputs` are the new carries, then the stacked outputs (`length` first).
 * - `sort`: the positions (int32) of the elements of each line along `axis`, in order: stable, NaN last.
 * - `while`: inputs are `carries` initial carries, then invariants, in the order of the inputs, which both programs
 *   share; `condition` gives a bool scalar, `body` the new carries.
 * - `cond`: inputs are the predicate (bool scalar), then the operands in the order of both bodies' inputs.
 * - `projection`: output `index` of a `loop`, `while`, `cond` or `custom` node.
 * - `custom`: a function with its own pullback; `customTangent` its linearisation (inputs: operands, then one
 *   tangent for each operand).
 */
export interface Attributes {
  variable: { readonly name: string };
  constant: { readonly data: TypedArray };
  elementwise: { readonly fn: ScalarFunction };
  cast: object;
  broadcast: object;
  reshape: object;
  transpose: { readonly permutation: readonly number[] };
  slice: { readonly begin: readonly number[] };
  assemble: { readonly begins: readonly (readonly number[])[] } & Background;
  reduce: { readonly kind: 'sum' | 'max' | 'min'; readonly axes: readonly number[] };
  matmul: object;
  gather: { readonly axis: number };
  scatterAdd: { readonly axis: number; readonly size: number };
  argmax: { readonly axis: number };
  cumsum: { readonly axis: number; readonly reverse: boolean };
  sort: { readonly axis: number; readonly descending: boolean };
  conv2d: { readonly axes: readonly [ConvolutionAxis, ConvolutionAxis]; readonly groups: number };
  solve: { readonly transposed: boolean; readonly pivot: boolean };
  stopGradient: object;
  loop: {
    readonly length: number;
    readonly reverse: boolean;
    /** Derivatives compute values of the body again from its inputs, instead of keeping them for every step. */
    readonly remat: boolean;
    readonly carries: number;
    readonly scanned: number;
    readonly body: Program;
  };
  while: { readonly carries: number; readonly condition: Program; readonly body: Program };
  cond: { readonly whenTrue: Program; readonly whenFalse: Program };
  custom: { readonly body: Program; readonly pullback: Pullback };
  customTangent: { readonly custom: Tensor };
  projection: { readonly index: number };
}

export type Op = keyof Attributes;
