/** Convolutions as contractions over the padded input. */
import type { Tensor } from '../../../tensor.ts';
import { BYTES } from '../access.ts';
import type { FunctionBuilder } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { byteSize, type Operand } from '../loops/place.ts';
import type { Precision } from '../math/vector-code.ts';
import { unsupported } from '../unsupported.ts';
import { type Contraction, writeContraction } from './contraction.ts';
import { isDepthwise, writeDepthwise } from './depthwise.ts';
import { type PaddedInput, paddedInput, reachOf } from './padded.ts';
import { type Phase, phasesOf } from './phases.ts';
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
  if (byteSize(shape, dtype) === 0) return;
  const taps = winogradTaps(node, x, w);
  if (taps) {
    winograd(g, f, node, taps, x, w, out);
    return;
  }
  const { axes } = node.attributes;
  const [rows, columns] = axes.map((axis, d) => phasesOf(axis, shape[d + 1], w.shape[d]));
  const pairs = rows.flatMap((row) => columns.map((column) => [row, column] as const));
  const whole = axes.every(({ input }) => input === 1);
  if (!whole || w.shape[2] === 0 || pairs.length === 0) {
    f.i32(out.place.address).i32(0).i32(byteSize(shape, dtype)).memoryFill();
  }
  if (w.shape[2] === 0 || pairs.length === 0) return;
  const padded = paddedInput(
    g,
    f,
    x,
    [rows, columns].map((phases) => {
      const reach = phases.map(({ axis, outputs, filters }) => reachOf(axis, outputs.count, filters.count));
      return {
        low: Math.min(...reach.map(({ low }) => low)),
        high: Math.max(...reach.map(({ high }) => high)),
      };
    }),
  );
  for (const pair of pairs) phase(g, f, node, pair, { dtype, padded, w, out, cleared: !whole });
  padded.release();
}

interface Operands {
  readonly dtype: Precision;
  readonly padded: PaddedInput;
  readonly w: Operand;
  readonly out: Operand;
  /** Whether the result is zero already. */
  readonly cleared: boolean;
}

/** One phase of both axes. */
function phase(
  g: Generator,
  f: FunctionBuilder,
  node: Tensor<'conv2d'>,
  phases: readonly [Phase, Phase],
  { dtype, padded, w, out, cleared }: Operands,
): void {
  const { groups } = node.attributes;
  const bytes = BYTES[dtype];
  const [, , depth, filters] = w.shape;
  const width = filters / groups;
  const stride = { a: padded.strides, b: w.place.strides, c: out.place.strides };
  const start = { a: padded.address, b: w.place.address, c: out.place.address };
  phases.forEach((along, d) => {
    start.a += along.axis.offset * stride.a[d + 1];
    start.b += along.filters.first * stride.b[d];
    start.c += along.outputs.first * stride.c[d + 1];
  });
  const problem: Contraction = {
    dtype,
    ...start,
    batch: [{ extent: groups, a: depth * stride.a[3], b: width * stride.b[3], c: width * bytes }],
    free: [
      { extent: out.shape[0], a: stride.a[0], b: 0, c: stride.c[0] },
      ...phases.map(({ axis, outputs }, d) => ({
        extent: outputs.count,
        a: axis.output * stride.a[d + 1],
        b: 0,
        c: outputs.step * stride.c[d + 1],
      })),
    ],
    summed: [
      ...phases.map(({ axis, filters: taps }, d) => ({
        extent: taps.count,
        a: axis.filter * stride.a[d + 1],
        b: taps.step * stride.b[d],
        c: 0,
      })),
      { extent: depth, a: stride.a[3], b: stride.b[2], c: 0 },
    ],
    column: { extent: width, a: 0, b: width === 1 ? bytes : stride.b[3], c: bytes },
    clear: cleared ? 0 : byteSize(out.shape, dtype),
  };
  if (isDepthwise(problem)) writeDepthwise(g, f, problem);
  else writeContraction(g, f, problem);
}
