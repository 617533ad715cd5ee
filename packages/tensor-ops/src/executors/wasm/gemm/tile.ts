/** The innermost piece of a product: a tile of C that stays in registers while k runs. */
import { type FunctionBuilder, I32, V128, type ValueType } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { advance } from '../loops/nest.ts';
import { v128 } from '../opcodes.ts';
import { VectorTarget } from '../vector-target.ts';
import { keyOf, type Problem, VECTOR } from './problem.ts';

export interface Tile extends Pick<Problem, 'dtype' | 'a' | 'c' | 'accumulate' | 'initial' | 'epilogue'> {
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
 * The function (addresses of A, B, C, and of D where sums start from it) that computes a tile. B and D are read in
 * whole vectors, also behind the last column: what they hold there is never stored.
 */
export function tileFunction(g: Generator, tile: Tile): number {
  const { initial } = tile;
  const params = new Array<ValueType>(initial ? 4 : 3).fill(I32);
  return g.helper(keyOf('tile', tile), params, [], (f) => {
    const { rows, vectors, depth, runs, a, bStep, c } = tile;
    const ops = VECTOR[tile.dtype];
    const [A, B, C, D] = [0, 1, 2, 3];
    const sums = Array.from({ length: rows * vectors }, () => f.local(V128));
    const right = Array.from({ length: vectors }, () => f.local(V128));
    const left = f.local(V128);
    const from = initial ?? (tile.accumulate ? c : undefined);
    if (from) {
      sums.forEach((sum, i) => {
        const at = Math.floor(i / vectors) * from.row + (i % vectors) * 16;
        f.get(initial ? D : C)
          .memory(v128.load, at)
          .set(sum);
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
    if (tile.epilogue) for (const sum of sums) applySteps(g, f, tile, sum);
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

/** Replaces the vector in a local by the result of the epilogue. */
function applySteps(g: Generator, f: FunctionBuilder, { dtype, epilogue = [] }: Tile, sum: number): void {
  const target = new VectorTarget(g, VECTOR[dtype].lanes);
  const values = [sum];
  for (const { fn, dtype: type, operands } of epilogue) {
    // The machine's select takes the condition last.
    const ordered = fn === 'select' ? [operands[1], operands[2], operands[0]] : operands;
    for (const operand of ordered) {
      if (typeof operand === 'number') f.get(values[operand]);
      else g.vectorConstant(f, operand);
    }
    target.apply(f, fn, type);
    const result = f.local(V128);
    f.set(result);
    values.push(result);
  }
  f.get(values[epilogue.length]).set(sum);
}
