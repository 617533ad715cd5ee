/** Results have the same bits whatever the number of threads. */
import {
  abs,
  add,
  cumsum,
  erf,
  exp,
  fori,
  grad,
  less,
  matmul,
  max,
  mean,
  mul,
  pow,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  transpose,
  whileLoop,
} from '@descant/tensor-ops';
import { conv2d } from '@descant/tensor-ops/conv';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/executors/wasm/compile.ts';
import { useThreads } from '../../src/executors/wasm/threads/current.ts';
import { networkArguments, randomNetwork } from '../executors/random-networks.ts';
import { randomArguments, randomFunction } from '../executors/random-programs.ts';
import { batchedProgramOf, programOf } from '../executors/support.ts';
import { SEED } from '../support/arbitraries.ts';
import { toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';
import {
  begin,
  bothWays,
  differenceOf,
  end,
  isParallel,
  type LatePool,
  lazyPool,
  otherBits,
  type Schedule,
  THREADS,
} from './support.ts';

type Fn = (...x: Tensor[]) => Tensor | readonly Tensor[];

interface Case {
  readonly name: string;
  readonly fn: Fn;
  readonly shapes: readonly (readonly number[])[];
  /** Of the programs that loops over vectors make; scalar code is for batches. */
  readonly schedule?: Schedule;
}

const gradients = (f: Fn): Fn => {
  return (...x) => grad((y: readonly Tensor[]) => sum(square(f(...y) as Tensor)))(x) as Tensor[];
};

const SAME = { padding: 'SAME' } as const;

/** One of each parallel path. */
const CASES: readonly Case[] = [
  { name: 'a chain of elementwise functions', fn: (x) => tanh(add(mul(x, x), 1)), shapes: [[1003]] },
  { name: 'functions called in JavaScript', fn: (x) => add(erf(x), pow(abs(x), sin(x))), shapes: [[7, 41]] },
  { name: 'sums of rows', fn: (x) => [sum(exp(x), 1), max(x, 1)], shapes: [[37, 23]] },
  { name: 'sums of columns', fn: (x) => [sum(exp(x), 0), max(x, 0)], shapes: [[23, 57]] },
  { name: 'sums between kept axes', fn: (x) => mean(square(x), 1), shapes: [[5, 6, 33]] },
  { name: 'a transposed copy', fn: (x) => mul(transpose(x), 2), shapes: [[31, 45]] },
  {
    name: 'a product divided by rows',
    fn: matmul,
    shapes: [
      [61, 9],
      [9, 5],
    ],
  },
  {
    name: 'a product divided by rows, with B in panels',
    fn: matmul,
    shapes: [
      [1100, 70],
      [70, 61],
    ],
  },
  {
    // The last chunk is a single row, when tiles have 4 rows.
    name: 'a product divided by rows, with a transposed B in panels',
    fn: (a, b) => matmul(a, transpose(b)),
    shapes: [
      [33, 12],
      [12, 12],
    ],
  },
  {
    name: 'a layer with bias and activation divided by rows',
    fn: (x, w, b) => tanh(add(matmul(x, w), b)),
    shapes: [[61, 9], [9, 5], [5]],
  },
  {
    name: 'a layer with bias and activation divided by columns',
    fn: (x, w, b) => tanh(add(matmul(x, w), b)),
    shapes: [[50, 300], [300, 61], [61]],
  },
  {
    name: 'a product added to a matrix',
    fn: (x, w, y) => add(matmul(x, w), y),
    shapes: [
      [1100, 70],
      [70, 61],
      [1100, 61],
    ],
  },
  {
    name: 'a product divided by columns',
    fn: matmul,
    shapes: [
      [50, 90],
      [90, 61],
    ],
  },
  {
    name: 'a product of a matrix and a vector',
    fn: matmul,
    shapes: [
      [93, 17],
      [17, 1],
    ],
  },
  {
    name: 'a product of a vector and a matrix',
    fn: (a, b) => matmul(a, transpose(b)),
    shapes: [
      [1, 17],
      [93, 17],
    ],
  },
  {
    name: 'a product of a transposed matrix and a vector',
    fn: (a, b) => matmul(transpose(a), b),
    shapes: [
      [17, 93],
      [17, 1],
    ],
  },
  {
    name: 'a batch of products',
    fn: matmul,
    shapes: [
      [7, 11, 5],
      [7, 5, 13],
    ],
  },
  {
    name: 'gradients of a matrix that a batch shares',
    fn: gradients(matmul),
    shapes: [
      [7, 31, 19],
      [19, 29],
    ],
  },
  {
    name: 'a direct convolution',
    fn: (x, w) => conv2d(x, w, { ...SAME, dilation: 2 }),
    shapes: [
      [3, 9, 11, 7],
      [3, 3, 7, 9],
    ],
  },
  {
    name: 'its gradients',
    fn: gradients((x, w) => conv2d(x, w, { ...SAME, dilation: 2 })),
    shapes: [
      [3, 9, 11, 7],
      [3, 3, 7, 9],
    ],
  },
  {
    name: 'a convolution of 1 x 1',
    fn: (x, w) => conv2d(x, w),
    shapes: [
      [2, 5, 7, 20],
      [1, 1, 20, 9],
    ],
  },
  {
    name: 'gradients of a strided convolution in groups',
    fn: gradients((x, w) => conv2d(x, w, { stride: 2, groups: 2 })),
    shapes: [
      [2, 9, 8, 10],
      [3, 2, 5, 4],
    ],
  },
  {
    name: 'gradients of a depthwise convolution',
    fn: gradients((x, w) => conv2d(x, w, { ...SAME, groups: 8 })),
    shapes: [
      [2, 9, 8, 8],
      [3, 3, 1, 8],
    ],
  },
  {
    name: 'minimal filtering',
    fn: (x, w) => conv2d(x, w, SAME),
    shapes: [
      [5, 7, 12, 16],
      [3, 3, 16, 20],
    ],
  },
  {
    name: 'gradients of minimal filtering',
    fn: gradients((x, w) => conv2d(x, w, SAME)),
    shapes: [
      [11, 7, 12, 16],
      [3, 3, 16, 20],
    ],
  },
  {
    name: 'a loop of products',
    fn: (x, w) => fori(0, 5, (_i, h) => tanh(matmul(h, w)), x),
    shapes: [
      [33, 12],
      [12, 12],
    ],
  },
  {
    name: 'gradients through a loop that stacks',
    fn: gradients(
      (x, w) =>
        scan(
          (h: Tensor, row: Tensor) => {
            const next = tanh(matmul(h, row));
            return [next, next] as const;
          },
          x,
          w,
        )[1],
    ),
    shapes: [
      [33, 12],
      [3, 12, 12],
    ],
  },
  {
    name: 'a loop until a condition fails',
    fn: (x) =>
      whileLoop(
        (h: Tensor) => less(sum(square(h)), 1e4),
        (h: Tensor) => add(mul(h, 1.5), 0.1),
        x,
      ),
    shapes: [[211]],
  },
  { name: 'a batch in lanes', fn: (x) => cumsum(sin(mul(x, x)), 1), shapes: [[131, 4]], schedule: 'S1' },
  {
    name: 'a batch in lanes, with a loop and an array',
    fn: (x) =>
      scan(
        (s: Tensor, v: Tensor) => [sin(add(mul(s, v), x)), mul(s, s)] as const,
        x,
        transpose(x, [1, 0]),
      )[1],
    shapes: [[131, 131]],
  },
];

const programOfCase = ({ fn, shapes }: Case, dtype: 'float32' | 'float64') => {
  const args = shapes.map((shape, i) => toTensor(noise(shape, generator(i + shape[0])), dtype));
  return { program: programOf(fn, args), args };
};

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  let pool: LatePool;
  beforeAll(async () => {
    pool = await begin();
  });
  afterAll(end);

  test.each(CASES)('$name', (one) => {
    const { program, args } = programOfCase(one, dtype);
    for (const fma of [true, false]) {
      const both = bothWays(program, one.schedule ?? 'S2', fma);
      expect(isParallel(both.several)).toBe(true);
      expect(differenceOf(both, args)).toBeUndefined();
    }
  });

  test('random programs, a batch in lanes', () => {
    let parallel = 0;
    const check = (seed: number, batch: number): void => {
      const args = randomArguments(seed, dtype, [batch]);
      const both = bothWays(batchedProgramOf(randomFunction(seed, dtype), args), 'S1');
      if (isParallel(both.several)) parallel++;
      expect(differenceOf(both, args)).toBeUndefined();
    };
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 9, max: 70 }), check), { seed: SEED, numRuns: 10 });
    expect(parallel).toBeGreaterThan(5);
  });

  test.each([
    ['values', (f: Fn) => f],
    [
      'gradients',
      (f: Fn): Fn =>
        (...x) =>
          gradientOfAll(f)(...x),
    ],
  ] as const)('random networks: %s', (_, change) => {
    const check = (seed: number): void => {
      const args = networkArguments(seed, dtype);
      const program = programOf(change(randomNetwork(seed, dtype)), args);
      expect(differenceOf(bothWays(program, 'S2'), args)).toBeUndefined();
    };
    fc.assert(fc.property(fc.nat(), check), { seed: SEED, numRuns: 40 });
  });

  test('helpers did most of the work', () => {
    // The caller sleeps before every chunk. Of the first region of each program it does much alone.
    expect(pool.all).toBeGreaterThan(1000);
    expect(pool.own / pool.all).toBeLessThan(0.8);
  });
});

