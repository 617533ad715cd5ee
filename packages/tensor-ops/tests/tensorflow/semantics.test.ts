/** What backends do otherwise than tensor-ops comes out as the reference has it: NaN, infinities, integers, bounds. */
import {
  argmax,
  argsort,
  cast,
  type DType,
  gather,
  jsExecutor,
  less,
  matmul,
  max,
  min,
  mul,
  pad,
  reshape,
  scatterAdd,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { describe, expect, test } from 'vitest';
import type { ScalarFunction } from '../../src/ir/scalar-functions.ts';
import { elementwise } from '../../src/primitives/elementwise.ts';
import { type Float, randomArguments, randomFunction } from '../executors/random-programs.ts';
import { dataOf, difference, programOf, reference } from '../executors/support.ts';
import { EXECUTORS } from './support.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

const SPECIAL: Readonly<Record<string, readonly number[]>> = {
  float32: [NAN, INF, -INF, 0, 1, -1, 0.5, -1.5, 2.5, 3, 1e-5, -1e-5, 20, -20, 100, -100, 1e10],
  int32: [0, 1, -1, 2, -3, 7, -7, 65537, 16777217, -16777219, 123456789, 2147483647, -2147483648],
  bool: [0, 1],
};

const FLOAT: readonly ScalarFunction[] = [
  'floor',
  'ceil',
  'round',
  'sqrt',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'tanh',
  'sigmoid',
  'softplus',
  'erf',
];
const NUMBER: readonly ScalarFunction[] = ['negate', 'abs', 'sign'];
const BINARY_NUMBER: readonly ScalarFunction[] = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'remainder',
  'maximum',
  'minimum',
];
const ORDER: readonly ScalarFunction[] = ['less', 'lessEqual', 'equal', 'notEqual'];

/** Scalar functions by the type of their operands: of one operand, of two. */
const CASES: readonly (readonly [DType, readonly ScalarFunction[], readonly ScalarFunction[]])[] = [
  ['float32', [...FLOAT, ...NUMBER], [...BINARY_NUMBER, ...ORDER, 'power']],
  ['int32', NUMBER, [...BINARY_NUMBER, ...ORDER]],
  ['bool', ['not'], [...ORDER, 'and', 'or']],
];

/** Functions whose result at large (or, as divisors, small) arguments is decided by rounding on the way. */
const ILL_CONDITIONED: readonly ScalarFunction[] = ['remainder', 'sin', 'cos'];
const isExtreme = (x: number) => Number.isFinite(x) && (Math.abs(x) > 50 || (x !== 0 && Math.abs(x) < 0.1));

/** Numbers of a type as a column and as a row: together, every pair. */
const pairs = (dtype: DType, fn: ScalarFunction): [Tensor, Tensor] => {
  const left = dtype === 'float32' && ILL_CONDITIONED.includes(fn) ? isExtreme : () => false;
  const values = SPECIAL[dtype].filter((x) => !left(x));
  return [
    tensor(values, { dtype, shape: [values.length, 1] }),
    tensor(values, { dtype, shape: [values.length] }),
  ];
};

/** Relative to each element, because results span all magnitudes, plus an absolute part. */
function firstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  absolute = 0,
): number {
  return Array.from(expected).findIndex((e, i) => {
    const a = actual[i];
    return !(
      a === e ||
      (Number.isNaN(a) && Number.isNaN(e)) ||
      Math.abs(a - e) <= tolerance * Math.abs(e) + absolute
    );
  });
}

test('the comparison sees a wrong number, a missing NaN and one too many', () => {
  expect(firstDifference([1, NAN, INF, -0], [1, NAN, INF, 0], 0)).toBe(-1);
  expect(firstDifference([1, 2], [1, 2.001], 1e-4)).toBe(1);
  expect(firstDifference([1, 2], [NAN, 2], 1)).toBe(0);
  expect(firstDifference([1, NAN], [1, 2], 1)).toBe(1);
});

/** Six units in the last place of float32: compositions of a few roundings. */
const ROUNDING = 6 * 2 ** -24;
/** The wasm backend reduces angles in float32. */
const ANGLE = 2 ** -22;
/** Denormal numbers may become zero. */
const SMALLEST = 1e-37;

