/** Convolutions as contractions over a window of the padded input. */
import type { Tensor } from '../../../tensor.ts';
import { BYTES } from '../access.ts';
import type { FunctionBuilder } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { byteSize, type Operand } from '../loops/place.ts';
import { unsupported } from '../unsupported.ts';
import { writeContraction } from './contraction.ts';
import { windowOf } from './padded.ts';
import { winograd, winogradTaps } from './winograd.ts';

/** Appends the code that computes a convolution into a result without gaps. */
export function convolution(
  g: Generator,
  f: FunctionBuilder,
  node: Tensor<'conv2d'>,
  x: Operand,
  w: Operand,
  out: Operand,
): void {
  const { dtype, shape } = out;
  if (dtype !== 'float32' && dtype !== 'float64') throw unsupported(node.op);
  const resultBytes = byteSize(shape, dtype);
  if (resultBytes === 0) return;
  const [KH, KW, depth, filters] = w.shape;
  if (x.shape[0] * KH * KW * depth === 0) {
    f.i32(out.place.address).i32(0).i32(resultBytes).memoryFill();
    return;
  }
  const taps = winogradTaps(node, x, w);
  if (taps) {
    winograd(g, f, node, taps, x, w, out);
    return;
  }
  const { axes, groups } = node.attributes;
  const window = windowOf(f, g.memory, x, axes, shape.slice(1, 3), [KH, KW]);
  const [rowB, columnB, channelB, filterB] = w.place.strides;
  const [exampleC, rowC, columnC] = out.place.strides;
  const width = filters / groups;
  const bytes = BYTES[dtype];
  const axis = (extent: number, a: number, b: number, c: number) => ({ extent, a, b, c });
  writeContraction(g, f, {
    dtype,
    a: window.address,
    b: w.place.address,
    c: out.place.address,
    batch: [axis(groups, depth * window.channel, width * filterB, width * bytes)],
    free: [
      axis(shape[0], window.example, 0, exampleC),
      axis(shape[1], window.output[0], 0, rowC),
      axis(shape[2], window.output[1], 0, columnC),
    ],
    summed: [
      axis(KH, window.filter[0], rowB, 0),
      axis(KW, window.filter[1], columnB, 0),
      axis(depth, window.channel, channelB, 0),
    ],
    column: axis(width, 0, width === 1 ? bytes : filterB, bytes),
    resultBytes,
  });
  if (window.scratch) g.memory.release(window.scratch.address, window.scratch.bytes);
}
