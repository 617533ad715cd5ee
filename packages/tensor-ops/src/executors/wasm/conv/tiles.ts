/** One block of a product: the register tiles of all its rows and columns. */
import { type FunctionBuilder, I32 } from '../encoder.ts';
import { evenParts, VECTOR } from '../gemm/problem.ts';
import { type Tile, tileFunction } from '../gemm/tile.ts';
import type { Generator } from '../generator.ts';
import { advance } from '../loops/nest.ts';
import type { Precision } from '../math/vector-code.ts';

/** C[row, column] (+)= sum over steps of A[row, step] B[step, column]; distances in bytes. */
export interface TileBlock extends Pick<Tile, 'depth' | 'runs' | 'accumulate' | 'bStep'> {
  readonly dtype: Precision;
  /** Rows and vectors of a register tile. */
  readonly tile: { readonly rows: number; readonly vectors: number };
  readonly rows: { readonly extent: number; readonly a: number; readonly c: number };
  readonly columns: number;
  /** Distance in A from step to step. */
  readonly aStep: number;
  /** Distance in B from one panel of columns to the next. */
  readonly panel: number;
}

/** Appends the code of a block at the addresses in three locals, which keep their values. */
export function writeTiles(
  g: Generator,
  f: FunctionBuilder,
  [A, B, C]: readonly [number, number, number],
  block: TileBlock,
): void {
  const { dtype, rows, columns, depth, runs, aStep, bStep, accumulate } = block;
  const { bytes, lanes } = VECTOR[dtype];
  const width = block.tile.vectors * lanes;
  const [panel, result, left, right] = [f.local(I32), f.local(I32), f.local(I32), f.local(I32)];
  f.get(B).set(panel).get(C).set(result);
  const panelOf = (used: number): void => {
    f.get(A).set(left).get(result).set(right);
    for (const { size, count } of evenParts(rows.extent, block.tile.rows)) {
      const tile = tileFunction(g, {
        dtype,
        rows: size,
        vectors: Math.ceil(used / lanes),
        lastLanes: ((used - 1) % lanes) + 1,
        depth,
        runs,
        a: { row: rows.a, step: aStep },
        bStep,
        c: { row: rows.c },
        accumulate,
      });
      f.loop(count, () => {
        f.get(left).get(panel).get(right).call(tile);
        advance(f, left, size * rows.a);
        advance(f, right, size * rows.c);
      });
    }
    advance(f, panel, block.panel);
    advance(f, result, width * bytes);
  };
  const full = Math.floor(columns / width);
  if (full > 0) f.loop(full, () => panelOf(width));
  if (columns % width > 0) panelOf(columns % width);
}
