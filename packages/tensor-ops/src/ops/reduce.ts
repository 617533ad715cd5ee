/** Reductions over axes: all axes by default; negative axes count from the end. */
import { isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { divide } from '../ir/arithmetic.ts';
import { scalar } from '../ir/build.ts';
import { argmaxNode } from '../primitives/argmax.ts';
import { cast } from '../primitives/cast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import { reduce } from '../primitives/reduce.ts';
import { reshape } from '../primitives/reshape.ts';
import { slice } from '../primitives/slice.ts';
import { stopGradientNode } from '../primitives/stop-gradient.ts';
import { moveAxis } from '../primitives/transpose.ts';
import { normaliseAxes, normaliseAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { asFloat, asTensor, type Operand, withoutBool } from './operands.ts';

/** Which axes to reduce. */
export type Axes = number | readonly number[];

/** Options of the reductions. */
export interface ReduceOptions {
  /** Keeps the reduced axes at length one. */
  readonly keepDims?: boolean;
}

/** Reduces by `action` over the chosen axes, and brings these back at length one when asked. */
function over(
  fn: string,
  x: Tensor,
  axis: Axes | undefined,
  options: ReduceOptions | undefined,
  action: (x: Tensor, axes: number[]) => Tensor,
): Tensor {
  const axes = normaliseAxes(fn, axis, x.rank);
  const result = action(x, axes);
  return options?.keepDims
    ? reshape(
        result,
        x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
      )
    : result;
}

const numeric = (fn: string, x: Operand): Tensor => withoutBool(asTensor(fn, 'x', x));

/** A maximum or minimum of nothing does not exist. */
function nonEmpty(fn: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((a) => x.shape[a] === 0))
    throw new ArgumentError(fn, 'x', 'have elements along the axis', showShape(x.shape));
}

/**
 * The sum over axes; booleans are counted.
 *
 * @example
 * ```ts
 * import { sum, tensor } from '@descant/tensor-ops';
 * sum(tensor([[1, 2], [3, 4]]), 0).toArray(); // => [4, 6]
 * ```
 */
export function sum(x: Operand, axis?: Axes, options?: ReduceOptions): Tensor {
  return over('sum', numeric('sum', x), axis, options, (t, axes) => reduce('sum', t, axes));
}

/**
 * The mean over axes; integers become float32.
 *
 * @example
 * ```ts
 * import { mean, tensor } from '@descant/tensor-ops';
 * mean(tensor([1, 2, 6])).item(); // => 3
 * ```
 */
export function mean(x: Operand, axis?: Axes, options?: ReduceOptions): Tensor {
  return over('mean', asFloat('mean', x), axis, options, (t, axes) => {
    const count = axes.reduce((n, a) => n * t.shape[a], 1);
    return divide(reduce('sum', t, axes), scalar(count, t.dtype));
  });
}

/**
 * The maximum over axes; tied elements share the derivative equally.
 *
 * @example
 * ```ts
 * import { max, tensor } from '@descant/tensor-ops';
 * max(tensor([[1, 5], [3, 4]]), 1).toArray(); // => [5, 4]
 * ```
 */
export function max(x: Operand, axis?: Axes, options?: ReduceOptions): Tensor {
  return over('max', numeric('max', x), axis, options, (t, axes) => {
    nonEmpty('max', t, axes);
    return reduce('max', t, axes);
  });
}

/**
 * The minimum over axes; tied elements share the derivative equally.
 *
 * @example
 * ```ts
 * import { min, tensor } from '@descant/tensor-ops';
 * min(tensor([[1, 5], [3, 4]]), 1).toArray(); // => [1, 3]
 * ```
 */
export function min(x: Operand, axis?: Axes, options?: ReduceOptions): Tensor {
  return over('min', numeric('min', x), axis, options, (t, axes) => {
    nonEmpty('min', t, axes);
    return reduce('min', t, axes);
  });
}

/**
 * The product over axes, as a tree of pairwise products, so that derivatives stay right when elements are zero.
 *
 * @example
 * ```ts
 * import { prod, tensor } from '@descant/tensor-ops';
 * prod(tensor([2, 3, 4])).item(); // => 24
 * ```
 */
export function prod(x: Operand, axis?: Axes, options?: ReduceOptions): Tensor {
  return over('prod', numeric('prod', x), axis, options, (t, axes) => {
    let front = t;
    axes.forEach((a, i) => {
      front = moveAxis(front, a, i);
    });
    const rest = front.shape.slice(axes.length);
    return pairwiseProduct(
      reshape(front, [
        front.size /
          Math.max(
            1,
            rest.reduce((n, d) => n * d, 1),
          ),
        ...rest,
      ]),
    );
  });
}

function pairwiseProduct(x: Tensor): Tensor {
  const [n, ...rest] = x.shape;
  const part = (from: number, to: number) => slice(x, [from, ...rest.map(() => 0)], [to - from, ...rest]);
  if (n === 0) return elementwise('add', [reduce('sum', x, [0]), scalar(1, x.dtype)]);
  if (n === 1) return reshape(x, rest);
  const half = n >> 1;
  const pairs = elementwise('multiply', [part(0, half), part(half, 2 * half)]);
  const product = pairwiseProduct(pairs);
  return n % 2 === 0 ? product : elementwise('multiply', [product, reshape(part(n - 1, n), rest)]);
}

/**
 * log sum exp over axes, without overflow: max + log sum exp(x - max).
 *
 * @example
 * ```ts
 * import { logSumExp, tensor } from '@descant/tensor-ops';
 * logSumExp(tensor([1000, 1000])).item(); // => 1000.69318
 * ```
 */
export function logSumExp(x: Operand, axis?: Axes, options?: ReduceOptions): Tensor {
  return over('logSumExp', asFloat('logSumExp', x), axis, options, (t, axes) => {
    nonEmpty('logSumExp', t, axes);
    const kept = t.shape.map((d, i) => (axes.includes(i) ? 1 : d));
    const top = finiteShift(reduce('max', t, axes));
    const shifted = elementwise('exp', [elementwise('subtract', [t, reshape(top, kept)])]);
    return elementwise('add', [elementwise('log', [reduce('sum', shifted, axes)]), top]);
  });
}

/** The shift of a softmax: constant in differentiation, and zero where the maximum is infinite. */
export function finiteShift(top: Tensor): Tensor {
  const stopped = stopGradientNode(top);
  const infinite = elementwise('equal', [
    elementwise('abs', [stopped]),
    scalar(Number.POSITIVE_INFINITY, top.dtype),
  ]);
  return elementwise('select', [infinite, scalar(0, top.dtype), stopped]);
}

/**
 * The index (int32) of the first maximum along an axis (default: the last); of the first NaN where there is one.
 *
 * @example
 * ```ts
 * import { argmax, tensor } from '@descant/tensor-ops';
 * argmax(tensor([[1, 5], [4, 3]])).toArray(); // => [1, 0]
 * ```
 */
export function argmax(x: Operand, axis = -1): Tensor {
  const t = numeric('argmax', x);
  const a = normaliseAxis('argmax', axis, t.rank);
  nonEmpty('argmax', t, [a]);
  return argmaxNode(t, a);
}

/**
 * The index (int32) of the first minimum along an axis (default: the last).
 *
 * @example
 * ```ts
 * import { argmin, tensor } from '@descant/tensor-ops';
 * argmin(tensor([[1, 5], [4, 3]])).toArray(); // => [0, 1]
 * ```
 */
export function argmin(x: Operand, axis = -1): Tensor {
  const t = numeric('argmin', x);
  if (!isFloat(t.dtype) && t.dtype !== 'int32')
    throw new ArgumentError('argmin', 'x', 'be int32 or float', t.dtype);
  const a = normaliseAxis('argmin', axis, t.rank);
  nonEmpty('argmin', t, [a]);
  return argmaxNode(elementwise('negate', [t]), a);
}

/**
 * Whether all elements along the axes are true (not zero); true for no elements.
 *
 * @example
 * ```ts
 * import { all, tensor } from '@descant/tensor-ops';
 * all(tensor([true, false])).toArray(); // => false
 * ```
 */
export function all(x: Operand, axis?: Axes, options?: ReduceOptions): Tensor {
  const holds = cast(asTensor('all', 'x', x), 'bool');
  return elementwise('not', [anyAlong('all', elementwise('not', [holds]), axis, options)]);
}

/**
 * Whether any element along the axes is true (not zero); false for no elements.
 *
 * @example
 * ```ts
 * import { any, tensor } from '@descant/tensor-ops';
 * any(tensor([true, false])).toArray(); // => true
 * ```
 */
export function any(x: Operand, axis?: Axes, options?: ReduceOptions): Tensor {
  return anyAlong('any', cast(asTensor('any', 'x', x), 'bool'), axis, options);
}

/** Whether the count of true elements is not zero: a sum, because it exists for no elements too. */
function anyAlong(fn: string, x: Tensor, axis: Axes | undefined, options: ReduceOptions | undefined): Tensor {
  const count = over(fn, cast(x, 'int32'), axis, options, (t, axes) => reduce('sum', t, axes));
  return cast(count, 'bool');
}
