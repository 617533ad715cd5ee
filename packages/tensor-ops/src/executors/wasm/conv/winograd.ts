/**
 * Convolutions with 3 x 3 filters and their filter gradients by Winograd's minimal filtering: 16 products instead of
 * 36 for each 2 x 2 block of outputs.
 *
 * For a 4 x 4 block d of the input and a filter g, the outputs are Y = A^T [(G g G^T) * (B^T d B)] A, where * is
 * elementwise; summed over channels, * becomes 16 matrix products. The map is bilinear, so that its transpose gives
 * the filter gradient: G^T [(A dY A^T) * (B^T d B)] G, summed over blocks.
 *
 * Source: Lavin and Gray (2016), F(2 x 2, 3 x 3), eq. 8 and 9. Rounding errors are relative to the largest elements
 * of a 4 x 4 block; an infinity or NaN reaches all outputs of the blocks that it is in.
 */
import type { ConvolutionAxis } from '../../../ir/attributes.ts';
import type { Tensor } from '../../../tensor.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import { tileShape } from '../gemm/blocks.ts';
import { VECTOR } from '../gemm/problem.ts';
import type { Generator } from '../generator.ts';
import { advance, nest } from '../loops/nest.ts';
import type { Operand } from '../loops/place.ts';
import { advanceByChunk, type Chunks, chunksOf, NANOSECONDS } from '../threads/fork.ts';
import { paddedInput } from './padded.ts';
import { addPartialSums, overParts, partialSums } from './partial-sums.ts';
import { type Residues, residues } from './phases.ts';
import { writeTiles } from './tiles.ts';
import { blockOffsets, type Matrix, type Transform, transformFunction } from './transform.ts';

const transposed = (matrix: Matrix): number[][] => matrix[0].map((_, j) => matrix.map((row) => row[j]));

const INPUT: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const FILTER: Matrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
const OUTPUT: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

const DTYPE = 'float32';
const { bytes: BYTES, lanes: LANES } = VECTOR[DTYPE];
/** The 16 products of a block. */
const POINTS = 16;

/** Fewer channels or filters leave too little to the matrix products. */
const FEWEST_CHANNELS = 16;
/** Blocks that are transformed and multiplied at a time; their transforms stay in the second-level cache. */
const BLOCKS_AT_ONCE = 40;
/** Code is written for every row of blocks. */
const MOST_ROWS = 128;

/** Which of the two lengths of each axis are the three taps: those of the filter or those of the output. */
type Taps = 'filter' | 'output';

function hasTaps(axis: ConvolutionAxis, taps: Taps, count: number): boolean {
  const along = taps === 'filter' ? 'output' : 'filter';
  return axis.input === 1 && axis[along] === 1 && axis[taps] !== 0 && count === 3;
}

/** Whether a convolution can be computed here, and how: as one with 3 x 3 filters, or as a filter gradient. */
export function winogradTaps(node: Tensor<'conv2d'>, x: Operand, w: Operand): Taps | undefined {
  const { axes, groups } = node.attributes;
  if (groups !== 1 || node.dtype !== DTYPE) return undefined;
  const outputs = node.shape.slice(1, 3);
  const filters = w.shape.slice(0, 2);
  const taps = axes.every((axis, d) => hasTaps(axis, 'filter', filters[d]))
    ? 'filter'
    : axes.every((axis, d) => hasTaps(axis, 'output', outputs[d]))
      ? 'output'
      : undefined;
  if (!taps) return undefined;
  const channelAxis = taps === 'filter' ? 3 : 0;
  const [channels, count] = [x.shape[channelAxis], w.shape[3]];
  const contiguous =
    x.place.strides[channelAxis] === BYTES && (taps === 'filter' || w.place.strides[3] === BYTES);
  const whole = [channels, count].every((n) => n >= FEWEST_CHANNELS && n % LANES === 0);
  const long = taps === 'filter' ? outputs : filters;
  const fits = axes.every((axis, d) => long[d] >= 2 * Math.abs(axis[taps])) && long[0] <= 2 * MOST_ROWS;
  const blocks = (x.shape[3 - channelAxis] * long[0] * long[1]) / 4;
  return contiguous && whole && fits && blocks >= BLOCKS_AT_ONCE ? taps : undefined;
}

