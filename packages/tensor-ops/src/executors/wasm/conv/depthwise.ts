/** Convolutions in which every channel has its own filter: sums of products of vectors of channels. */
import { type FunctionBuilder, I32, V128 } from '../encoder.ts';
import { keyOf, VECTOR } from '../gemm/problem.ts';
import type { Generator } from '../generator.ts';
import { advance, nest, pointer } from '../loops/nest.ts';
import { floatWords } from '../math/vector-code.ts';
import { v128 } from '../opcodes.ts';
import { NANOSECONDS } from '../threads/fork.ts';
import { overChunks } from './chunks.ts';
import type { Axis, Contraction } from './contraction.ts';

/** More products would be too much code. */
const MOST_TAPS = 64;

/** Whether the channels of all three arrays are contiguous, and nothing else but few positions is summed over. */
export function isDepthwise({ dtype, batch, summed, column }: Contraction): boolean {
  const { bytes, lanes } = VECTOR[dtype];
  const [channels] = batch;
  return (
    column.extent === 1 &&
    batch.length === 1 &&
    channels.extent >= lanes &&
    [channels.a, channels.b, channels.c].every((stride) => stride === bytes) &&
    summed.reduce((n, { extent }) => n * extent, 1) <= MOST_TAPS
  );
}

/** The distances in A and B of all products of one sum, none of them negative, and where they start. */
function productsOf(summed: readonly Axis[]) {
  let taps = [{ a: 0, b: 0 }];
  for (const { extent, a, b } of summed) {
    const positions = Array.from({ length: extent }, (_, i) => ({ a: i * a, b: i * b }));
    taps = taps.flatMap((tap) => positions.map((at) => ({ a: tap.a + at.a, b: tap.b + at.b })));
  }
  const start = { a: Math.min(...taps.map(({ a }) => a)), b: Math.min(...taps.map(({ b }) => b)) };
  return { start, taps: taps.map(({ a, b }) => ({ a: a - start.a, b: b - start.b })) };
}

/** Appends the code of a contraction that `isDepthwise`. */
export function writeDepthwise(g: Generator, f: FunctionBuilder, problem: Contraction): void {
  const { dtype, free, batch } = problem;
  const [{ extent: channels }] = batch;
  const { start, taps } = productsOf(problem.summed);
  const index = sumFunction(g, { dtype, channels, taps });
  const sums = free.reduce((n, { extent }) => n * extent, channels);
  const nanoseconds = 2 * sums * taps.length * NANOSECONDS.perFlop;
  overChunks(g, f, free, nanoseconds, [], (part, axes, moved) => {
    const along = (address: number, key: 'a' | 'c') => {
      const walk = pointer(
        part,
        address,
        axes.map((axis) => axis[key]),
      );
      moved(walk.local, key);
      return walk;
    };
    const [A, C] = [along(problem.a + start.a, 'a'), along(problem.c, 'c')];
    nest(
      part,
      axes.map(({ extent }) => extent),
      [A, C],
      () => {
        part
          .get(A.local)
          .i32(problem.b + start.b)
          .get(C.local)
          .call(index);
      },
    );
  });
}

interface Sums extends Pick<Contraction, 'dtype'> {
  readonly channels: number;
  readonly taps: readonly { readonly a: number; readonly b: number }[];
}

/** The function (addresses of A, B, C) that computes all channels of one output position. */
function sumFunction(g: Generator, sums: Sums): number {
  return g.helper(keyOf('depthwise', sums), [I32, I32, I32], [], (f) => {
    const { dtype, channels, taps } = sums;
    const [A, B, C] = [0, 1, 2];
    const ops = VECTOR[dtype];
    const sum = f.local(V128);
    const vector = (): void => {
      g.vectorConstant(f, floatWords(dtype, 0));
      f.set(sum);
      for (const { a, b } of taps) {
        if (g.fma) f.get(A).memory(v128.load, a).get(B).memory(v128.load, b).get(sum).op(ops.multiplyAdd);
        else f.get(sum).get(A).memory(v128.load, a).get(B).memory(v128.load, b).op(ops.multiply, ops.add);
        f.set(sum);
      }
      f.get(C).get(sum).memory(v128.store, 0);
    };
    const move = (bytes: number): void => {
      for (const local of [A, B, C]) advance(f, local, bytes);
    };
    f.loop(Math.floor(channels / ops.lanes), () => {
      vector();
      move(16);
    });
    const rest = channels % ops.lanes;
    if (rest > 0) {
      // The last vector overlaps the one before it.
      move((rest - ops.lanes) * ops.bytes);
      vector();
    }
  });
}
