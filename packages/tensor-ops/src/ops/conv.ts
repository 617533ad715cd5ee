/** Convolution over two spatial axes. */
import { isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import type { ConvolutionAxis } from '../ir/attributes.ts';
import { cast } from '../primitives/cast.ts';
import { conv2dNode } from '../primitives/conv2d.ts';
import type { Tensor } from '../tensor.ts';
import { type Operand, unify } from './operands.ts';

/** A number for both spatial axes, or one for the rows and one for the columns. */
export type Pair = number | readonly [number, number];

/**
 * Zeros around the input: none (`VALID`); as many as give ceil(length / stride) outputs, the odd one behind (`SAME`);
 * or [[top, bottom], [left, right]].
 */
export type ConvolutionPadding =
  | 'SAME'
  | 'VALID'
  | readonly [readonly [number, number], readonly [number, number]];

/** Options of `conv2d`. */
export interface Conv2dOptions {
  /** Distance between neighbouring outputs in the input; default 1. */
  readonly stride?: Pair;
  /** Distance between neighbouring filter elements in the input; default 1. */
  readonly dilation?: Pair;
  /** Default `VALID`. */
  readonly padding?: ConvolutionPadding;
  /** Channels and filters are split into so many groups, which do not see each other; default 1. */
  readonly groups?: number;
}

/** Checks a stride or a dilation. */
function pairOf(argument: string, value: Pair): readonly [number, number] {
  const pair = typeof value === 'number' ? ([value, value] as const) : value;
  if (!Array.isArray(pair) || pair.length !== 2 || pair.some((s) => !Number.isInteger(s) || s < 1)) {
    const expected = 'be a whole number of at least 1, or two of them';
    throw new ArgumentError('conv2d', argument, expected, JSON.stringify(value));
  }
  return pair;
}

/** Checks explicit padding. */
function checkPadding(padding: ConvolutionPadding): void {
  if (padding === 'SAME' || padding === 'VALID') return;
  const pairs: unknown = padding;
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((p) => Number.isInteger(p) && p >= 0);
  if (!Array.isArray(pairs) || pairs.length !== 2 || !pairs.every(isPair)) {
    const expected = "be 'SAME', 'VALID' or [[top, bottom], [left, right]] in whole numbers";
    throw new ArgumentError('conv2d', 'padding', expected, JSON.stringify(padding));
  }
}

/** The equation of one axis, and the number of outputs along it. */
function axisOf(
  length: number,
  size: number,
  stride: number,
  dilation: number,
  padding: 'SAME' | 'VALID' | readonly [number, number],
): { axis: ConvolutionAxis; outputs: number } {
  const span = (size - 1) * dilation + 1;
  const missing = Math.max(0, (Math.ceil(length / stride) - 1) * stride + span - length);
  const [before, after] =
    padding === 'VALID'
      ? [0, 0]
      : padding === 'SAME'
        ? [Math.floor(missing / 2), Math.ceil(missing / 2)]
        : padding;
  return {
    axis: { input: 1, output: stride, filter: dilation, offset: -before },
    outputs: Math.floor((length + before + after - span) / stride) + 1,
  };
}

/**
 * Convolution of images with filters (in the sense of neural networks: the filter is not flipped).
 *
 * y[n, i, j, o] = sum over u, v, c of x[n, i s + u d - top, j s + v d - left, c] w[u, v, c, o], with stride s and
 * dilation d; x is zero outside. With `groups` = g, the filters o of one g-th of O see only the channels of the same
 * g-th of C; with as many groups as channels the convolution is depthwise. The conventions are TensorFlow's (NHWC,
 * HWIO, SAME and VALID). Differentiable to any order in both operands; the gradients are convolutions, too.
 *
 * Compiled to WebAssembly, float32 convolutions with 3 x 3 filters, stride 1 and 16 channels or more use Winograd's
 * minimal filtering (Lavin and Gray, 2016), for each residue of the positions modulo the dilation: rounding errors are
 * then relative to the largest values within 4 x 4 such pixels, and an infinity or NaN also reaches outputs next to
 * those that see it.
 *
 * @param x - Images [N, H, W, C].
 * @param w - Filters [KH, KW, C / groups, O]; groups divides O.
 * @returns [N, OH, OW, O] with OH = floor((H + top + bottom - (KH - 1) d - 1) / s) + 1. Integers become float32.
 * @throws ArgumentError when shapes or options do not fit.
 *
 * @example
 * ```ts
 * import { ones, tensor } from '@descant/tensor-ops';
 * import { conv2d } from '@descant/tensor-ops/conv';
 * const x = tensor([1, 2, 3, 4], { shape: [1, 2, 2, 1] });
 * conv2d(x, ones([2, 2, 1, 1])).item(); // => 10
 * conv2d(x, ones([1, 2, 1, 1]), { padding: 'SAME' }).data; // => [3, 2, 7, 4]
 * ```
 */
export function conv2d(x: Operand, w: Operand, options: Conv2dOptions = {}): Tensor {
  const [X, W] = unify('conv2d', [x, w]).map((t) => (isFloat(t.dtype) ? t : cast(t, 'float32')));
  const { padding = 'VALID', groups = 1 } = options;
  if (X.rank !== 4) throw new ArgumentError('conv2d', 'x', 'have shape [N, H, W, C]', showShape(X.shape));
  const channels = X.shape[3];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    const expected = `be a whole number that divides ${channels} channels`;
    throw new ArgumentError('conv2d', 'groups', expected, String(groups));
  }
  if (W.rank !== 4 || W.shape[2] !== channels / groups) {
    const expected = `have shape [KH, KW, ${channels / groups}, O] for ${channels} channels in groups of ${channels / groups}`;
    throw new ArgumentError('conv2d', 'w', expected, showShape(W.shape));
  }
  if (W.shape[3] % groups !== 0) {
    const expected = `have a number of filters that ${groups} groups divide`;
    throw new ArgumentError('conv2d', 'w', expected, showShape(W.shape));
  }
  const strides = pairOf('stride', options.stride ?? 1);
  const dilations = pairOf('dilation', options.dilation ?? 1);
  checkPadding(padding);
  const along = (d: 0 | 1) =>
    axisOf(
      X.shape[d + 1],
      W.shape[d],
      strides[d],
      dilations[d],
      typeof padding === 'string' ? padding : padding[d],
    );
  const [rows, columns] = [along(0), along(1)];
  if (W.shape[0] === 0 || W.shape[1] === 0 || rows.outputs < 1 || columns.outputs < 1) {
    const expected = `have elements and fit into the padded input of ${showShape(X.shape)}`;
    throw new ArgumentError('conv2d', 'w', expected, showShape(W.shape));
  }
  return conv2dNode(X, W, { axes: [rows.axis, columns.axis], groups }, [rows.outputs, columns.outputs]);
}