const gradientOfAll =
  (f: Fn): Fn =>
  (...x) =>
    grad((y: readonly Tensor[]) =>
      (f(...y) as readonly Tensor[]).map((out) => mean(tanh(out))).reduce((a, b) => add(a, b)),
    )(x) as Tensor[];

describe('without the last chunk of each region', () => {
  beforeAll(() => useThreads(THREADS, lazyPool));
  afterAll(end);

  test.each(CASES)('$name is wrong', (one) => {
    const { program, args } = programOfCase(one, 'float32');
    expect(differenceOf(bothWays(program, one.schedule ?? 'S2'), args)).toMatch(/^output \d+, element \d+/);
  });
});

test('without helpers, the caller does all chunks', () => {
  for (const one of CASES) {
    const { program, args } = programOfCase(one, 'float32');
    expect(differenceOf(bothWays(program, one.schedule ?? 'S2'), args)).toBeUndefined();
  }
});

test('what is small is compiled for one thread', () => {
  const { program } = programOfCase(CASES[0], 'float32');
  const threads = { count: THREADS, leastNanoseconds: 10_000 };
  const { report } = compileProgram(program, { fma: false, mostOperations: 0, threads });
  expect(report.parts.every((part) => part.threads === undefined)).toBe(true);
});

test('bits are compared', () => {
  expect(otherBits([new Float32Array([0, 1])], [new Float32Array([0, 1])])).toBeUndefined();
  expect(otherBits([new Float32Array([0, -0])], [new Float32Array([0, 0])])).toBe(
    'output 0, element 1: 0 instead of 0',
  );
});
