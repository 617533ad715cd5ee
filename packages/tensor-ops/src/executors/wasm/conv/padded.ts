/** The input of a convolution such that every output position and filter position meet inside of it. */
import type { ConvolutionAxis } from '../../../ir/attributes.ts';
import type { Shape } from '../../../shape.ts';
import { BYTES, loadScalar, storeScalar } from '../access.ts';
import type { FunctionBuilder } from '../encoder.ts';
import { nest, pointer } from '../loops/nest.ts';
import type { Operand } from '../loops/place.ts';
import type { MemoryPlan } from '../memory.ts';

/** An input in memory, to be read at output o and filter position k of each spatial axis without any test. */
export interface Window {
  /** Where o = k = 0 on both axes. */
  readonly address: number;
  /** Distances in bytes of examples and channels, and of o and k on each spatial axis. */
  readonly example: number;
  readonly channel: number;
  readonly output: readonly [number, number];
  readonly filter: readonly [number, number];
  /** Memory that the copy takes; none where the input itself will do. */
  readonly scratch?: { readonly address: number; readonly bytes: number };
}

/** The first and the last position that is read: where the equation's right-hand side is smallest and largest. */
function reach({ output, filter, offset }: ConvolutionAxis, outputs: number, filters: number) {
  const ends = [(outputs - 1) * output, (filters - 1) * filter];
  const low = offset + Math.min(0, ends[0]) + Math.min(0, ends[1]);
  const high = offset + Math.max(0, ends[0]) + Math.max(0, ends[1]);
  return { low, high };
}

/**
 * Appends the code that surrounds (and, where `input` is not 1, interleaves) the input with zeros, if need be, for
 * the given numbers of output and filter positions on both axes.
 */
export function windowOf(
  f: FunctionBuilder,
  memory: MemoryPlan,
  x: Operand,
  axes: readonly [ConvolutionAxis, ConvolutionAxis],
  outputs: Shape,
  filters: Shape,
): Window {
  const spatial = axes.map((axis, d) => reach(axis, outputs[d], filters[d]));
  const inside = spatial.every(
    ({ low, high }, d) => low >= 0 && high < x.shape[d + 1] && axes[d].input === 1,
  );
  const window = (address: number, strides: readonly number[], origin: readonly number[]): Window => {
    const along = (coefficient: 'output' | 'filter'): [number, number] => [
      axes[0][coefficient] * strides[1],
      axes[1][coefficient] * strides[2],
    ];
    return {
      address: axes.reduce((at, { offset }, d) => at + (offset - origin[d]) * strides[d + 1], address),
      example: strides[0],
      channel: strides[3],
      output: along('output'),
      filter: along('filter'),
    };
  };
  if (inside) return window(x.place.address, x.place.strides, [0, 0]);

  // The axes keep their order in memory, so that long runs of bytes are copied at once.
  const bytes = BYTES[x.dtype];
  const extents = [x.shape[0], ...spatial.map(({ low, high }) => high - low + 1), x.shape[3]];
  const order = [0, 1, 2, 3].sort((i, j) => x.place.strides[j] - x.place.strides[i]);
  const strides = [0, 0, 0, 0];
  let size = bytes;
  for (const axis of [...order].reverse()) {
    strides[axis] = size;
    size *= extents[axis];
  }
  const address = memory.allocate(size);
  f.i32(address).i32(0).i32(size).memoryFill();
  // Input position i lies at input i - low.
  const first = [0, ...spatial.map(({ low }, d) => Math.max(0, Math.ceil(low / axes[d].input))), 0];
  const end = [
    x.shape[0],
    ...spatial.map(({ high }, d) => Math.min(x.shape[d + 1], Math.floor(high / axes[d].input) + 1)),
    x.shape[3],
  ];
  const step = [1, axes[0].input, axes[1].input, 1];
  const origin = [0, spatial[0].low, spatial[1].low, 0];
  copyBlock(f, {
    bytes,
    from: first.reduce((at, i, d) => at + i * x.place.strides[d], x.place.address),
    to: first.reduce((at, i, d) => at + (i * step[d] - origin[d]) * strides[d], address),
    axes: order.map((d) => ({
      extent: Math.max(0, end[d] - first[d]),
      from: x.place.strides[d],
      to: step[d] * strides[d],
    })),
    dtype: x.dtype,
  });
  return { ...window(address, strides, origin.slice(1, 3)), scratch: { address, bytes: size } };
}

interface Block {
  readonly dtype: Operand['dtype'];
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
  readonly axes: readonly { readonly extent: number; readonly from: number; readonly to: number }[];
}

/** Shorter runs are copied one element after the other. */
const SHORTEST_RUN = 32;

function copyBlock(f: FunctionBuilder, block: Block): void {
  const { dtype, bytes } = block;
  let axes = block.axes.filter(({ extent }) => extent !== 1);
  let run = bytes;
  const whole = [...axes];
  for (let axis = whole.at(-1); axis && axis.from === run && axis.to === run; axis = whole.at(-1)) {
    run *= axis.extent;
    whole.pop();
  }
  const byRuns = run >= SHORTEST_RUN;
  if (run === 0) return;
  if (byRuns) axes = whole;
  const source = pointer(
    f,
    block.from,
    axes.map(({ from }) => from),
  );
  const target = pointer(
    f,
    block.to,
    axes.map(({ to }) => to),
  );
  nest(
    f,
    axes.map(({ extent }) => extent),
    [source, target],
    () => {
      f.get(target.local).get(source.local);
      if (byRuns) {
        f.i32(run).memoryCopy();
      } else {
        loadScalar(f, dtype, 0);
        storeScalar(f, dtype, 0);
      }
    },
  );
}
