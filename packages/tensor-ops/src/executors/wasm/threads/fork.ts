/** Parallel regions of generated code: chunks of work that any thread may do, in any order, with the same results. */
import { type FunctionBuilder, I32, type ValueType } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { i32 } from '../opcodes.ts';

/** How an axis is divided: `count` chunks of `size`, but for the last one. */
export interface Chunks {
  readonly count: number;
  readonly size: number;
  readonly last: number;
}

/** More chunks than threads, for threads that come late. */
const CHUNKS_PER_THREAD = 4;
/** A chunk of less work is not worth the handing out. */
export const LEAST_NANOSECONDS = 10_000;

/** Estimates of the time of one thread, to decide on chunks only. */
export const NANOSECONDS = { perFlop: 1 / 40, perByte: 1 / 8 } as const;

/**
 * Chunks for an axis along which work of the given time can be divided, at multiples of `granule`; undefined when it
 * is too little or there is one thread only.
 */
export function chunksOf(
  g: Generator,
  nanoseconds: number,
  extent: number,
  { granule = 1, perThread = CHUNKS_PER_THREAD } = {},
): Chunks | undefined {
  const { count: threads, leastNanoseconds } = g.threads;
  const units = Math.ceil(extent / granule);
  const most = Math.min(Math.floor(nanoseconds / leastNanoseconds), perThread * threads, units);
  if (threads === 1 || most < 2) return undefined;
  const size = Math.ceil(units / most) * granule;
  const count = Math.ceil(extent / size);
  return count < 2 ? undefined : { count, size, last: extent - (count - 1) * size };
}

/** Appends the code for the size of the chunk in a local. */
export function whicheverSize(
  f: FunctionBuilder,
  { count, size, last }: Chunks,
  chunk: number,
  write: (size: number) => void,
): void {
  if (last === size) write(size);
  else {
    f.get(chunk)
      .i32(count - 1)
      .op(i32.equal)
      .branch(
        () => write(last),
        () => write(size),
      );
  }
}

/** Adds chunk * bytes to a local. */
export function advanceByChunk(f: FunctionBuilder, local: number, chunk: number, bytes: number): void {
  if (bytes !== 0) f.get(local).get(chunk).i32(bytes).op(i32.multiply, i32.add).set(local);
}

/** Locals of a region: those that were passed, then the number of the chunk and of the thread. */
export interface RegionLocals {
  readonly passed: readonly number[];
  readonly chunk: number;
  readonly thread: number;
}

/**
 * Appends the code that has `body` done for every chunk, by all threads, and waits for it; the body gets the values
 * that the given i32 locals have now.
 */
export function fork(
  g: Generator,
  f: FunctionBuilder,
  chunks: number,
  pass: readonly number[],
  body: (f: FunctionBuilder, locals: RegionLocals) => void,
): void {
  const region = g.module.function([I32, I32] satisfies ValueType[], []);
  const slots = pass.length > 0 ? g.memory.allocate(4 * pass.length) : 0;
  const passed = pass.map((local, i) => {
    f.i32(0)
      .get(local)
      .memory(i32.store, slots + 4 * i);
    const copy = region.local(I32);
    region
      .i32(0)
      .memory(i32.load, slots + 4 * i)
      .set(copy);
    return copy;
  });
  body(region, { passed, chunk: 0, thread: 1 });
  f.i32(g.region(region)).i32(chunks).call(g.fork);
}
