/** The input of a convolution with zeros around it, so that it can be read without any test. */
import type { ConvolutionAxis } from '../../../ir/attributes.ts';
import { BYTES, loadScalar, storeScalar } from '../access.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { advance, nest } from '../loops/nest.ts';
import type { Operand } from '../loops/place.ts';
import { NANOSECONDS } from '../threads/fork.ts';
import { overChunks } from './chunks.ts';
import type { Axis } from './contraction.ts';

/** The first and the last input position that is read along an axis. */
export interface Reach {
  readonly low: number;
  readonly high: number;
}

/** What the given numbers of output and filter positions read of an input whose coefficient is 1. */
export function reachOf(
  { output, filter, offset }: ConvolutionAxis,
  outputs: number,
  filters: number,
): Reach {
  const ends = [(outputs - 1) * output, (filters - 1) * filter];
  return {
    low: offset + Math.min(0, ends[0]) + Math.min(0, ends[1]),
    high: offset + Math.max(0, ends[0]) + Math.max(0, ends[1]),
  };
}

export interface PaddedInput {
  /** Of the first example at position 0 of both axes. */
  readonly address: number;
  readonly strides: readonly number[];
  /** Gives the memory of the copy back, if there is one. */
  readonly release: () => void;
}

/** Appends the code that copies the input between zeros, unless nothing outside of it is read. */
export function paddedInput(
  g: Generator,
  f: FunctionBuilder,
  x: Operand,
  reach: readonly Reach[],
): PaddedInput {
  if (reach.every(({ low, high }, d) => low >= 0 && high < x.shape[d + 1])) {
    return { ...x.place, release: () => {} };
  }
  // The axes keep their order in memory, so that long runs of bytes are copied at once.
  const bytes = BYTES[x.dtype];
  const extents = [x.shape[0], ...reach.map(({ low, high }) => high - low + 1), x.shape[3]];
  const order = [0, 1, 2, 3].sort((i, j) => x.place.strides[j] - x.place.strides[i]);
  const strides = [0, 0, 0, 0];
  let size = bytes;
  for (const axis of [...order].reverse()) {
    strides[axis] = size;
    size *= extents[axis];
  }
  const block = g.memory.allocate(size);
  const address = block - reach[0].low * strides[1] - reach[1].low * strides[2];
  const first = [0, ...reach.map(({ low }) => Math.max(0, low)), 0];
  const end = x.shape.map((length, d) =>
    d === 1 || d === 2 ? Math.min(length, reach[d - 1].high + 1) : length,
  );
  const from = first.reduce((at, i, d) => at + i * x.place.strides[d], x.place.address);
  const to = first.reduce((at, i, d) => at + i * strides[d], address);
  const axes = order.map((d) => ({
    extent: Math.max(0, end[d] - first[d]),
    a: x.place.strides[d],
    b: 0,
    c: strides[d],
  }));
  // Parts of the outermost axis, when it has nothing around.
  const [outermost] = order;
  const whole = extents[outermost] === axes[0].extent;
  const nanoseconds = whole ? 2 * size * NANOSECONDS.perByte : 0;
  overChunks(g, f, axes.slice(0, 1), nanoseconds, [], (part, [{ extent }], move) => {
    const [source, target] = [part.local(I32), part.local(I32)];
    part.i32(from).set(source).i32(block).set(target);
    move(source, 'a');
    move(target, 'c');
    part.get(target).i32(0);
    part.i32(whole ? extent * strides[outermost] : size).memoryFill();
    advance(part, target, to - block);
    copyBlock(part, { dtype: x.dtype, source, target, axes: [{ ...axes[0], extent }, ...axes.slice(1)] });
  });
  return { address, strides, release: () => g.memory.release(block, size) };
}

interface Block {
  readonly dtype: Operand['dtype'];
  /** Locals with the addresses. */
  readonly source: number;
  readonly target: number;
  /** Distances in the source (a) and in the target (c). */
  readonly axes: readonly Axis[];
}

/** Shorter runs are copied one element after the other. */
const SHORTEST_RUN = 32;

function copyBlock(f: FunctionBuilder, { dtype, source, target, axes }: Block): void {
  const outer = axes.filter(({ extent }) => extent !== 1);
  const all = [...outer];
  let run = BYTES[dtype];
  for (let axis = outer.at(-1); axis && axis.a === run && axis.c === run; axis = outer.at(-1)) {
    run *= axis.extent;
    outer.pop();
  }
  if (run === 0) return;
  const byRuns = run >= SHORTEST_RUN;
  const loops = byRuns ? outer : all;
  const pointers = [
    { local: source, strides: loops.map(({ a }) => a) },
    { local: target, strides: loops.map(({ c }) => c) },
  ];
  nest(
    f,
    loops.map(({ extent }) => extent),
    pointers,
    () => {
      f.get(target).get(source);
      if (byRuns) {
        f.i32(run).memoryCopy();
      } else {
        loadScalar(f, dtype, 0);
        storeScalar(f, dtype, 0);
      }
    },
  );
}
