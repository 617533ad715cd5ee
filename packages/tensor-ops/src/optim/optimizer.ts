/** What every optimiser is: two pure functions over an explicit state. */
import { type DType, isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { add, mul, sub } from '../ops/arithmetic.ts';
import { zeros } from '../ops/create.ts';
import { cast } from '../primitives/cast.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, mapTree, structureKey, unflatten } from '../tree.ts';

/**
 * A rule that turns gradients into updates, which are added to the parameters; its state S is a tree of tensors.
 *
 * Both functions are pure and trace, so that a training step with its state can be compiled, looped over and
 * batched. The gradients are those of a loss, which is minimised; to maximise a value, differentiate its negative.
 * Lists of tensors in a state follow the order of the parameters' leaves under `flatten`.
 */
export interface Optimizer<S> {
  /** The state before the first update. */
  init(parameters: unknown): S;
  /** What to add to the parameters, a tree like them, and the next state. */
  update<P>(gradients: P, state: S, parameters: P): { updates: P; state: S };
}

/** One value for each leaf of the parameters. */
export type Leaves = readonly Tensor[];

/** A learning rate: fixed, or a function of the number of updates done. */
export type LearningRate = Coefficient | Schedule;

/** A number that a rule multiplies by; a tensor may be traced, to be learned itself or to differ between batched learners. */
export type Coefficient = Tensor | number;

/** A value for each step; `step` is a floating-point scalar: 0 at the first update. */
export type Schedule = (step: Tensor) => Coefficient;

/** The learning rate at a step, computed in the dtype of the parameters it multiplies. */
export function rateAt(learningRate: LearningRate, step: Tensor, dtype: DType): Coefficient {
  return typeof learningRate === 'function' ? learningRate(cast(step, dtype)) : learningRate;
}

/** The number of updates done before the first one: an int32 scalar. */
export const firstStep = (): Tensor => zeros([], 'int32');

/** The number of updates done after one more. */
export const nextStep = (step: Tensor): Tensor => add(step, 1);

/** The leaves of parameters that can be optimised: all of floating point. */
export function parameterLeaves(fn: string, parameters: unknown): Leaves {
  const { leaves } = flatten(parameters, fn);
  for (const { dtype } of leaves) {
    if (!isFloat(dtype)) throw new ArgumentError(fn, 'parameters', 'hold float32 or float64 tensors', dtype);
  }
  return leaves;
}

/** Zeros for each parameter. */
export const zeroLeaves = (fn: string, parameters: unknown): Leaves =>
  parameterLeaves(fn, parameters).map((p) => zeros(p.shape, p.dtype));

/** share old + (1 - share) x; the rest of a plain number is computed in double precision. */
export const average = (share: Coefficient, old: Tensor, x: Tensor): Tensor =>
  add(mul(share, old), mul(typeof share === 'number' ? 1 - share : sub(1, share), x));

/** Gradients and parameters leaf by leaf, checked to agree; `build` makes a tree like the parameters of results. */
export function pairLeaves<P>(fn: string, gradients: P, parameters: P) {
  const given = flatten(gradients, fn);
  const target = flatten(parameters, fn);
  const [received, expected] = [given, target].map((t) => structureKey(t.structure));
  if (received !== expected) {
    throw new ArgumentError(fn, 'gradients', `have the parameters' structure ${expected}`, received);
  }
  given.leaves.forEach((g, i) => {
    const like = target.leaves[i];
    if (g.shape.join() !== like.shape.join()) {
      const where = `have the shape ${showShape(like.shape)} at leaf ${i}`;
      throw new ArgumentError(fn, 'gradients', where, showShape(g.shape));
    }
  });
  return {
    gradients: given.leaves,
    parameters: parameterLeaves(fn, parameters),
    build: (leaves: readonly Tensor[]): P =>
      unflatten<P>(
        target.structure,
        leaves.map((leaf, i) => cast(leaf, target.leaves[i].dtype)),
      ),
  };
}

/**
 * The parameters after an update: parameters + updates, leaf by leaf.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { applyUpdates } from '@descant/tensor-ops/optim';
 * applyUpdates({ weight: tensor([1, 2]) }, { weight: tensor([0.5, -1]) }).weight.toArray(); // => [1.5, 1]
 * ```
 */
export const applyUpdates = <P>(parameters: P, updates: P): P =>
  mapTree((p, u) => cast(add(p, u), p.dtype), parameters, updates);
