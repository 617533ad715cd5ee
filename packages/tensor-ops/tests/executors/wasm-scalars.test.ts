import { describe, expect, test } from 'vitest';
import { compileProgram, MOST_OPERATIONS } from '../../src/executors/wasm/compile.ts';
import { ScalarDag } from '../../src/executors/wasm/scalar-dag.ts';
import { cast, type DType, mul, pad, slice, type Tensor, tensor } from '../../src/index.ts';
import type { ScalarFunction } from '../../src/ir/scalar-functions.ts';
import { threefry2x32 } from '../../src/math/threefry.ts';
import { assemble, NOTHING } from '../../src/primitives/assemble.ts';
import { elementwise } from '../../src/primitives/elementwise.ts';
import { dataOf, programOf, reference } from './support.ts';

/** Compiled as scalars (batch 1), as vectors of four, as vectors of two beside a float64, and as nests. */
function everyWay(fn: ScalarFunction, operands: readonly Tensor[]): number[][] {
  const apply = (...args: Tensor[]): Tensor => elementwise(fn, args);
  const withWide = (wide: Tensor, ...args: Tensor[]): Tensor[] => [mul(wide, wide), apply(...args)];
  const wide = tensor(new Float64Array(operands[0].size));
  const run = (
    f: (...args: Tensor[]) => unknown,
    args: readonly Tensor[],
    mostOperations: number,
  ): number[] => {
    const outputs = compileProgram(programOf(f, args), { fma: false, mostOperations }).run(dataOf(args));
    return [...outputs[outputs.length - 1]];
  };
  const single = Array.from({ length: operands[0].size }, (_, i) =>
    run(
      apply,
      operands.map((o) => slice(o, [i], [1])),
      MOST_OPERATIONS,
    ),
  );
  return [
    single.flat(),
    run(apply, operands, MOST_OPERATIONS),
    run(withWide, [wide, ...operands], MOST_OPERATIONS),
    run(apply, operands, 0),
  ];
}

const SPECIAL: Record<DType, readonly number[]> = {
  float32: [
    0,
    -0,
    1,
    -1.5,
    2.5,
    3.5,
    -2.5,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    0.3,
  ],
  float64: [
    0,
    -0,
    1,
    -1.5,
    2.5,
    3.5,
    -2.5,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    0.3,
  ],
  int32: [0, 1, -1, 7, -7, 3, 2 ** 31 - 1, -(2 ** 31), 65537],
  uint32: [0, 1, 2, 7, 3, 2 ** 31, 2 ** 32 - 1, 65537, 31],
  bool: [0, 1],
};

/** All pairs of special values. */
function pairs(dtype: DType): [Tensor, Tensor] {
  const values = SPECIAL[dtype];
  const of = (list: number[]): Tensor => cast(tensor(Float64Array.from(list)), dtype);
  return [of(values.flatMap((x) => values.map(() => x))), of(values.flatMap(() => [...values]))];
}

const UNARY: Partial<Record<DType, ScalarFunction[]>> = {
  float32: ['negate', 'abs', 'sign', 'floor', 'ceil', 'round', 'sqrt', 'sin', 'cos', 'erf'],
  float64: ['negate', 'abs', 'sign', 'floor', 'ceil', 'round', 'sqrt', 'sin', 'cos', 'erf'],
  int32: ['negate', 'abs', 'sign'],
  uint32: ['negate', 'abs', 'sign'],
  bool: ['not'],
};
const NUMERIC: ScalarFunction[] = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'remainder',
  'maximum',
  'minimum',
];
const COMPARE: ScalarFunction[] = ['less', 'lessEqual', 'equal', 'notEqual'];
const BINARY: Record<DType, ScalarFunction[]> = {
  float32: [...NUMERIC, ...COMPARE, 'power'],
  float64: [...NUMERIC, ...COMPARE, 'power'],
  int32: [...NUMERIC, ...COMPARE, 'bitXor', 'shiftRight'],
  uint32: [...NUMERIC, ...COMPARE, 'bitXor', 'shiftRight'],
  bool: [...COMPARE, 'and', 'or'],
};

describe.each(Object.keys(SPECIAL) as DType[])('%s', (dtype) => {
  const [a, b] = pairs(dtype);

  test.each(UNARY[dtype] ?? [])('%s on special values', (fn) => {
    const expected = [...elementwise(fn, [a]).data];
    for (const actual of everyWay(fn, [a])) expect(actual).toEqual(expected);
  });

  test.each(BINARY[dtype])('%s on all pairs of special values', (fn) => {
    const expected = [...elementwise(fn, [a, b]).data];
    for (const actual of everyWay(fn, [a, b])) expect(actual).toEqual(expected);
  });

  test('select', () => {
    const condition = cast(tensor(Float64Array.from({ length: a.size }, (_, i) => i % 3)), 'bool');
    const expected = [...elementwise('select', [condition, a, b]).data];
    for (const actual of everyWay('select', [condition, a, b])) expect(actual).toEqual(expected);
  });

  test.each(Object.keys(SPECIAL) as DType[])('cast to %s', (to) => {
    const [x] = pairs(dtype);
    const wide = tensor(new Float64Array(x.size));
    for (const program of [
      programOf((t: Tensor) => cast(t, to), [x]),
      programOf((t: Tensor) => [cast(t, to), mul(wide, cast(t, 'float64'))], [x]),
    ]) {
      for (const mostOperations of [MOST_OPERATIONS, 0]) {
        const [actual] = compileProgram(program, { fma: false, mostOperations }).run([x.data]);
        expect([...actual]).toEqual([...reference(program, [x])[0]]);
      }
    }
  });
});

