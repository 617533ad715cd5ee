/**
 * Sums of products over several axes of strided arrays, by the register tiles of the matrix product: one axis of A is
 * the tile's rows, one of B its columns, and the axes that are summed over run inside the tile as far as the
 * first-level cache reaches. This is an implicit matrix product: no patches of A are copied.
 */
import { loadScalar, storeScalar } from '../access.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import { tileShape } from '../gemm/blocks.ts';
import { evenParts, VECTOR } from '../gemm/problem.ts';
import type { Generator } from '../generator.ts';
import { advance, nest, type Pointer, pointer } from '../loops/nest.ts';
import type { Precision } from '../math/vector-code.ts';
import { v128 } from '../opcodes.ts';
import { writeTiles } from './tiles.ts';

/** An axis with its distances in bytes in A, B and C. */
export interface Axis {
  readonly extent: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** C[batch, free, column] = sum over the summed axes of A[batch, free, summed] B[batch, summed, column]. */
export interface Contraction {
  readonly dtype: Precision;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Axes of all three arrays. */
  readonly batch: readonly Axis[];
  /** Axes of A and C. */
  readonly free: readonly Axis[];
  /** Axes of A and B. */
  readonly summed: readonly Axis[];
  /** The axis of B and C; contiguous in C. */
  readonly column: Axis;
  /** Bytes from `c` on to clear before anything is added to them; 0 where they are zero already. */
  readonly clear: number;
}

/** Most steps of a tile: its panel of B and its rows of A stay in the first-level cache. */
const MOST_STEPS = 320;

/** Drops axes of extent 1 and joins neighbours that A (and C) walk as one; the outer axis comes first. */
function joined(axes: readonly Axis[], along: readonly ('a' | 'c')[]): Axis[] {
  const out: Axis[] = [];
  for (const axis of axes) {
    const last = out.at(-1);
    if (axis.extent === 1) continue;
    if (last && along.every((s) => last[s] === axis.extent * axis[s])) {
      out[out.length - 1] = { ...axis, extent: last.extent * axis.extent };
    } else out.push(axis);
  }
  return out;
}

const NO_AXIS: Axis = { extent: 1, a: 0, b: 0, c: 0 };

/** The parts of a contraction in the order of the loops. */
class Writer {
  private readonly g: Generator;
  private readonly f: FunctionBuilder;
  private readonly problem: Contraction;
  private readonly bytes: number;
  /** The summed axes with A's distances positive and falling: the order of the packed B. */
  private readonly summed: Axis[];
  private readonly firstB: number;
  private readonly firstA: number;
  private readonly rows: Axis;
  private readonly outer: Axis[];
  private readonly tile: { readonly rows: number; readonly vectors: number };
  private readonly steps: number;

  constructor(g: Generator, f: FunctionBuilder, problem: Contraction) {
    this.g = g;
    this.f = f;
    this.problem = problem;
    const { dtype, column } = problem;
    this.bytes = VECTOR[dtype].bytes;
    let [a, b] = [problem.a, problem.b];
    this.summed = problem.summed
      .map((axis) => {
        if (axis.a >= 0) return axis;
        a += (axis.extent - 1) * axis.a;
        b += (axis.extent - 1) * axis.b;
        return { ...axis, a: -axis.a, b: -axis.b };
      })
      .sort((p, q) => q.a - p.a);
    [this.firstA, this.firstB] = [a, b];
    this.steps = this.summed.reduce((n, { extent }) => n * extent, 1);
    const free = joined(problem.free, ['a', 'c']);
    const candidates = free.filter((axis) => axis.a > 0 && axis.c > 0);
    this.rows = candidates.reduce((best, axis) => (axis.extent >= best.extent ? axis : best), NO_AXIS);
    this.outer = free.filter((axis) => axis !== this.rows);
    this.tile = tileShape(g, { dtype, rows: this.rows.extent, columns: column.extent });
  }

  private get width(): number {
    return this.tile.vectors * VECTOR[this.problem.dtype].lanes;
  }

  /** Bytes of a panel of B: all summed elements of `width` columns. */
  private get panelBytes(): number {
    return this.steps * this.width * this.bytes;
  }

