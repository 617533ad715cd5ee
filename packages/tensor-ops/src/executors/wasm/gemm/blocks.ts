/**
 * The blocked product: k in blocks whose panel of B fits in the first-level cache, rows in blocks whose part of A
 * fits in the second-level cache, and tiles of C in registers.
 */
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { i32 } from '../opcodes.ts';
import { packedBytes, packFunction } from './pack.ts';
import { evenParts, keyOf, type Problem, VECTOR } from './problem.ts';
import { type Tile, tileFunction } from './tile.ts';

/** Bytes of one column of a panel of B. */
const PANEL_BYTES = 1024;
/** Bytes of the part of A that is read again for every panel. */
const BLOCK_BYTES = 128 * 1024;
/** An unpacked B larger than this would be read across too many cache lines. */
const DIRECT_BYTES = 16 * 1024;

/** The tile for a problem: as many sums as the machine's sixteen registers leave room for. */
export function tileShape(
  g: Generator,
  { dtype, rows, columns }: Pick<Problem, 'dtype' | 'rows' | 'columns'>,
): { rows: number; vectors: number } {
  const needed = Math.ceil(columns / VECTOR[dtype].lanes);
  if (rows === 1) return { rows: 1, vectors: Math.min(8, needed) };
  if (rows === 2) return { rows: 2, vectors: Math.min(4, needed) };
  if (needed === 1) return { rows: g.fma ? 12 : 8, vectors: 1 };
  return { rows: g.fma ? 6 : 4, vectors: 2 };
}

interface Blocking {
  readonly tile: { readonly rows: number; readonly vectors: number };
  /** Columns of a panel. */
  readonly width: number;
  readonly packed: boolean;
  /** Bytes of the panels of B. */
  readonly scratch: number;
}

/** How a problem is blocked; `scratch` bytes of memory are needed while it runs. */
export function blockingOf(g: Generator, problem: Problem): Blocking {
  const { dtype, rows, depth, columns, b } = problem;
  const { bytes, lanes } = VECTOR[dtype];
  const tile = tileShape(g, problem);
  const width = tile.vectors * lanes;
  const contiguous = columns === 1 || b.column === bytes;
  const packed = !contiguous || (rows > 2 * tile.rows && depth * columns * bytes > DIRECT_BYTES);
  // One vector more: the last panel is read in whole vectors.
  return { tile, width, packed, scratch: packed ? packedBytes(problem, width) + 16 : 0 };
}

/** The function (addresses of A, B, C and of the scratch memory) that computes a product. */
export function blockedFunction(g: Generator, problem: Problem): number {
  return g.helper(keyOf('product', problem), [I32, I32, I32, I32], [], (f) => {
    const { dtype, depth, a, b } = problem;
    const { bytes } = VECTOR[dtype];
    const { width, packed } = blockingOf(g, problem);
    const [A, B, C, SCRATCH] = [0, 1, 2, 3];
    if (packed)
      f.get(B)
        .get(SCRATCH)
        .call(packFunction(g, problem, width))
        .get(SCRATCH)
        .set(B);
    const bStep = packed ? width * bytes : b.step;
    const most = PANEL_BYTES / bytes;
    const blocks = evenParts(depth, most).flatMap(({ size, count }) => [
      { size, count: 1 },
      { size, count: count - 1 },
    ]);
    let started = problem.accumulate;
    for (const { size, count } of blocks) {
      if (count === 0) continue;
      const block = blockFunction(g, { problem, depth: size, accumulate: started, packed });
      started = true;
      f.loop(count, () => {
        f.get(A).get(B).get(C).call(block);
        f.get(A)
          .i32(size * a.step)
          .op(i32.add)
          .set(A);
        f.get(B)
          .i32(size * bStep)
          .op(i32.add)
          .set(B);
      });
    }
  });
}

interface Block {
  readonly problem: Problem;
  readonly depth: number;
  readonly accumulate: boolean;
  readonly packed: boolean;
}

/** The function (addresses of A, B, C) for one block of k. */
function blockFunction(g: Generator, block: Block): number {
  return g.helper(keyOf('block', block), [I32, I32, I32], [], (f) => {
    const { problem, depth } = block;
    const { rows, a, c } = problem;
    const [A, B, C] = [0, 1, 2];
    const { tile } = blockingOf(g, problem);
    for (const { size, count } of evenParts(rows, tile.rows)) {
      const atOnce = Math.max(1, Math.floor(BLOCK_BYTES / (depth * size * VECTOR[problem.dtype].bytes)));
      for (const part of evenParts(count, atOnce)) {
        f.loop(part.count, () => {
          panels(g, f, block, size, part.size);
          f.get(A)
            .i32(part.size * size * a.row)
            .op(i32.add)
            .set(A);
          f.get(C)
            .i32(part.size * size * c.row)
            .op(i32.add)
            .set(C);
        });
      }
    }

    function panels(
      generator: Generator,
      out: FunctionBuilder,
      of: Block,
      size: number,
      tiles: number,
    ): void {
      const { dtype, columns, b } = problem;
      const { bytes, lanes } = VECTOR[dtype];
      const { width } = blockingOf(generator, problem);
      const full = Math.floor(columns / width);
      const rest = columns % width;
      const panelStep = of.packed ? width * problem.depth * bytes : width * b.column;
      const panel = out.local(I32);
      const target = out.local(I32);
      const [left, right] = [out.local(I32), out.local(I32)];
      const column = (used: number): void => {
        const lastLanes = ((used - 1) % lanes) + 1;
        const shape: Tile = {
          dtype,
          a,
          c,
          rows: size,
          depth,
          accumulate: of.accumulate,
          vectors: Math.ceil(used / lanes),
          lastLanes,
          bStep: of.packed ? width * bytes : b.step,
        };
        const call = tileFunction(generator, shape);
        out.get(A).set(left).get(target).set(right);
        out.loop(tiles, () => {
          out.get(left).get(panel).get(right).call(call);
          out
            .get(left)
            .i32(size * a.row)
            .op(i32.add)
            .set(left);
          out
            .get(right)
            .i32(size * c.row)
            .op(i32.add)
            .set(right);
        });
        out
          .get(target)
          .i32(width * bytes)
          .op(i32.add)
          .set(target);
        out.get(panel).i32(panelStep).op(i32.add).set(panel);
      };
      out.get(B).set(panel).get(C).set(target);
      if (full > 0) out.loop(full, () => column(width));
      if (rest > 0) column(rest);
    }
  });
}
