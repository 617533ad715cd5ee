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
import { NANOSECONDS } from '../threads/fork.ts';
import { overChunks } from './chunks.ts';
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

/** How the summed axes are walked. */
interface Steps {
  /** Around the tiles. */
  readonly loops: readonly Axis[];
  /** Within a tile, and the one around that is taken in parts. */
  readonly inner: Axis;
  readonly blocked: Axis;
  readonly parts: readonly { readonly size: number; readonly count: number }[];
  /** Whether the inner axis fits into a tile as a whole; otherwise it is the one in parts. */
  readonly fits: boolean;
  /** Whether one tile sums all of it up. */
  readonly once: boolean;
  /** The address of B in panels. */
  readonly packed: number;
}

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
    const batch = this.pointers([this.firstA, this.firstB, problem.c], problem.batch);
    const free = [...this.outer, this.rows];
    const products = free.reduce((n, { extent }) => n * extent, this.steps * column.extent);
    const granules = [...this.outer.map(() => 1), this.tile.rows];
    nest(
      f,
      problem.batch.map(({ extent }) => extent),
      batch,
      () => {
        this.pack(batch[1].local, packed);
        const starts = [batch[0].local, batch[2].local];
        const nanoseconds = 2 * products * NANOSECONDS.perFlop;
        overChunks(
          g,
          f,
          free,
          nanoseconds,
          starts,
          (part, axes, move, [a, c]) => {
            const [A, C] = [part.local(I32), part.local(I32)];
            part.get(a).set(A).get(c).set(C);
            move(A, 'a');
            move(C, 'c');
            this.products(part, [A, C], axes, { loops, inner, blocked, parts, fits, once, packed });
          },
          granules,
        );
      },
    );
    g.memory.release(packed, packedBytes);
  }

  /** The products for all or a part of the free axes, the last of which are the rows of tiles. */
  private products(
    f: FunctionBuilder,
    [A, C]: readonly [number, number],
    free: readonly Axis[],
    { loops, inner, blocked, parts, fits, once, packed }: Steps,
  ): void {
    const { g, problem } = this;
    const stepBytes = this.width * this.bytes;
    const outer = free.slice(0, -1);
    const rows: Pointer[] = [
      { local: A, strides: outer.map(({ a }) => a) },
      { local: C, strides: outer.map(({ c }) => c) },
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
    const around: Pointer[] = [
      { local: A, strides: loops.map(({ a }) => a) },
      { local: B, strides },
    ];
    const block = (): void => {
      let [movedA, movedB] = [0, 0];
      for (const { size: n, count } of parts) {
        const runs = fits ? { count: n, step: blocked.a } : undefined;
        const depth = fits ? inner.extent : n;
        const [byA, byB] = [n * blocked.a, n * (fits ? inner.extent : 1) * stepBytes];
        f.loop(count, () => {
          writeTiles(g, f, [A, B, C], {
            dtype: problem.dtype,
            tile: this.tile,
            rows: free[outer.length],
            columns: problem.column.extent,
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
    };
    nest(
      f,
      outer.map(({ extent }) => extent),
      rows,
      () => {
        f.i32(packed).set(B);
        nest(
          f,
          loops.map(({ extent }) => extent),
          around,
          block,
        );
      },
    );
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
    const { f, g, problem, width, summed } = this;
    const { column } = problem;
    const full = Math.floor(column.extent / width);
    const rest = column.extent % width;
    const panels: Axis = { extent: full, a: width * column.b, b: 0, c: this.panelBytes };
    const begin = (part: FunctionBuilder, start: number): Pointer[] => {
      const [source, target] = [part.local(I32), part.local(I32)];
      part.get(start).set(source).i32(packed).set(target);
      let size = width * this.bytes;
      const strides = summed.map(() => 0);
      for (let i = summed.length - 1; i >= 0; i--) {
        strides[i] = size;
        size *= summed[i].extent;
      }
      return [
        { local: source, strides: summed.map(({ b }) => b) },
        { local: target, strides },
      ];
    };
    if (full > 0) {
      const nanoseconds = full * this.panelBytes * NANOSECONDS.perByte;
      overChunks(g, f, [panels], nanoseconds, [from], (part, [{ extent }], move, [start]) => {
        const pointers = begin(part, start);
        move(pointers[0].local, 'a');
        move(pointers[1].local, 'c');
        part.loop(extent, () => {
          this.packPanel(part, pointers, width);
          advance(part, pointers[0].local, panels.a);
          advance(part, pointers[1].local, panels.c);
        });
      });
    }
    if (rest > 0) {
      const pointers = begin(f, from);
      advance(f, pointers[0].local, full * panels.a);
      advance(f, pointers[1].local, full * panels.c);
      this.packPanel(f, pointers, rest);
    }
  }

  private packPanel(f: FunctionBuilder, pointers: readonly Pointer[], used: number): void {
    const { bytes, summed } = this;
    const { dtype, column } = this.problem;
    const { lanes } = VECTOR[dtype];
    const whole = column.b === bytes ? used - (used % lanes) : 0;
    const [source, target] = pointers.map(({ local }) => local);
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
  }
}

/** Appends the code of a contraction without empty axes. */
export function writeContraction(g: Generator, f: FunctionBuilder, problem: Contraction): void {
  new Writer(g, f, problem).write();
}
