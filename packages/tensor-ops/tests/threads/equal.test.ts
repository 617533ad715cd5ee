/** Results have the same bits whatever the number of threads. */
import { add, grad, matmul, mean, type Tensor, tanh, transpose } from '@descant/tensor-ops';
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
import { CASES, type Case, type Fn, gradients } from './cases.ts';
import {
  begin,
  bothWays,
  differenceOf,
  end,
  isParallel,
  type LatePool,
  lazyPool,
  otherBits,
  THREADS,
} from './support.ts';

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

  test('products of any shape and layout, with gradients', () => {
    const upTo = (max: number) => fc.integer({ min: 1, max });
    const check = (
      [batch, rows, depth, columns]: readonly number[],
      turned: readonly boolean[],
      shared: boolean,
      fma: boolean,
    ): void => {
      const matrix = (m: number, n: number, turn: boolean, alone: boolean): number[] => [
        ...(batch === 0 || alone ? [] : [batch]),
        ...(turn ? [n, m] : [m, n]),
      ];
      const shapes = [matrix(rows, depth, turned[0], false), matrix(depth, columns, turned[1], shared)];
      const args = shapes.map((shape, i) => toTensor(noise(shape, generator(i + rows)), dtype));
      const straight = (x: Tensor, turn: boolean): Tensor =>
        turn ? transpose(x, x.rank === 3 ? [0, 2, 1] : [1, 0]) : x;
      const layer: Fn = (a, b) => tanh(matmul(straight(a, turned[0]), straight(b, turned[1])));
      for (const fn of [layer, gradients(layer)]) {
        expect(differenceOf(bothWays(programOf(fn, args), 'S2', fma), args)).toBeUndefined();
      }
    };
    const extents = fc.tuple(fc.integer({ min: 0, max: 4 }), upTo(40), upTo(60), upTo(40));
    fc.assert(fc.property(extents, fc.tuple(fc.boolean(), fc.boolean()), fc.boolean(), fc.boolean(), check), {
      seed: SEED,
      numRuns: 40,
    });
  });

  test('convolutions of any geometry, with gradients', () => {
    const geometry = fc.record({
      images: fc.integer({ min: 1, max: 5 }),
      size: fc.tuple(fc.integer({ min: 5, max: 13 }), fc.integer({ min: 5, max: 13 })),
      channels: fc.constantFrom(1, 4, 7, 16, 20),
      filters: fc.constantFrom(1, 3, 16, 24),
      kernel: fc.constantFrom(1, 2, 3),
      stride: fc.constantFrom(1, 1, 2),
      dilation: fc.constantFrom(1, 1, 2),
      padding: fc.constantFrom('SAME' as const, 'VALID' as const),
    });
    fc.assert(
      fc.property(geometry, ({ images, size, channels, filters, kernel, ...options }) => {
        const shapes = [
          [images, ...size, channels],
          [kernel, kernel, channels, filters],
        ];
        const args = shapes.map((shape, i) => toTensor(noise(shape, generator(i + channels)), dtype));
        const convolve: Fn = (x, w) => conv2d(x, w, options);
        for (const fn of [convolve, gradients(convolve)]) {
          expect(differenceOf(bothWays(programOf(fn, args), 'S2'), args)).toBeUndefined();
        }
      }),
      { seed: SEED, numRuns: 20 },
    );
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
