/** Cells whose parameters enter in any way. */
import { ones, type Tensor } from '@descant/tensor-ops';
import { type Cell, defineCell } from './cell.ts';

/** Options of `freeCell`. */
export interface FreeCellOptions {
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
  readonly stateSize: number;
  /** Length P of the vector of parameters. */
  readonly parameters: number;
  /** The next state [S] from the parameters [P], the state [S] and the input [X]. */
  step(parameters: Tensor, state: Tensor, input: Tensor): Tensor;
}

/**
 * A cell from any differentiable step function of a vector of parameters.
 *
 * It has the one feature 1 and its parameters as weights [P, 1], so that the preactivations are the parameters
 * themselves: cutting there is cutting in the space of parameters, and `preUoro` is as exact, and as large, as RTRL.
 *
 * @throws ArgumentError when `step` does not return [stateSize].
 *
 * @example
 * ```ts
 * import { cellStep, freeCell } from '@descant/uoro';
 * import { mul, tensor } from '@descant/tensor-ops';
 * const decay = freeCell({
 *   name: 'decay', inputs: 1, units: 1, stateSize: 1, parameters: 1,
 *   step: (rate, state) => mul(rate, state),
 * });
 * cellStep(decay, [tensor([[0.5]])], tensor([2]), tensor([0])).toArray(); // => [1]
 * ```
 */
export const freeCell = (options: FreeCellOptions): Cell =>
  defineCell({
    name: options.name,
    inputs: options.inputs,
    units: options.units,
    stateSize: options.stateSize,
    weightShapes: [[options.parameters, 1]],
    features: (state) => [ones([1], state.dtype)],
    transition: (parameters, state, input) => options.step(parameters, state, input),
    elementwise: false,
  });
