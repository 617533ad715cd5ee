/**
 * The blocked product: k in blocks whose panel of B fits in the first-level cache, rows in blocks whose part of A
 * fits in the second-level cache, and tiles of C in registers.
 */
import { I32, type ValueType } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { advance } from '../loops/nest.ts';
import { packedBytes, packFunction } from './pack.ts';
import { evenParts, keyOf, type Problem, VECTOR } from './problem.ts';
import { tileFunction } from './tile.ts';

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
  const { dtype, rows, depth, columns, b, panels } = problem;
  const { bytes, lanes } = VECTOR[dtype];
  const tile = panels ?? tileShape(g, problem);
  const width = tile.vectors * lanes;
  const contiguous = columns === 1 || b.column === bytes;
  const packed =
    panels !== undefined || !contiguous || (rows > 2 * tile.rows && depth * columns * bytes > DIRECT_BYTES);
  // One vector more: the last panel is read in whole vectors.
  return { tile, width, packed, scratch: packed && !panels ? packedBytes(problem, width) + 16 : 0 };
}

/** Blocks of k one after the other; the first and the last are apart, because sums begin and end there. */
function blocksOf(
  depth: number,
  most: number,
): { size: number; count: number; first: boolean; last: boolean }[] {
  const sizes = evenParts(depth, most).flatMap(({ size, count }) => new Array<number>(count).fill(size));
  const blocks: ReturnType<typeof blocksOf> = [];
  sizes.forEach((size, i) => {
    const [first, last] = [i === 0, i === sizes.length - 1];
    const before = blocks.at(-1);
    if (before && !before.first && !last && before.size === size) before.count++;
    else blocks.push({ size, count: 1, first, last });
  });
  return blocks;
}

/** The function (addresses of A, B, C, of the scratch memory, and of D if there is one) that computes a product. */
export function blockedFunction(g: Generator, problem: Problem): number {
  const { initial, epilogue, ...plain } = problem;
  const params = new Array<ValueType>(initial ? 5 : 4).fill(I32);
  return g.helper(keyOf('product', problem), params, [], (f) => {
    const { dtype, depth, a, b } = problem;
    const { bytes } = VECTOR[dtype];
    const { width, packed } = blockingOf(g, problem);
    const [A, B, C, SCRATCH, D] = [0, 1, 2, 3, 4];
    if (packed && !problem.panels)
      f.get(B)
        .get(SCRATCH)
        .call(packFunction(g, problem, width))
        .get(SCRATCH)
        .set(B);
    for (const { size, count, first, last } of blocksOf(depth, PANEL_BYTES / bytes)) {
      const part: Problem = {
        ...plain,
        accumulate: plain.accumulate || !first,
        ...(initial && first ? { initial } : {}),
        ...(epilogue && last ? { epilogue } : {}),
      };
      const block = blockFunction(g, { problem: part, depth: size, packed });
      f.loop(count, () => {
        f.get(A).get(B).get(C);
        if (part.initial) f.get(D);
        f.call(block);
        advance(f, A, size * a.step);
        advance(f, B, size * (packed ? width * bytes : b.step));
      });
    }
  });
}

interface Block {
  readonly problem: Problem;
  readonly depth: number;
  readonly packed: boolean;
}

/** The function (addresses of A, B, C, and of D if there is one) for one block of k. */
function blockFunction(g: Generator, block: Block): number {
  const { problem, depth, packed } = block;
  const { dtype, rows, columns, a, b, c, initial, accumulate, epilogue } = problem;
  const params = new Array<ValueType>(initial ? 4 : 3).fill(I32);
  return g.helper(keyOf('block', block), params, [], (f) => {
    const { bytes, lanes } = VECTOR[dtype];
    const { tile, width } = blockingOf(g, problem);
    const [A, B, C, D] = [0, 1, 2, 3];
    for (const { size, count } of evenParts(rows, tile.rows)) {
      const atOnce = Math.max(1, Math.floor(BLOCK_BYTES / (depth * size * bytes)));
      for (const part of evenParts(count, atOnce)) {
        f.loop(part.count, () => {
          panels(size, part.size);
          advance(f, A, part.size * size * a.row);
          advance(f, C, part.size * size * c.row);
          if (initial) advance(f, D, part.size * size * initial.row);
        });
      }
    }

    /** Tiles below each other for every panel of B. */
    function panels(size: number, tiles: number): void {
      const full = Math.floor(columns / width);
      const rest = columns % width;
      const panel = f.local(I32);
      // Where the panel's columns begin in C and D.
      const tops = initial ? [C, D] : [C];
      const columnsAt = tops.map(() => f.local(I32));
      const left = f.local(I32);
      const rights = tops.map(() => f.local(I32));
      const rowSteps = [c.row, initial?.row ?? 0];
      const column = (used: number): void => {
        const call = tileFunction(g, {
          dtype,
          a,
          c,
          rows: size,
          depth,
          accumulate,
          ...(initial ? { initial } : {}),
          ...(epilogue ? { epilogue } : {}),
          vectors: Math.ceil(used / lanes),
          lastLanes: ((used - 1) % lanes) + 1,
          bStep: packed ? width * bytes : b.step,
        });
        f.get(A).set(left);
        for (const [i, right] of rights.entries()) f.get(columnsAt[i]).set(right);
        f.loop(tiles, () => {
          f.get(left).get(panel);
          for (const right of rights) f.get(right);
          f.call(call);
          advance(f, left, size * a.row);
          for (const [i, right] of rights.entries()) advance(f, right, size * rowSteps[i]);
        });
        for (const at of columnsAt) advance(f, at, width * bytes);
        advance(f, panel, packed ? width * problem.depth * bytes : width * b.column);
      };
      f.get(B).set(panel);
      for (const [i, top] of tops.entries()) f.get(top).set(columnsAt[i]);
      if (full > 0) f.loop(full, () => column(width));
      if (rest > 0) column(rest);
    }
  });
}
