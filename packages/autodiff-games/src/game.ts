/** What a differentiable game is. */
import type { FloatType, Tensor } from '@descant/tensor-ops';

/**
 * A differentiable game of n players: each has parameters x_i, a tree of tensors, and a value f_i(x_1, ..., x_n)
 * that it wants to be large.
 *
 * Any object of this form is a game; `checkGame` tests one. Everything describes one play; a batch of plays comes
 * from `vmap`, so `values` must be written with tensor operations and must not read the values of tensors.
 */
export interface Game<P = Tensor> {
  /** For tables and error messages. */
  readonly name: string;
  /** The number of players n, at least 1. */
  readonly players: number;
  /** The n values f_i(x) to maximise, scalars of the parameters' dtype, in the order of the players. */
  values(parameters: readonly P[]): Tensor[];
  /** The parameters of all n players at the start of one play, drawn with `key`; dtype float32 unless given. */
  init(key: Tensor, dtype?: FloatType): P[];
}
