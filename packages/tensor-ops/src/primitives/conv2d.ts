/**
 * Convolution over two spatial axes.
 *
 * Along each of these, input position i, output position o and filter position k meet where a linear equation
 * holds: `input i = output o + filter k + offset`. The convolution of the front end has the coefficients 1, stride,
 * dilation and minus the padding. Solving the same equation for i or for k makes the two gradients convolutions of
 * the same kind, so that one primitive is closed under differentiation to any order.
 *
 * Only the entry of convolutions imports this file: the primitive comes to the others with its first node.
 */
import { allocate } from '../dtype.ts';
import { convolution } from '../executors/wasm/conv/convolution.ts';
import { scalarConvolution } from '../executors/wasm/conv/scalar-convolution.ts';
import { addMaybe } from '../ir/arithmetic.ts';
import type { Attributes, ConvolutionAxis } from '../ir/attributes.ts';
import { makeNode } from '../ir/build.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { addPrimitive } from './index.ts';
import { meetings } from './meetings.ts';
import type { Primitive } from './primitive.ts';
import { reshape } from './reshape.ts';
import { transpose } from './transpose.ts';

type Geometry = Attributes['conv2d'];

/** The same equation with a positive coefficient of the input. */
function normalised({ input, output, filter, offset }: ConvolutionAxis): ConvolutionAxis {
  const sign = Math.sign(input);
  return { input: sign * input, output: sign * output, filter: sign * filter, offset: sign * offset };
}

/** `x [N, H, W, C], w [KH, KW, C / groups, O]` to `[N, ...extents, O]`. */
export function conv2dNode(
  x: Tensor,
  w: Tensor,
  { axes, groups }: Geometry,
  extents: readonly number[],
): Tensor {
  const [rows, columns] = axes;
  addPrimitive('conv2d', conv2dPrimitive);
  return makeNode(
    'conv2d',
    [x, w],
    { axes: [normalised(rows), normalised(columns)], groups },
    [x.shape[0], ...extents, w.shape[3]],
    x.dtype,
  );
}

const solvedFor = (
  axes: Geometry['axes'],
  rearrange: (axis: ConvolutionAxis) => ConvolutionAxis,
): Geometry['axes'] => [rearrange(axes[0]), rearrange(axes[1])];

/** Splits an axis into two. */
const split = (x: Tensor, axis: number, outer: number): Tensor =>
  reshape(x, [...x.shape.slice(0, axis), outer, x.shape[axis] / outer, ...x.shape.slice(axis + 1)]);

/** Joins an axis with the next one. */
const join = (x: Tensor, axis: number): Tensor =>
  reshape(x, [...x.shape.slice(0, axis), x.shape[axis] * x.shape[axis + 1], ...x.shape.slice(axis + 2)]);

/** The input gradient: the channels of the filters change places with the outputs, within each group. */
function gradientOfInput(node: Tensor<'conv2d'>, cotangent: Tensor): Tensor {
  const [x, w] = node.inputs;
  const { axes, groups } = node.attributes;
  const swapped = join(transpose(split(w, 3, groups), [0, 1, 4, 3, 2]), 3);
  const geometry = solvedFor(axes, ({ input, output, filter, offset }) => ({
    input: output,
    output: input,
    filter: -filter,
    offset: -offset,
  }));
  return conv2dNode(cotangent, swapped, { axes: geometry, groups }, x.shape.slice(1, 3));
}

/** The filter gradient: the examples become the channels that are summed over, the cotangent the filter. */
function gradientOfFilter(node: Tensor<'conv2d'>, cotangent: Tensor): Tensor {
  const [x, w] = node.inputs;
  const { axes, groups } = node.attributes;
  const examples = join(transpose(split(x, 3, groups), [4, 1, 2, 3, 0]), 3);
  const filters = transpose(cotangent, [1, 2, 0, 3]);
  const geometry = solvedFor(axes, ({ input, output, filter, offset }) => ({
    input,
    output: filter,
    filter: output,
    offset,
  }));
  const gradient = conv2dNode(examples, filters, { axes: geometry, groups }, w.shape.slice(0, 2));
  return transpose(gradient, [1, 2, 0, 3]);
}

const conv2dPrimitive: Primitive<'conv2d'> = {
  rebuild: ([x, w], node) => conv2dNode(x, w, node.attributes, node.shape.slice(1, 3)),
  evaluate([x, w], { axes, groups }, shape, dtype) {
    const [examples, H, W, channels] = x.shape;
    const [KH, KW, depth, filters] = w.shape;
    const [, OH, OW] = shape;
    const rows = meetings(axes[0], [H, OH, KH]);
    const columns = meetings(axes[1], [W, OW, KW]);
    const [X, F] = [x.data, w.data];
    const width = filters / groups;
    const out = allocate(dtype, sizeOf(shape));
    const sums = new Float64Array(filters);
    for (let pixel = 0; pixel < examples * OH * OW; pixel++) {
      const [n, oh, ow] = [Math.floor(pixel / (OH * OW)), Math.floor(pixel / OW) % OH, pixel % OW];
      sums.fill(0);
      for (let tap = 0; tap < KH * KW; tap++) {
        const i = rows[oh * KH + Math.floor(tap / KW)];
        const j = columns[ow * KW + (tap % KW)];
        if (i < 0 || j < 0) continue;
        const from = ((n * H + i) * W + j) * channels;
        for (let c = 0; c < channels; c++) {
          const first = Math.floor(c / depth) * width;
          const row = (tap * depth + (c % depth)) * filters;
          for (let o = first; o < first + width; o++) sums[o] += X[from + c] * F[row + o];
        }
      }
      out.set(sums, pixel * filters);
    }
    return out;
  },
  jvp(node, [tx, tw]) {
    const [x, w] = node.inputs;
    const convolve = (a: Tensor, b: Tensor) => conv2dNode(a, b, node.attributes, node.shape.slice(1, 3));
    return addMaybe(tx && convolve(tx, w), tw && convolve(x, tw));
  },
  transpose: (node, cotangent, linear) => [
    linear[0] ? gradientOfInput(node, cotangent) : null,
    linear[1] ? gradientOfFilter(node, cotangent) : null,
  ],
  batch([x, w], node, batched, size) {
    const { axes, groups } = node.attributes;
    const extents = node.shape.slice(1, 3);
    const [examples, ...rest] = node.shape;
    const filters = rest[2];
    if (!batched[1]) {
      // More examples.
      return reshape(conv2dNode(join(x, 0), w, node.attributes, extents), [size, ...node.shape]);
    }
    if (!batched[0]) {
      // More filters in each group.
      const all = join(join(transpose(split(w, 4, groups), [1, 2, 3, 4, 0, 5]), 4), 3);
      const out = conv2dNode(x, all, node.attributes, extents);
      const parted = reshape(out, [examples, ...extents, groups, size, filters / groups]);
      return join(transpose(parted, [4, 0, 1, 2, 3, 5]), 4);
    }
    // More groups.
    const channels = join(transpose(x, [1, 2, 3, 0, 4]), 3);
    const all = join(transpose(w, [1, 2, 3, 0, 4]), 3);
    const out = conv2dNode(channels, all, { axes, groups: groups * size }, extents);
    return transpose(reshape(out, [examples, ...extents, size, filters]), [3, 0, 1, 2, 4]);
  },
  wasm: { kernel: convolution, scalars: scalarConvolution },
};
