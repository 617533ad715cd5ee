/** Convolutions: as Conv where it can say them, otherwise as patches of the input and a matrix product. */
import { meetings } from '../../primitives/meetings.ts';
import type { Tensor } from '../../tensor.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import type { Lowering } from './lowering.ts';

/**
 * The zeros around the input for Conv, which has only forward convolutions and leaves out no border of its input;
 * undefined for other ones, and in float64, which onnxruntime 1.30 does not convolve.
 */
function paddingOf(node: Tensor<'conv2d'>): number[] | undefined {
  const [x, w] = node.inputs;
  const { axes } = node.attributes;
  const ends = axes.map(({ output, filter, offset }, d) => {
    const last = (node.shape[d + 1] - 1) * output + (w.shape[d] - 1) * filter + offset;
    return { before: -offset, after: last - (x.shape[d + 1] - 1) };
  });
  const forward = axes.every(
    ({ input, output, filter }, d) =>
      input === 1 && filter > 0 && ends[d].before >= 0 && ends[d].after > -output,
  );
  if (!forward || node.dtype !== 'float32') return undefined;
  return [...ends.map(({ before }) => before), ...ends.map(({ after }) => Math.max(0, after))];
}

/** Conv is NCHW with filters OIHW. */
export const lowerConv2d: Lowering<'conv2d'> = (g, node, [x, w]) => {
  const pads = paddingOf(node);
  if (!pads) return byPatches(g, node, x, w);
  const { axes, groups } = node.attributes;
  const images = g.op('Transpose', [x], { perm: [0, 3, 1, 2] });
  const filters = g.op('Transpose', [w], { perm: [3, 2, 0, 1] });
  const strides = axes.map(({ output }) => output);
  const dilations = axes.map(({ filter }) => filter);
  const out = g.op('Conv', [images, filters], { strides, dilations, pads, group: groups });
  return g.op('Transpose', [out], { perm: [0, 2, 3, 1] });
};

/** Reads the input at every output and filter position; one more row and column of zeros stand for none. */
function byPatches(g: GraphBuilder, node: Tensor<'conv2d'>, x: Value, w: Value): Value {
  const [images, filters] = node.inputs;
  const { axes, groups } = node.attributes;
  const [examples, OH, OW, outputs] = node.shape;
  const [KH, KW, depth] = filters.shape;
  let patches = g.op('Pad', [x, g.integers([0, 0, 0, 0, 0, 1, 1, 0]), g.scalar(0, node.dtype)]);
  axes.forEach((axis, d) => {
    const [length, count, size] = [images.shape[d + 1], node.shape[d + 1], filters.shape[d]];
    const at = meetings(axis, [length, count, size]).map((i) => (i < 0 ? length : i));
    // [N, OH, KH, W + 1, C], then [N, OH, KH, OW, KW, C].
    patches = g.op('Gather', [patches, g.constant(at, [count, size], 'int32')], { axis: 2 * d + 1 });
  });
  const split = g.op('Reshape', [patches, g.integers([examples, OH, KH, OW, KW, groups, depth])]);
  const rows = g.op('Transpose', [split], { perm: [5, 0, 1, 3, 2, 4, 6] });
  const left = g.op('Reshape', [rows, g.integers([groups, examples * OH * OW, KH * KW * depth])]);
  const columns = g.op('Reshape', [w, g.integers([KH * KW * depth, groups, outputs / groups])]);
  const right = g.op('Transpose', [columns], { perm: [1, 0, 2] });
  const sums = g.op('Transpose', [g.op('MatMul', [left, right])], { perm: [1, 0, 2] });
  return g.op('Reshape', [sums, g.integers(node.shape)]);
}
