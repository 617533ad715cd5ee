/** The innermost piece of a product: a tile of C that stays in registers while k runs. */
import { I32, V128 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { advance } from '../loops/nest.ts';
import { v128 } from '../opcodes.ts';
import { keyOf, type Problem, VECTOR } from './problem.ts';

export interface Tile extends Pick<Problem, 'dtype' | 'a' | 'c' | 'accumulate'> {
  readonly rows: number;
  /** Vectors side by side in a row; the last one has `lastLanes` columns of C. */
  readonly vectors: number;
  readonly lastLanes: number;
  readonly depth: number;
  /** The depth comes so many times, `step` apart in A and without gaps in B; default once. */
  readonly runs?: { readonly count: number; readonly step: number } | undefined;
  /** Distance in B from one k to the next; its columns are contiguous. */
  readonly bStep: number;
}

/** Steps of k in one turn of the loop. */
const UNROLL = 4;

/**
 * The function (addresses of A, B, C) that computes a tile. B is read in whole vectors, also behind the last
 * column: what they hold there is never stored.
 */
export function tileFunction(g: Generator, tile: Tile): number {
  return g.helper(keyOf('tile', tile), [I32, I32, I32], [], (f) => {
    const { rows, vectors, depth, runs, a, bStep, c } = tile;
    const ops = VECTOR[tile.dtype];
    const [A, B, C] = [0, 1, 2];
    const sums = Array.from({ length: rows * vectors }, () => f.local(V128));
    const right = Array.from({ length: vectors }, () => f.local(V128));
    const left = f.local(V128);
    if (tile.accumulate) {
      sums.forEach((sum, i) => {
        const at = Math.floor(i / vectors) * c.row + (i % vectors) * 16;
        f.get(C).memory(v128.load, at).set(sum);
      });
    }
    const step = (k: number): void => {
      right.forEach((local, j) => {
        f.get(B)
          .memory(v128.load, k * bStep + j * 16)
          .set(local);
      });
      for (let i = 0; i < rows; i++) {
        f.get(A)
          .memory(ops.splatLoad, k * a.step + i * a.row)
          .set(left);
        right.forEach((local, j) => {
          const sum = sums[i * vectors + j];
          if (g.fma) f.get(left).get(local).get(sum).op(ops.multiplyAdd).set(sum);
          else f.get(sum).get(left).get(local).op(ops.multiply, ops.add).set(sum);
        });
      }
    };
    const turns = Math.floor(depth / UNROLL);
    const steps = (count: number): void => {
      for (let k = 0; k < count; k++) step(k);
    };
    const run = (): void => {
      if (turns > 0) {
        f.loop(turns, () => {
          steps(UNROLL);
          advance(f, A, UNROLL * a.step);
          advance(f, B, UNROLL * bStep);
        });
      }
      steps(depth % UNROLL);
    };
    if (!runs || runs.count === 1) run();
    else {
      f.loop(runs.count, () => {
        run();
        advance(f, A, runs.step - turns * UNROLL * a.step);
        advance(f, B, (depth % UNROLL) * bStep);
      });
    }
    sums.forEach((sum, i) => {
      const j = i % vectors;
      const at = Math.floor(i / vectors) * c.row + j * 16;
      if (j < vectors - 1 || tile.lastLanes === ops.lanes) {
        f.get(C).get(sum).memory(v128.store, at);
        return;
      }
      for (let lane = 0; lane < tile.lastLanes; lane++) {
        f.get(C)
          .get(sum)
          .memoryLane(ops.storeLane, at + lane * ops.bytes, lane);
      }
    });
  });
}
