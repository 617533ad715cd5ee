/** Loops with a fixed number of steps. */

import { ArgumentError, showShape } from '../errors.ts';
import { constant, isTracing, variable, variableLike, withInterning } from '../ir/build.ts';
import { closeOver } from '../ir/graph.ts';
import { interpret } from '../ir/interpret.ts';
import { loop } from '../primitives/loop.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, unflatten } from '../tree.ts';
import { checkCarry } from './carry.ts';

/** Options of `scan`. */
export interface ScanOptions {
  /** Number of steps; needed when there is nothing to scan over. */
  readonly length?: number;
  /** Runs from the last element to the first; outputs stay aligned with their inputs. */
  readonly reverse?: boolean;
  /**
   * Rematerialisation: derivatives keep only the carry of every step and compute the rest of the step again from it,
   * which takes less memory and more time. Without it they keep whatever they read.
   */
  readonly remat?: boolean;
}

/**
 * Runs a step function over the leading axis of `xs`, carrying a state: (carry, x) -> [carry, y].
 *
 * Returns the final carry and the outputs stacked along a new leading axis. `init`, `xs` and the outputs are trees;
 * `xs` may be null when `length` is given (x is then null too). The carry keeps its structure, shapes and dtypes:
 * an `ArgumentError` otherwise. The step is traced once, whatever the length; differentiable to any order in both
 * modes, where reverse mode keeps the residuals of all steps (with `remat` the carries alone).
 *
 * @example
 * ```ts
 * import { add, scan, tensor } from '@descant/tensor-ops';
 * const [total, partial] = scan((sum, x) => [add(sum, x), sum], tensor(0), tensor([1, 2, 3]));
 * total.item(); // => 6
 * partial.toArray(); // => [0, 1, 3]
 * ```
 */
export function scan<C, X, Y>(
  step: (carry: C, x: X) => [carry: C, y: Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: C, ys: Y] {
  const state = flatten(init, 'scan');
  const scanned = flatten(xs, 'scan');
  const length = scanLength(scanned.leaves, options.length);
  const nested = isTracing();
  return withInterning(() => {
    const carries = state.leaves.map((l) => variableLike('carry', l));
    const elements = scanned.leaves.map((l) => variable('x', l.shape.slice(1), l.dtype));
    const result = step(unflatten<C>(state.structure, carries), unflatten<X>(scanned.structure, elements));
    if (!Array.isArray(result) || result.length !== 2) {
      throw new ArgumentError('scan', 'step', 'return [carry, y]', typeof result);
    }
    const next = flatten(result[0], 'scan');
    checkCarry('scan', state, next);
    const ys = flatten(result[1], 'scan');
    const { program, captured } = closeOver([...carries, ...elements], [...next.leaves, ...ys.leaves]);
    const attributes = {
      length,
      reverse: options.reverse ?? false,
      remat: options.remat ?? false,
      carries: carries.length,
      scanned: elements.length,
      body: program,
    };
    const inputs = [...state.leaves, ...scanned.leaves, ...captured];
    const node = loop(attributes, inputs);
    // A loop inside the step over values known now is an input without a value yet.
    const outputs = nested ? node : interpret({ inputs: [], outputs: node }, []);
    const stacked = outputs.slice(carries.length);
    return [
      unflatten<C>(state.structure, outputs.slice(0, carries.length)),
      unflatten<Y>(ys.structure, stacked),
    ];
  });
}

function scanLength(xs: readonly Tensor[], given: number | undefined): number {
  const lengths = xs.map((x) => x.shape[0]);
  if (given !== undefined) lengths.push(given);
  const [length] = lengths;
  if (length === undefined || !Number.isInteger(length) || length < 0) {
    throw new ArgumentError('scan', 'length', 'be a whole number, given or taken from xs', String(length));
  }
  if (lengths.some((l) => l !== length)) {
    throw new ArgumentError(
      'scan',
      'xs',
      'have leading axes of one length',
      showShape(lengths.map((l) => l ?? 0)),
    );
  }
  return length;
}

/**
 * Applies a body for i = lower, ..., upper - 1 to a state: state <- body(i, state).
 *
 * `i` is an int32 scalar. Bounds are plain whole numbers. See `scan` for what the state must satisfy.
 *
 * @example
 * ```ts
 * import { fori, mul, tensor } from '@descant/tensor-ops';
 * fori(0, 10, (_i, x) => mul(x, 2), tensor(1)).item(); // => 1024
 * ```
 */
export function fori<C>(lower: number, upper: number, body: (i: Tensor, state: C) => C, init: C): C {
  if (!Number.isInteger(lower) || !Number.isInteger(upper) || upper < lower) {
    throw new ArgumentError('fori', 'bounds', 'be whole numbers with lower <= upper', `${lower}, ${upper}`);
  }
  const counter = constant(
    Int32Array.from({ length: upper - lower }, (_, i) => lower + i),
    [upper - lower],
    'int32',
  );
  const [state] = scan<C, Tensor, null>((carry, i) => [body(i, carry), null], init, counter);
  return state;
}
