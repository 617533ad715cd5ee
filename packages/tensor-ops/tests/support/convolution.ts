/** The reference of convolutions: the definition, by loops over output, filter and channel. */
import type { Conv2dOptions } from '@descant/tensor-ops/conv';
import { build, type Grid } from './grid.ts';

export type Geometry = Conv2dOptions;

const both = (value: Conv2dOptions['stride'] = 1): readonly number[] =>
  typeof value === 'number' ? [value, value] : value;

/** Zeros before the first element and the number of outputs, along one axis. */
function frame(length: number, size: number, d: 0 | 1, { padding = 'VALID', ...rest }: Geometry) {
  const stride = both(rest.stride)[d];
  const span = 1 + both(rest.dilation)[d] * (size - 1);
  if (padding === 'VALID') return { before: 0, count: Math.ceil((length - span + 1) / stride) };
  if (padding === 'SAME') {
    const count = Math.ceil(length / stride);
    return { before: Math.max(0, Math.floor((stride * (count - 1) + span - length) / 2)), count };
  }
  const [before, after] = padding[d];
  return { before, count: Math.ceil((before + length + after - span + 1) / stride) };
}

/** x [N, H, W, C] and w [KH, KW, C / groups, O]. */
export function convolution(x: Grid, w: Grid, geometry: Geometry): Grid {
  const [examples, H, W, channels] = x.shape;
  const [KH, KW, depth, filters] = w.shape;
  const rows = frame(H, KH, 0, geometry);
  const columns = frame(W, KW, 1, geometry);
  const [strides, dilations] = [both(geometry.stride), both(geometry.dilation)];
  return build([examples, rows.count, columns.count, filters], ([n, i, j, o]) => {
    const group = Math.floor(o / (filters / (channels / depth)));
    let sum = 0;
    for (let u = 0; u < KH; u++) {
      for (let v = 0; v < KW; v++) {
        const row = i * strides[0] + u * dilations[0] - rows.before;
        const column = j * strides[1] + v * dilations[1] - columns.before;
        if (row < 0 || row >= H || column < 0 || column >= W) continue;
        const pixel = ((n * H + row) * W + column) * channels + group * depth;
        const tap = (u * KW + v) * depth;
        for (let c = 0; c < depth; c++) sum += x.values[pixel + c] * w.values[(tap + c) * filters + o];
      }
    }
    return sum;
  });
}
