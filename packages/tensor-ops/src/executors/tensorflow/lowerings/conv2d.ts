/** Convolutions whose positions meet in any linear equation, by those that TensorFlow.js has. */
import type { ConvolutionAxis } from '../../../ir/attributes.ts';
import type { Handle, Runtime } from '../runtime.ts';
import { joined } from './assemble.ts';
import type { Lowering } from './lowering.ts';

/** One axis with `input i = stride o + dilation k`, all of the image being read. */
interface Standard {
  readonly image: Handle;
  readonly filters: Handle;
  readonly stride: number;
  readonly dilation: number;
  /** The result runs backwards. */
  readonly flipped: boolean;
}

/** Elements along an axis with `by - 1` zeros between them. */
function spread({ tf }: Runtime, x: Handle, axis: number, by: number): Handle {
  if (by === 1 || x.shape[axis] === 1) return x;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const n = x.shape[axis];
  const gaps = tf.zeros([...before, n, by - 1, ...after]);
  const wide = tf.concat([tf.reshape(x, [...before, n, 1, ...after]), gaps], axis + 1);
  const begin = x.shape.map(() => 0);
  return tf.slice(tf.reshape(wide, [...before, n * by, ...after]), begin, [
    ...before,
    (n - 1) * by + 1,
    ...after,
  ]);
}

/** The elements `start`, `start + 1`, ... along an axis; zeros where there are none. */
function window(r: Runtime, x: Handle, axis: number, start: number, length: number): Handle {
  const { tf } = r;
  const replaced = (shape: readonly number[], n: number) => shape.map((d, i) => (i === axis ? n : d));
  const low = Math.max(start, 0);
  const size = Math.min(start + length, x.shape[axis]) - low;
  if (size <= 0) return tf.zeros(replaced(x.shape, length));
  const origin = x.shape.map(() => 0);
  const value = tf.slice(x, replaced(origin, low), replaced(x.shape, size));
  return joined(r, [{ value, begin: replaced(origin, low - start) }], axis, length, 0, 'float32');
}

/** Turns what runs backwards, spreads the image and cuts it to what is read. */
function standardise(
  r: Runtime,
  image: Handle,
  filters: Handle,
  axis: number,
  { input, output, filter, offset }: ConvolutionAxis,
  outputs: number,
): Standard {
  const taps = filters.shape[axis];
  const start = offset + Math.min(filter, 0) * (taps - 1) + Math.min(output, 0) * (outputs - 1);
  const [stride, dilation] = [Math.abs(output), Math.abs(filter)];
  const length = stride * (outputs - 1) + dilation * (taps - 1) + 1;
  return {
    image: window(r, spread(r, image, axis + 1, input), axis + 1, start, length),
    filters: filter < 0 ? r.tf.reverse(filters, axis) : filters,
    stride: outputs === 1 ? 1 : stride,
    dilation: taps === 1 ? 1 : dilation,
    flipped: output < 0,
  };
}

export const lowerConv2d: Lowering<'conv2d'> = (r, node, [x, w]) => {
  const { axes, groups } = node.attributes;
  const rows = standardise(r, x, w, 0, axes[0], node.shape[1]);
  const both = standardise(r, rows.image, rows.filters, 1, axes[1], node.shape[2]);
  const parts = [rows, both];
  const strides = parts.map((p) => p.stride) as [number, number];
  let dilations = parts.map((p) => p.dilation) as [number, number];
  let { filters } = both;
  if (strides.some((s) => s > 1) && dilations.some((d) => d > 1)) {
    // TensorFlow.js has strides or dilation, not both.
    filters = dilations.reduce((f, dilation, axis) => spread(r, f, axis, dilation), filters);
    dilations = [1, 1];
  }
  const result = convolve(r, both.image, filters, groups, strides, dilations);
  const flips = parts.flatMap(({ flipped }, i) => (flipped ? [i + 1] : []));
  return flips.length > 0 ? r.tf.reverse(result, flips) : result;
};

function convolve(
  { tf }: Runtime,
  image: Handle,
  filters: Handle,
  groups: number,
  strides: [number, number],
  dilations: [number, number],
): Handle {
  const one = (x: Handle, w: Handle) =>
    tf.conv2d(
      x as Parameters<typeof tf.conv2d>[0],
      w as Parameters<typeof tf.conv2d>[1],
      strides,
      'valid',
      'NHWC',
      dilations,
    );
  if (groups === 1) return one(image, filters);
  const images = tf.split(image, groups, 3);
  const sets = tf.split(filters, groups, 3);
  return tf.concat(
    images.map((x, g) => one(x, sets[g])),
    3,
  );
}
