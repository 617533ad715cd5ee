/** A batch of matrix products over strided operands, as few calls of one product as possible. */
import { broadcastShapes, broadcastStrides, type Shape, sizeOf } from '../../../shape.ts';
import { BYTES } from '../access.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import { blockingOf } from '../gemm/blocks.ts';
import { type Division, divisionOf } from '../gemm/division.ts';
import { packFunction } from '../gemm/pack.ts';
import type { Problem } from '../gemm/problem.ts';
import { product, scratchOf, wayOf } from '../gemm/product.ts';
import type { Generator } from '../generator.ts';
import { nest } from '../loops/nest.ts';
import type { Precision } from '../math/vector-code.ts';
import { i32 } from '../opcodes.ts';
import { advanceByChunk, fork, whicheverSize } from '../threads/fork.ts';
import type { Operand } from './group.ts';
import { type Area, byteSize, type Place, pushAddress, startOf, type Term } from './place.ts';

/** One axis of the batch with the distances in bytes in A, B and C. */
interface BatchAxis {
  readonly extent: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export interface MatrixProduct {
  readonly a: Place;
  readonly b: Place;
  readonly c: Place;
  readonly batch: readonly BatchAxis[];
  readonly problem: Problem;
  readonly division: Division | undefined;
  /** What the sums start from, if the problem says so. */
  readonly initial?: Place;
  /** Working memory: of each thread, or B in panels for all of them. */
  readonly scratch: Area;
  readonly scratchOfThread: number;
  readonly flops: number;
  /** Bytes of the result when all products are added up in it, otherwise 0. */
  readonly summedBytes: number;
}

const strideOf = (operand: Operand, batch: Shape): number[] => {
  const own = operand.shape.slice(0, -2);
  const lead = batch.length - own.length;
  return broadcastStrides(own, batch).map((s, d) => (s === 0 ? 0 : operand.place.strides[d - lead]));
};

/**
 * The products of operands with at least one element each, for a result of type float. A result without the batch
 * axes that the operands have is the sum over these.
 */
export function planProduct(
  g: Generator,
  left: Operand,
  right: Operand,
  out: Operand & { readonly dtype: Precision },
): MatrixProduct {
  const shape = broadcastShapes('matmul', left.shape.slice(0, -2), right.shape.slice(0, -2));
  const summed = out.shape.length - 2 < shape.length;
  const [sa, sb, sc] = [strideOf(left, shape), strideOf(right, shape), strideOf(out, shape)];
  const batch: BatchAxis[] = shape
    .map((extent, d) => ({ extent, a: sa[d], b: sb[d], c: sc[d] }))
    .filter(({ extent }) => extent > 1);
  let [rows, columns] = out.shape.slice(-2);
  let depth = left.shape[left.shape.length - 1];
  let [aRow, aStep] = left.place.strides.slice(-2);
  let [bStep, bColumn] = right.place.strides.slice(-2);
  let [cRow] = out.place.strides.slice(-2);
  for (let axis = batch.at(-1); axis; axis = batch.at(-1)) {
    if (summed) {
      // Batch axes that both operands walk on with k are a longer k.
      if (depth > 1 && (axis.a !== depth * aStep || axis.b !== depth * bStep)) break;
      if (depth === 1) [aStep, bStep] = [axis.a, axis.b];
      depth *= axis.extent;
    } else {
      // Batch axes along which B stays the same are more rows.
      const follows = rows === 1 || (axis.a === rows * aRow && axis.c === rows * cRow);
      if (axis.b !== 0 || !follows) break;
      if (rows === 1) [aRow, cRow] = [axis.a, axis.c];
      rows *= axis.extent;
    }
    batch.pop();
  }
  const accumulate = summed && batch.length > 0;
  const problem: Problem = {
    dtype: out.dtype,
    rows,
    depth,
    columns,
    a: { row: aRow, step: aStep },
    b: { step: bStep, column: columns === 1 ? BYTES[out.dtype] : bColumn },
    c: { row: cRow },
    accumulate,
  };
  const extents = batch.map(({ extent }) => extent);
  const flops = 2 * rows * columns * depth * sizeOf(extents);
  const division = divisionOf(g, problem, extents, flops);
  const scratch = scratchOf(g, problem);
  // Each thread has its own, unless all of them read the same.
  const copies = division && !division.packsFirst ? g.threads.count : 1;
  return {
    a: left.place,
    b: right.place,
    c: out.place,
    batch,
    problem,
    division,
    scratch: { bytes: copies * threadBytes(scratch), address: undefined },
    scratchOfThread: threadBytes(scratch),
    flops,
    summedBytes: accumulate ? byteSize(out.shape, out.dtype) : 0,
  };
}

/** Whether sums may start from another matrix, and something be done to the result. */
export const fusible = ({ batch, problem }: MatrixProduct): boolean =>
  batch.length === 0 && wayOf(problem) === 'blocks' && !problem.accumulate;

/** Without sharing of cache lines. */
const threadBytes = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Appends the code of the products; `params`: the parameters of the loops around. */
export function writeProduct(
  g: Generator,
  f: FunctionBuilder,
  planned: MatrixProduct,
  params: readonly number[],
): void {
  const { b, c, batch, problem, division, summedBytes } = planned;
  const scratch = startOf(planned.scratch);
  if (summedBytes > 0) {
    pushAddress(f, c);
    f.i32(0).i32(summedBytes).memoryFill();
  }
  if (!division) {
    writeProducts(g, f, planned, { batch, problem, terms: (terms) => terms, scratch: () => f.i32(scratch) });
    return;
  }
  const { along, chunks, packsFirst } = division;
  const { tile, width } = blockingOf(g, problem);
  if (packsFirst) {
    pushAddress(f, b);
    f.i32(scratch).call(packFunction(g, problem, width));
  }
  fork(g, f, chunks.count, params, (region, { passed, chunk, thread }) => {
    whicheverSize(region, chunks, chunk, (size) => {
      const [first, ...others] = batch;
      writeProducts(g, region, planned, {
        batch: along === 'batch' ? [{ ...first, extent: size }, ...others] : batch,
        problem:
          along === 'batch' ? problem : { ...problem, [along]: size, ...(packsFirst && { panels: tile }) },
        terms: (terms) => terms.map(({ param, bytes }) => ({ param: passed[param], bytes })),
        scratch: () => {
          region.i32(scratch);
          if (!packsFirst) region.get(thread).i32(planned.scratchOfThread).op(i32.multiply, i32.add);
        },
        chunk,
      });
    });
  });
}

/** A part of the products. */
interface Part {
  readonly batch: readonly BatchAxis[];
  readonly problem: Problem;
  /** Where the function has the parameters of the loops around. */
  readonly terms: (terms: readonly Term[]) => readonly Term[];
  /** Pushes the address of the working memory. */
  readonly scratch: () => void;
  /** The number of the chunk, in a region. */
  readonly chunk?: number;
}

/** How far each chunk lies from the one before it in A, B, C and what the sums start from. */
function stepsOf({ batch, problem, division }: MatrixProduct): {
  a: number;
  b: number;
  c: number;
  initial: number;
} {
  const size = division?.chunks.size ?? 0;
  const { a, b, c, initial, dtype } = problem;
  switch (division?.along) {
    case 'batch':
      return { a: size * batch[0].a, b: size * batch[0].b, c: size * batch[0].c, initial: 0 };
    case 'rows':
      return { a: size * a.row, b: 0, c: size * c.row, initial: size * (initial?.row ?? 0) };
    default:
      return { a: 0, b: size * b.column, c: size * BYTES[dtype], initial: size * BYTES[dtype] };
  }
}

function writeProducts(
  g: Generator,
  f: FunctionBuilder,
  planned: MatrixProduct,
  { batch, problem, terms, scratch, chunk }: Part,
): void {
  const code = product(g, problem, wayOf(planned.problem));
  const steps = stepsOf(planned);
  const start = (key: keyof typeof steps, push: () => void): number => {
    const local = f.local(I32);
    push();
    f.set(local);
    if (chunk !== undefined) advanceByChunk(f, local, chunk, steps[key]);
    return local;
  };
  const at = (place: Place) => () => pushAddress(f, { ...place, terms: terms(place.terms) });
  const [left, right, out] = (['a', 'b', 'c'] as const).map((key) => ({
    local: start(key, key === 'b' && problem.panels ? scratch : at(planned[key])),
    strides: batch.map((axis) => axis[key]),
  }));
  const { initial } = planned;
  const initialLocal = initial && start('initial', at(initial));
  nest(
    f,
    batch.map(({ extent }) => extent),
    [left, right, out],
    () => {
      for (const { local } of code.swapped ? [right, left, out] : [left, right, out]) f.get(local);
      if (code.blocked) scratch();
      if (initialLocal !== undefined) f.get(initialLocal);
      f.call(code.index);
    },
  );
}