test('threefry gives the words of the reference', () => {
  const words = [0, 1, 2 ** 31, 2 ** 32 - 1, 123456789].map((w) => w >>> 0);
  const operands = [words, [...words].reverse(), words, [7, 7, 7, 7, 7]].map((w) =>
    tensor(Uint32Array.from(w)),
  );
  const expected = words.map((_, i) =>
    threefry2x32(...(operands.map((o) => o.data[i]) as [number, number, number, number])),
  );
  for (const actual of everyWay('threefry0', operands))
    expect(actual).toEqual(expected.map((pair) => pair[0]));
  for (const actual of everyWay('threefry1', operands))
    expect(actual).toEqual(expected.map((pair) => pair[1]));
  const both = (...args: Tensor[]): Tensor[] => [
    elementwise('threefry0', args),
    elementwise('threefry1', args),
  ];
  const run = compileProgram(programOf(both, operands), { fma: false, mostOperations: MOST_OPERATIONS }).run;
  expect(run(dataOf(operands)).map((x) => [...x])).toEqual([
    expected.map((p) => p[0]),
    expected.map((p) => p[1]),
  ]);
});

describe('simplification', () => {
  const dag = new ScalarDag(100);
  const apply = (fn: ScalarFunction, ...operands: number[]): number => dag.apply(fn, operands, 'float32');
  const buffer = { dtype: 'float32', external: true, laneStride: 0, length: 9, address: 64 } as const;
  const x = dag.load(buffer, 0, []);
  const y = dag.load(buffer, 1, []);

  test('equal expressions are one node, whatever the order of a sum', () => {
    expect(apply('add', x, y)).toBe(apply('add', y, x));
    expect(apply('subtract', x, y)).not.toBe(apply('subtract', y, x));
  });

  test('structural zeros annihilate products; a constant 0 does not', () => {
    const zero = dag.zero('float32');
    expect(apply('multiply', x, zero)).toBe(zero);
    expect(apply('add', x, apply('multiply', zero, y))).toBe(x);
    expect(dag.op[apply('multiply', x, dag.constant('float32', 0))]).toBe('multiply');
  });

  test('x - x stays, because x may be infinite', () => {
    expect(dag.op[apply('subtract', x, x)]).toBe('subtract');
  });

  test('signs move outwards', () => {
    const minus = apply('negate', y);
    expect(apply('add', x, minus)).toBe(apply('subtract', x, y));
    expect(apply('multiply', apply('negate', x), minus)).toBe(apply('multiply', x, y));
    expect(apply('negate', apply('subtract', x, y))).toBe(apply('subtract', y, x));
  });

  test('constants are rounded to their type', () => {
    const third = apply('divide', dag.constant('float32', 1), dag.constant('float32', 3));
    expect(dag.constantOf(third)).toBe(Math.fround(1 / 3));
    const product = dag.apply(
      'multiply',
      [dag.constant('int32', 65537), dag.constant('int32', 65537)],
      'int32',
    );
    expect(dag.constantOf(product)).toBe(131073);
  });

  test('division by a power of two is a product; by another constant it is not', () => {
    expect(dag.op[apply('divide', x, dag.constant('float32', 4))]).toBe('multiply');
    expect(dag.op[apply('divide', x, dag.constant('float32', 3))]).toBe('divide');
  });
});

test("a user's zero does not hide an infinity, the absent parts of a derivative do", () => {
  const x = tensor([Number.POSITIVE_INFINITY, 2]);
  const times = (factor: (t: Tensor) => Tensor): number[] => {
    const program = programOf((t: Tensor) => mul(t, factor(t)), [x]);
    return [...compileProgram(program, { fma: false, mostOperations: MOST_OPERATIONS }).run([x.data])[0]];
  };
  expect(times(() => tensor([0, 1]))).toEqual([Number.NaN, 2]);
  expect(times((t) => pad(slice(t, [1], [1]), [[1, 0]]))).toEqual([Number.NaN, 4]);
  const part = (t: Tensor) => ({ part: slice(t, [1], [1]), begin: [1] });
  expect(times((t) => assemble([part(t)], [2], NOTHING))).toEqual([0, 4]);
});
