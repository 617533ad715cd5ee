/** Checking derivatives against finite differences. */
import { isFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { add, multiply } from '../ir/arithmetic.ts';
import { constant } from '../ir/build.ts';
import { cast } from '../primitives/cast.ts';
import { reduce } from '../primitives/reduce.ts';
import type { Tensor } from '../tensor.ts';
import { grad } from '../transform/grad.ts';
import { jvp } from '../transform/jvp.ts';
import { flatten, unflatten } from '../tree.ts';

/** Options of `checkGradients`. */
export interface CheckGradientsOptions {
  /** Largest allowed difference, relative to 1 + |derivative|; default 1e-6. */
  readonly tolerance?: number;
}

/** One derivative, three ways. */
export interface GradientEntry {
  /** Which floating-point leaf of the arguments, and which of its elements. */
  readonly leaf: number;
  readonly element: number;
  readonly reverse: number;
  readonly forward: number;
  readonly finiteDifference: number;
  readonly error: number;
}

/** What `checkGradients` found: how many derivatives it compared, and the one with the largest difference. */
export interface GradientReport {
  readonly checked: number;
  readonly worst: GradientEntry;
}

/** Step of the five-point stencil, whose error is about h^4 times the fifth derivative. */
const STEP = 1e-3;

/** Cotangents that differ from element to element, so that mixed-up elements show. */
const weights = (size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => 0.5 + Math.cos(1.7 * i + 0.3));

/** The weighted sum of all outputs: a scalar whose gradient is that of every output at once. */
function weightedSum(outputs: readonly Tensor[]): Tensor {
  const terms = outputs
    .filter((o) => isFloat(o.dtype))
    .map((o) => multiply(cast(o, 'float64'), constant(weights(o.size), o.shape, 'float64')))
    .map((o) => reduce('sum', o, [...o.shape.keys()]));
  if (terms.length === 0)
    throw new ArgumentError('checkGradients', 'fn', 'return a floating-point tensor', 'none');
  return terms.reduce((a, b) => add(a, b));
}

/**
 * Compares the derivatives of a function, in reverse and in forward mode, with finite differences in float64.
 *
 * The outputs are weighted by fixed unequal numbers and summed; each element of each floating-point argument is
 * moved by a five-point stencil, (f(x-2h) - 8 f(x-h) + 8 f(x+h) - f(x+2h)) / 12h with h = 1e-3 max(1, |x|). Throws
 * an error that names the worst element when any difference exceeds the tolerance; returns a report otherwise.
 * The function must be smooth within 2h of the arguments. Costs four evaluations for each element.
 *
 * @example
 * ```ts
 * import { sigmoid, tensor } from '@descant/tensor-ops';
 * import { checkGradients } from '@descant/tensor-ops/debug';
 * const { checked } = checkGradients(sigmoid, [tensor([0.3, -1.2])]);
 * checked; // => 2
 * ```
 */
export function checkGradients<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  args: A,
  options: CheckGradientsOptions = {},
): GradientReport {
  const tolerance = options.tolerance ?? 1e-6;
  const { leaves, structure } = flatten(args, 'checkGradients');
  const moving = leaves.flatMap((leaf, i) => (isFloat(leaf.dtype) ? [i] : []));
  const start = moving.map((i) => cast(leaves[i], 'float64'));
  const objective = (point: readonly Tensor[]): Tensor => {
    const all = leaves.map((leaf, i) => (moving.includes(i) ? point[moving.indexOf(i)] : leaf));
    return weightedSum(flatten(fn(...unflatten<A>(structure, all)), 'checkGradients').leaves);
  };
  const reverse = grad(objective)(start);
  const entries = start.flatMap((x, leaf) =>
    Array.from({ length: x.size }, (_, element): GradientEntry => {
      const basis = start.map((s, l) => {
        const e = new Float64Array(s.size);
        if (l === leaf) e[element] = 1;
        return constant(e, s.shape, 'float64');
      });
      const forward = jvp(objective, start, basis)[1].item();
      const finiteDifference = stencil(objective, start, leaf, element);
      const back = reverse[leaf].data[element];
      const apart = Math.max(Math.abs(back - finiteDifference), Math.abs(forward - finiteDifference));
      const error = apart / (1 + Math.abs(finiteDifference));
      return {
        leaf,
        element,
        reverse: back,
        forward,
        finiteDifference,
        error: Number.isNaN(error) ? Infinity : error,
      };
    }),
  );
  if (entries.length === 0)
    throw new ArgumentError('checkGradients', 'args', 'hold a floating-point tensor', 'none');
  const worst = entries.reduce((a, b) => (b.error > a.error ? b : a));
  if (worst.error > tolerance) {
    throw new Error(
      `checkGradients: element ${worst.element} of leaf ${worst.leaf}: reverse ${worst.reverse}, forward ` +
        `${worst.forward}, finite difference ${worst.finiteDifference}; they differ by ${worst.error} relative to ` +
        `1 + |derivative|, more than the tolerance ${tolerance}`,
    );
  }
  return { checked: entries.length, worst };
}

/** The five-point central difference in one element. */
function stencil(
  f: (x: readonly Tensor[]) => Tensor,
  start: readonly Tensor[],
  leaf: number,
  element: number,
): number {
  const x = start[leaf];
  const h = STEP * Math.max(1, Math.abs(x.data[element]));
  const value = (steps: number): number => {
    const data = x.data.slice();
    data[element] += steps * h;
    return f(start.map((s, l) => (l === leaf ? constant(data, s.shape, 'float64') : s))).item();
  };
  return (value(-2) - 8 * value(-1) + 8 * value(1) - value(2)) / (12 * h);
}