describe.each(EXECUTORS)('$name', (executor) => {
  const both = (fn: (...x: Tensor[]) => Tensor, args: readonly Tensor[]) => {
    const program = programOf(fn, args);
    const [actual] = executor.compile(program).run(dataOf(args));
    const [expected] = jsExecutor.compile(program).run(dataOf(args));
    const flushed = (x: number) => (Math.abs(x) < SMALLEST ? 0 : x);
    return { actual: Array.from(actual, flushed), expected: Array.from(expected, flushed) };
  };

  describe.each(CASES)('%s', (dtype, unary, binary) => {
    test.each(unary)('%s of special values', (fn) => {
      const [, x] = pairs(dtype, fn);
      const { actual, expected } = both((t) => elementwise(fn, [t]), [x]);
      const angle = fn === 'sin' || fn === 'cos' ? ANGLE : 0;
      const at = firstDifference(actual, expected, dtype === 'float32' ? ROUNDING : 0, angle);
      expect([x.data[at], actual[at]]).toEqual([x.data[at], expected[at]]);
    });

    test.each(binary)('%s of all pairs of special values', (fn) => {
      const [a, b] = pairs(dtype, fn);
      const { actual, expected } = both((x, y) => elementwise(fn, [x, y]), [a, b]);
      const at = firstDifference(actual, expected, dtype === 'float32' ? ROUNDING : 0);
      const operands = at < 0 ? [] : [a.data[Math.floor(at / b.size)], b.data[at % b.size]];
      expect([...operands, actual[at]]).toEqual([...operands, expected[at]]);
    });

    test('select', () => {
      const [a, b] = pairs(dtype, 'select');
      const condition = tensor([1, 0], { dtype: 'bool', shape: [2, 1, 1] });
      const { actual, expected } = both((c, x, y) => elementwise('select', [c, x, y]), [condition, a, b]);
      expect(actual).toEqual(expected);
    });
  });

  test('casts saturate, NaN is 0, and true is what is not 0', () => {
    const x = tensor([NAN, INF, -INF, 3e9, -3e9, 2147483648, 2147483520, -1.9, 1.9, 0.5, 256, 0]);
    for (const dtype of ['int32', 'bool'] as const) {
      const { actual, expected } = both((t) => cast(t, dtype), [x]);
      expect(actual).toEqual(expected);
    }
    const { actual, expected } = both((t) => cast(t, 'bool'), [tensor([0, 256, -1], { dtype: 'int32' })]);
    expect(actual).toEqual(expected);
  });

  test('extremes and their positions: NaN, infinities, ties', () => {
    const x = tensor([
      [1, NAN, 5, NAN],
      [-INF, -INF, -INF, -INF],
      [2, 7, 7, INF],
      [INF, INF, NAN, 1],
    ]);
    for (const fn of [max, min, argmax] as const) {
      const { actual, expected } = both((t) => fn(t, 1), [x]);
      expect(actual).toEqual(expected);
    }
  });

  test('the order of numbers with NaN, infinities and ties', () => {
    const x = tensor([
      [1, NAN, -INF, NAN, 1, INF],
      [-INF, NAN, INF, INF, -INF, 0],
    ]);
    for (const options of [{}, { descending: true }]) {
      const { actual, expected } = both((t) => argsort(t, 1, options), [x]);
      expect(actual).toEqual(expected);
      const whole = both((t) => argsort(t, 0, options), [tensor(SPECIAL.int32, { dtype: 'int32' })]);
      expect(whole.actual).toEqual(whole.expected);
    }
  });

  test('a loop that runs as long as a condition holds', () => {
    const double = (x: Tensor) =>
      whileLoop(
        (c) => less(c, 100),
        (c) => mul(c, 2),
        x,
      );
    const { actual, expected } = both(double, [tensor(3)]);
    expect(actual).toEqual(expected);
  });

  test('indices out of range read NaN, 0 or false, and add nothing', () => {
    const at = tensor([-1, 0, 2, 3, 1, 0], { dtype: 'int32' });
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      const x = tensor([1, 2, 0, 4, 5, 6], { dtype, shape: [3, 2] });
      const { actual, expected } = both((t, i) => gather(t, i), [x, at]);
      expect(actual).toEqual(expected);
    }
    const { actual, expected } = both((t, i) => scatterAdd(t, i, 3), [tensor([1, 2, 3, 4, 5, 6]), at]);
    expect(actual).toEqual(expected);
  });

  test('a long sum keeps its digits', () => {
    const n = 1_000_003;
    const { actual } = both((t) => sum(t), [tensor(new Float32Array(n).fill(0.1))]);
    expect(actual[0] / (n * Math.fround(0.1))).toBeCloseTo(1, 5);
  });

  test('more axes than the backends broadcast', () => {
    const axes = [2, 1, 2, 1, 2, 1, 2];
    const x = reshape(tensor(Array.from({ length: 16 }, (_, i) => i)), axes);
    const y = reshape(tensor([1, 10, 100, 1000]), [2, 1, 2, 1, 1]);
    const { actual, expected } = both((a, b) => elementwise('multiply', [a, b]), [x, y]);
    expect(actual).toEqual(expected);
    const wide = both(
      (a) =>
        pad(
          a,
          axes.map((_, d) => [d % 2, 1] as const),
          7,
        ),
      [x],
    );
    expect(wide.actual).toEqual(wide.expected);
  });

  test('one matrix under two shapes, on the right of two products', () => {
    const b = tensor([[1, 2]]);
    const product = (m: Tensor) => sum(matmul(matmul(tensor([[3], [4]]), m), reshape(m, [2, 1])));
    const { actual, expected } = both(product, [b]);
    expect(actual).toEqual(expected);
  });

  test('random programs with loops and branches', () => {
    const float: Float = 'float32';
    // The argument in uint32 becomes a constant; what still computes in it is refused, and left out.
    const [UNSIGNED, PROGRAMS] = [4, 60];
    let [compared, refused] = [0, 0];
    for (let seed = 100; seed < 100 + PROGRAMS; seed++) {
      const all = randomArguments(seed + 1, float);
      const args = all.filter((_, i) => i !== UNSIGNED);
      const count = programOf(randomFunction(seed, float), all).outputs.length;
      for (let k = 0; k < count; k++) {
        const fn = (...x: Tensor[]) =>
          randomFunction(seed, float)(...x.toSpliced(UNSIGNED, 0, all[UNSIGNED]))[k];
        const program = programOf(fn, args);
        const run = tryCompile(() => executor.compile(program));
        if (!run) refused++;
        else {
          compared++;
          const wrong = difference(run.run(dataOf(args)), reference(program, args), 2e-3);
          expect([seed, k, wrong]).toEqual([seed, k, undefined]);
        }
      }
    }
    expect(refused).toBeLessThan(compared);
    expect(compared).toBeGreaterThan(PROGRAMS);
  });
});

/** The result, or undefined where a type or an operation on bits is refused. */
function tryCompile<T>(compile: () => T): T | undefined {
  try {
    return compile();
  } catch (error) {
    if (/must (compute in float32, int32 and bool|use operations that TensorFlow.js has)/.test(String(error)))
      return undefined;
    throw error;
  }
}