  write(): void {
    const { f, g, problem } = this;
    const { column, clear } = problem;
    // One vector more: panels are read in whole vectors.
    const packedBytes = Math.ceil(column.extent / this.width) * this.panelBytes + 16;
    const packed = g.memory.allocate(packedBytes);
    const loops = joined(this.summed, ['a']);
    const inner = loops.pop() ?? NO_AXIS;
    // Within a tile: the inner axis, and as much of the one around as fits.
    const fits = inner.extent <= MOST_STEPS;
    const blocked = (fits ? loops.pop() : inner) ?? NO_AXIS;
    const most = fits ? Math.max(1, Math.floor(MOST_STEPS / inner.extent)) : MOST_STEPS;
    const parts = evenParts(blocked.extent, most);
    const once = loops.length === 0 && parts.length === 1 && parts[0].count === 1;
    if (!once && clear > 0) f.i32(problem.c).i32(0).i32(clear).memoryFill();
    const stepBytes = this.width * this.bytes;
    const batch = this.pointers([this.firstA, this.firstB, problem.c], problem.batch);
    nest(
      f,
      problem.batch.map(({ extent }) => extent),
      batch,
      () => {
        this.pack(batch[1].local, packed);
        const [A, C] = [f.local(I32), f.local(I32)];
        f.get(batch[0].local).set(A).get(batch[2].local).set(C);
        const rows: Pointer[] = [
          { local: A, strides: this.outer.map(({ a }) => a) },
          { local: C, strides: this.outer.map(({ c }) => c) },
        ];
        const B = f.local(I32);
        // Distances in the packed B of the loops around the tile.
        let size = inner.extent * blocked.extent * stepBytes;
        if (!fits) size = inner.extent * stepBytes;
        const strides = loops.map(() => 0);
        for (let i = loops.length - 1; i >= 0; i--) {
          strides[i] = size;
          size *= loops[i].extent;
        }
        nest(
          f,
          this.outer.map(({ extent }) => extent),
          rows,
          () => {
            f.i32(packed).set(B);
            const around: Pointer[] = [
              { local: A, strides: loops.map(({ a }) => a) },
              { local: B, strides },
            ];
            nest(
              f,
              loops.map(({ extent }) => extent),
              around,
              () => {
                let [movedA, movedB] = [0, 0];
                for (const { size: n, count } of parts) {
                  const runs = fits ? { count: n, step: blocked.a } : undefined;
                  const depth = fits ? inner.extent : n;
                  const [byA, byB] = [n * blocked.a, n * (fits ? inner.extent : 1) * stepBytes];
                  f.loop(count, () => {
                    writeTiles(g, f, [A, B, C], {
                      dtype: problem.dtype,
                      tile: this.tile,
                      rows: this.rows,
                      columns: column.extent,
                      depth,
                      runs,
                      aStep: inner.a,
                      bStep: stepBytes,
                      panel: this.panelBytes,
                      accumulate: !once,
                    });
                    advance(f, A, byA);
                    advance(f, B, byB);
                  });
                  movedA += count * byA;
                  movedB += count * byB;
                }
                advance(f, A, -movedA);
                advance(f, B, -movedB);
              },
            );
          },
        );
      },
    );
    g.memory.release(packed, packedBytes);
  }

  private pointers(addresses: readonly number[], axes: readonly Axis[]): Pointer[] {
    const keys = ['a', 'b', 'c'] as const;
    return addresses.map((address, i) =>
      pointer(
        this.f,
        address,
        axes.map((axis) => axis[keys[i]]),
      ),
    );
  }

  /** Copies B into panels: [panel][summed axes][column]. */
  private pack(from: number, packed: number): void {
    const { f, problem, bytes, width, summed } = this;
    const { dtype, column } = problem;
    const { lanes } = VECTOR[dtype];
    const [source, target] = [f.local(I32), f.local(I32)];
    f.get(from).set(source).i32(packed).set(target);
    let size = width * bytes;
    const strides = summed.map(() => 0);
    for (let i = summed.length - 1; i >= 0; i--) {
      strides[i] = size;
      size *= summed[i].extent;
    }
    const pointers: Pointer[] = [
      { local: source, strides: summed.map(({ b }) => b) },
      { local: target, strides },
    ];
    const panel = (used: number): void => {
      const whole = column.b === bytes ? used - (used % lanes) : 0;
      nest(
        f,
        summed.map(({ extent }) => extent),
        pointers,
        () => {
          for (let j = 0; j < whole; j += lanes) {
            f.get(target).get(source);
            f.memory(v128.load, j * bytes).memory(v128.store, j * bytes);
          }
          for (let j = whole; j < used; j++) {
            f.get(target).get(source);
            loadScalar(f, dtype, j * column.b);
            storeScalar(f, dtype, j * bytes);
          }
        },
      );
      advance(f, source, width * column.b);
      advance(f, target, this.panelBytes);
    };
    const full = Math.floor(column.extent / width);
    if (full > 0) f.loop(full, () => panel(width));
    if (column.extent % width > 0) panel(column.extent % width);
  }
}

/** Appends the code of a contraction without empty axes. */
export function writeContraction(g: Generator, f: FunctionBuilder, problem: Contraction): void {
  new Writer(g, f, problem).write();
}