/** A function under construction, with its locals for addresses. */
interface Site {
  readonly f: FunctionBuilder;
  readonly imageX: number;
  readonly imageY: number;
  readonly V: number;
  readonly Y: number;
  readonly T: number;
  readonly partX: number;
  readonly partY: number;
  readonly source: number;
  readonly target: number;
  readonly operands: readonly [number, number, number];
}

const roundUp = (size: number): number => Math.ceil(size / 64) * 64;

/** Appends the code of a convolution for which `winogradTaps` found the taps. */
export function winograd(
  g: Generator,
  f: FunctionBuilder,
  node: Tensor<'conv2d'>,
  taps: Taps,
  x: Operand,
  w: Operand,
  out: Operand,
): void {
  const { axes } = node.attributes;
  const { memory } = g;
  const gradient = taps === 'output';
  const long = gradient ? w.shape.slice(0, 2) : out.shape.slice(1, 3);
  const dilation = axes.map((axis) => Math.abs(axis[taps]));
  const parts = long.map((n, d) => residues(n, dilation[d]));
  const reach = axes.map(({ offset, [taps]: step }, d) => {
    const low = offset + Math.min(0, 2 * step);
    const ends = parts[d].map(
      ({ first, count, length }) => first + count - 1 + dilation[d] * (2 * Math.ceil(length / 2) + 1),
    );
    return { low, high: low + Math.max(...ends) };
  });
  const padded = paddedInput(g, f, x, reach);
  const channels = x.shape[gradient ? 0 : 3];
  const images = x.shape[gradient ? 3 : 0];
  const filters = w.shape[3];
  const reversed = axes.map((axis) => axis[taps] < 0);
  const pixel = padded.strides.slice(1, 3);
  // From one position of a residue to the next.
  const strideX = pixel.map((stride, d) => stride * dilation[d]);
  // Where the first block begins: the input that the first of the long axis' positions reads first.
  const origin = reach.reduce((at, { low }, d) => at + low * pixel[d], padded.address);
  // The tensor with the long axes, and the one with the taps.
  const [exampleY, ...pixelY] = gradient
    ? [w.place.strides[2], w.place.strides[0], w.place.strides[1]]
    : out.place.strides;
  const strideY = pixelY.map((stride, d) => stride * dilation[d]);
  const [channelT, rowT, columnT] = gradient
    ? out.place.strides
    : [w.place.strides[2], w.place.strides[0], w.place.strides[1]];
  const filterT = gradient ? BYTES : w.place.strides[3];

  const [rows, columns] = parts.map(([{ length }]) => Math.ceil(length / 2));
  const rowsAtOnce = Math.min(rows, Math.ceil(BLOCKS_AT_ONCE / columns));
  const most = rowsAtOnce * columns;
  const areaV = most * channels * BYTES;
  const areaY = most * filters * BYTES;
  const tile = tileShape(g, { dtype: DTYPE, rows: gradient ? channels : most, columns: filters });
  const width = tile.vectors * LANES;
  const panel = channels * width * BYTES;
  const areaT = gradient ? channels * filters * BYTES : Math.ceil(filters / width) * panel;
  const points = (area: number) => blockOffsets(4, [4 * area, area]);
  const transform = (matrix: Matrix, vectors: number, from: Transform['from'], to: Transform['to']) =>
    transformFunction(g, { dtype: DTYPE, matrix, vectors, from, to });
  const taps3 = blockOffsets(3, [rowT, columnT], { reversed });

  // Threads share the images; each has its own V and Y, and each part of the images of a gradient has its own T.
  const flops = (POINTS / 2) * images * long[0] * long[1] * channels * filters;
  const nanoseconds = flops * NANOSECONDS.perFlop;
  const [sizeV, sizeY, sizeT] = [POINTS * areaV, POINTS * areaY + 16, POINTS * areaT + 16].map(roundUp);
  const divided = gradient ? partialSums(images, sizeT) : chunksOf(g, nanoseconds, images);
  const shares: Chunks = divided ?? { count: 1, size: images, last: images };
  const forks = chunksOf(g, nanoseconds, shares.count) !== undefined;
  const copies = forks ? g.threads.count : 1;
  const bytes = [copies * sizeV, copies * sizeY, (gradient ? shares.count : 1) * sizeT];
  const [V, Y, T] = bytes.map((size) => memory.allocate(size));
  const exampleX = padded.strides[gradient ? 3 : 0];

  if (!gradient) transformTaps();
  overParts(g, f, shares, forks, (part, share, thread, extent) => {
    const start = (address: number, of: number | undefined, step: number): number => {
      const local = part.local(I32);
      part.i32(address).set(local);
      if (of !== undefined) advanceByChunk(part, local, of, step);
      return local;
    };
    const at: Site = {
      f: part,
      imageX: start(origin, share, shares.size * exampleX),
      imageY: start((gradient ? w : out).place.address, share, shares.size * exampleY),
      V: start(V, thread, sizeV),
      Y: start(Y, thread, sizeY),
      T: start(T, gradient ? share : undefined, sizeT),
      partX: part.local(I32),
      partY: part.local(I32),
      source: part.local(I32),
      target: part.local(I32),
      operands: [part.local(I32), part.local(I32), part.local(I32)],
    };
    if (gradient) part.get(at.T).i32(0).i32(sizeT).memoryFill();
    part.loop(extent, () => {
      for (const row of parts[0]) for (const column of parts[1]) residuesOf(at, [row, column]);
      advance(part, at.imageX, exampleX);
      advance(part, at.imageY, exampleY);
    });
  });
  if (gradient) {
    addPartialSums(f, T, sizeT, shares.count);
    transformTaps();
  }
  [V, Y, T].forEach((address, i) => {
    memory.release(address, bytes[i]);
  });
  padded.release();

  /** All blocks of some residues of both axes. */
  function residuesOf(site: Site, part: readonly [Residues, Residues]): void {
    const { f, imageX, imageY, partX, partY } = site;
    const start = (strides: readonly number[]) =>
      part.reduce((at, { first }, d) => at + first * strides[d], 0);
    f.get(imageX).set(partX);
    advance(f, partX, start(pixel));
    f.get(imageY).set(partY);
    advance(f, partY, start(pixelY));
    const pointers = [
      { local: partX, strides: pixel },
      { local: partY, strides: pixelY },
    ];
    const size = part.map(({ length }) => length);
    const count = Math.ceil(size[0] / 2);
    const across = Math.ceil(size[1] / 2);
    nest(
      f,
      part.map(({ count }) => count),
      pointers,
      () => {
        for (let first = 0; first < count; first += rowsAtOnce) {
          const here = Array.from({ length: Math.min(count - first, rowsAtOnce) }, (_, i) => i);
          for (const at of here) transformInput(site, first + at, at, across);
          if (gradient) for (const at of here) transformPixels(site, first + at, at, size);
          products(site, here.length * across);
          if (!gradient) for (const at of here) transformPixels(site, first + at, at, size);
        }
      },
    );
  }

  /** B^T d B of a row of blocks. */
  function transformInput(site: Site, row: number, at: number, across: number): void {
    const { f, V, partX, source, target } = site;
    const from = { at: blockOffsets(4, strideX), lane: BYTES };
    const index = transform(INPUT, channels / LANES, from, { at: points(areaV) });
    f.get(partX).set(source);
    advance(f, source, 2 * row * strideX[0]);
    f.get(V).set(target);
    advance(f, target, at * across * channels * BYTES);
    f.loop(across, () => {
      f.get(source).get(target).call(index);
      advance(f, source, 2 * strideX[1]);
      advance(f, target, channels * BYTES);
    });
  }

  /** A^T M A to a row of outputs, or A dY A^T of a row of cotangents. */
  function transformPixels(site: Site, row: number, at: number, size: readonly number[]): void {
    const { f, Y, partY, source: outer, target: inner } = site;
    const across = Math.ceil(size[1] / 2);
    f.get(partY).set(outer);
    advance(f, outer, 2 * row * strideY[0]);
    f.get(Y).set(inner);
    advance(f, inner, at * across * filters * BYTES);
    const blocks = (count: number, valid: number[]): void => {
      const outside = { at: blockOffsets(2, strideY, { valid }), lane: BYTES };
      const inside = { at: points(areaY), lane: BYTES };
      const index = gradient
        ? transform(transposed(OUTPUT), filters / LANES, outside, inside)
        : transform(OUTPUT, filters / LANES, inside, outside);
      f.loop(count, () => {
        if (gradient) f.get(outer).get(inner);
        else f.get(inner).get(outer);
        f.call(index);
        advance(f, outer, 2 * strideY[1]);
        advance(f, inner, filters * BYTES);
      });
    };
    const high = Math.min(2, size[0] - 2 * row);
    const full = Math.floor(size[1] / 2);
    blocks(full, [high, 2]);
    if (full < across) blocks(1, [high, 1]);
  }

  /** The 16 products of some blocks. */
  function products({ f, V, Y, T, operands }: Site, count: number): void {
    const [a, b, c] = operands;
    f.get(V).set(a);
    f.get(gradient ? Y : T).set(b);
    f.get(gradient ? T : Y).set(c);
    const stepV = channels * BYTES;
    const stepY = filters * BYTES;
    f.loop(POINTS, () => {
      writeTiles(g, f, operands, {
        dtype: DTYPE,
        tile,
        rows: gradient ? { extent: channels, a: BYTES, c: stepY } : { extent: count, a: stepV, c: stepY },
        columns: filters,
        depth: gradient ? count : channels,
        aStep: gradient ? stepV : BYTES,
        bStep: gradient ? stepY : width * BYTES,
        panel: gradient ? width * BYTES : panel,
        accumulate: gradient,
      });
      advance(f, a, areaV);
      advance(f, b, gradient ? areaY : areaT);
      advance(f, c, gradient ? areaT : areaY);
    });
  }

  /** G g G^T into panels of filters, or G^T M G into the gradient. */
  function transformTaps(): void {
    const [source, target] = [f.local(I32), f.local(I32)];
    const index = gradient
      ? transform(transposed(FILTER), 1, { at: points(areaT), lane: BYTES }, { at: taps3 })
      : transform(FILTER, 1, { at: taps3, lane: filterT }, { at: points(areaT) });
    f.i32(gradient ? T : w.place.address).set(source);
    f.i32(gradient ? out.place.address : T).set(target);
    const outside = [width * filterT, LANES * filterT, channelT];
    const inside = gradient
      ? [width * BYTES, LANES * BYTES, filters * BYTES]
      : [panel, LANES * BYTES, width * BYTES];
    const pointers = [
      { local: source, strides: gradient ? inside : outside },
      { local: target, strides: gradient ? outside : inside },
    ];
    const full = Math.floor(filters / width);
    nest(f, [full, width / LANES, channels], pointers, () => f.get(source).get(target).call(index));
    pointers.forEach(({ local, strides }) => {
      advance(f, local, full * strides[0]);
    });
    nest(
      f,
      [(filters % width) / LANES, channels],
      pointers.map(({ local, strides }) => ({ local, strides: strides.slice(1) })),
      () => f.get(source).get(target).call(index),
    );
  }
}
