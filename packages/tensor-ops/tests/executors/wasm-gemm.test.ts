import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BYTES } from '../../src/executors/wasm/access.ts';
import { evenParts, type Problem, type Step } from '../../src/executors/wasm/gemm/problem.ts';
import { product, wayOf } from '../../src/executors/wasm/gemm/product.ts';
import { Generator, hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';
import { floatWords } from '../../src/executors/wasm/math/vector-code.ts';
import { randomFrom } from './random-programs.ts';

/** A product with its operands stored as they are or transposed, with gaps between rows. */
interface Case {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly dtype: 'float32' | 'float64';
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly gap: number;
  readonly accumulate: boolean;
  /** The matrix D that the sums start from, where the product is computed in blocks; it excludes `accumulate`. */
  readonly initial: 'none' | 'row' | 'matrix';
  /** Whether max(2 - sum, 0.25) is computed of each sum in the end. */
  readonly epilogue: boolean;
  readonly fma: boolean;
}

/** max(2 - x, 0.25) in two steps. */
const steps = (dtype: Case['dtype']): Step[] => [
  { fn: 'subtract', dtype, operands: [floatWords(dtype, 2), 0] },
  { fn: 'maximum', dtype, operands: [1, floatWords(dtype, 0.25)] },
];

/** Elements apart: along the first and the second axis. */
const layout = (first: number, second: number, transposed: boolean, gap: number): [number, number] =>
  transposed ? [1, first + gap] : [second + gap, 1];

/** The largest difference between the compiled product and the sum over k in double precision. */
function largestError(c: Case, change: (problem: Problem) => Problem = (p) => p): number {
  const { rows, depth, columns, dtype } = c;
  const bytes = BYTES[dtype];
  const [aRow, aStep] = layout(rows, depth, c.transposeA, c.gap);
  const [bStep, bColumn] = layout(depth, columns, c.transposeB, c.gap);
  const cRow = columns + c.gap;
  const plain: Problem = {
    dtype,
    rows,
    depth,
    columns,
    a: { row: aRow * bytes, step: aStep * bytes },
    b: { step: bStep * bytes, column: bColumn * bytes },
    c: { row: cRow * bytes },
    accumulate: c.accumulate && c.initial === 'none',
  };
  const blocks = wayOf(plain) === 'blocks';
  const dRow = c.initial === 'row' ? 0 : columns + 1;
  const problem: Problem = {
    ...plain,
    ...(blocks && c.initial !== 'none' ? { initial: { row: dRow * bytes } } : {}),
    ...(blocks && c.epilogue ? { epilogue: steps(dtype) } : {}),
  };
  const g = new Generator(c.fma && hasRelaxedSimd(), 0);
  const { index, scratch, swapped, blocked } = product(g, change(problem));
  const lengths = [
    (rows + depth + c.gap) * (Math.max(rows, depth) + c.gap),
    (depth + columns + c.gap) * (Math.max(depth, columns) + c.gap),
    rows * cRow + 8,
    rows * dRow + columns,
  ];
  const [A, B, C, D] = lengths.map((length) => g.memory.allocate(length * bytes));
  const f = g.module.function([], []);
  for (const address of swapped ? [B, A, C] : [A, B, C]) f.i32(address);
  if (blocked) f.i32(g.memory.allocate(scratch));
  if (problem.initial) f.i32(D);
  g.module.export('run', f.call(index));
  const { exports, buffer } = g.instantiate();
  const Data = dtype === 'float32' ? Float32Array : Float64Array;
  const random = randomFrom(rows * 101 + depth * 11 + columns);
  const [a, b, out, d] = [A, B, C, D].map((address, i) =>
    new Data(buffer, address, lengths[i]).fill(0).map(() => random() * 2 - 1),
  );
  [a, b, out, d].forEach((data, i) => {
    new Data(buffer, [A, B, C, D][i], lengths[i]).set(data);
  });
  (exports.run as () => void)();
  const actual = new Data(buffer, C, lengths[2]);
  let largest = 0;
  for (let at = 0; at < out.length; at++) {
    const [m, n] = [Math.floor(at / cRow), at % cRow];
    let expected = out[at];
    if (m < rows && n < columns) {
      if (!problem.accumulate) expected = problem.initial ? d[m * dRow + n] : 0;
      for (let k = 0; k < depth; k++) expected += a[m * aRow + k * aStep] * b[k * bStep + n * bColumn];
      if (problem.epilogue) expected = Math.max(2 - expected, 0.25);
    }
    largest = Math.max(largest, Math.abs(actual[at] - expected));
  }
  return largest;
}

const bound = ({ dtype, depth }: Case): number => (dtype === 'float32' ? 2e-7 : 4e-16) * (depth + 4);

const extent = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 70 }));
const cases: fc.Arbitrary<Case> = fc.record({
  rows: extent,
  depth: fc.oneof(extent, fc.constantFrom(255, 256, 257, 600)),
  columns: extent,
  dtype: fc.constantFrom('float32', 'float64'),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  gap: fc.constantFrom(0, 0, 3),
  accumulate: fc.boolean(),
  initial: fc.constantFrom('none', 'row', 'matrix'),
  epilogue: fc.boolean(),
  fma: fc.boolean(),
});

describe('products of matrices', () => {
  test('equal the sums in double precision and write nothing else', () => {
    const check = (c: Case): void => {
      expect(largestError(c)).toBeLessThanOrEqual(bound(c));
    };
    fc.assert(fc.property(cases, check), { numRuns: 250, seed: 5 });
  });

  test('blocks of rows larger than the cache part', () => {
    const large = { rows: 700, depth: 300, columns: 33, gap: 0, accumulate: false, fma: true } as const;
    for (const dtype of ['float32', 'float64'] as const) {
      for (const [transposeA, initial] of [
        [false, 'matrix'],
        [true, 'row'],
        [true, 'none'],
      ] as const) {
        const c = { ...large, dtype, transposeA, transposeB: false, initial, epilogue: transposeA };
        expect(largestError(c)).toBeLessThanOrEqual(bound(c));
      }
    }
  });

  test('the comparison notices one missing step of k', () => {
    fc.assert(
      fc.property(
        cases.filter((c) => c.depth > 1 && !c.epilogue),
        (c) => {
          const short = (problem: Problem): Problem => ({ ...problem, depth: problem.depth - 1 });
          expect(largestError(c, short)).toBeGreaterThan(bound(c));
        },
      ),
      { numRuns: 20, seed: 5 },
    );
  });
});

test('parts are as equal as possible', () => {
  expect(evenParts(128, 6)).toEqual([
    { size: 6, count: 18 },
    { size: 5, count: 4 },
  ]);
  expect(evenParts(12, 6)).toEqual([{ size: 6, count: 2 }]);
  expect(evenParts(1, 6)).toEqual([{ size: 1, count: 1 }]);
});
