/** Primitives where the conformance table does not reach: edges of their definitions, and shapes of their own. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { whileLoop } from '../../src/control/index.ts';
import * as ops from '../../src/index.ts';
import { type DType, type Tensor, tensor } from '../../src/index.ts';
import type { ScalarFunction } from '../../src/ir/scalar-functions.ts';
import { solve } from '../../src/linalg/index.ts';
import { LOWERINGS } from '../../src/onnx/lowerings/index.ts';
import type { Lowering } from '../../src/onnx/lowerings/lowering.ts';
import { assemble, type Part } from '../../src/primitives/assemble.ts';
import { elementwise } from '../../src/primitives/elementwise.ts';
import { between, SEED } from '../support/arbitraries.ts';
import { type AnyFunction, checkExport, modelOf, runModel } from './support/runtime.ts';

const pinned = (numRuns: number) => ({ seed: SEED, numRuns });

/** A vector whose elements are drawn from `element`. */
const vector = (element: fc.Arbitrary<number>, dtype: DType, length = 12): fc.Arbitrary<Tensor> =>
  fc
    .array(element, { minLength: length, maxLength: length })
    .map((values) => tensor(Float64Array.from(values), { dtype }));

const SPECIAL = [
  Number.NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2.5,
  -1.5,
  1e-30,
  -1e-30,
  1e30,
  -1e30,
];
const anyFloat = fc.oneof(fc.constantFrom(...SPECIAL), between(-100, 100));

const checkFunction = (fn: ScalarFunction, dtype: DType, ...elements: fc.Arbitrary<number>[]) =>
  fc.assert(
    fc.asyncProperty(fc.tuple(...elements.map((e) => vector(e, dtype))), (args) =>
      checkExport(fn, (...x: Tensor[]) => elementwise(fn, x), args),
    ),
    pinned(10),
  );

describe.each<DType>(['float32', 'float64'])('special values in %s', (dtype) => {
  const unary: ScalarFunction[] = ['negate', 'abs', 'sign', 'floor', 'ceil', 'round', 'sqrt', 'exp', 'expm1'];
  const more: ScalarFunction[] = ['log', 'log1p', 'tanh', 'sigmoid', 'softplus', 'erf'];
  const binary: ScalarFunction[] = ['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum'];
  const comparisons: ScalarFunction[] = ['less', 'lessEqual', 'equal', 'notEqual'];
  test.each([...unary, ...more])('%s', (fn) => checkFunction(fn, dtype, anyFloat));
  test.each([...binary, ...comparisons])('%s', (fn) => checkFunction(fn, dtype, anyFloat, anyFloat));
  test.each<ScalarFunction>(['sin', 'cos'])('%s', (fn) =>
    checkFunction(fn, dtype, fc.oneof(fc.constantFrom(Number.NaN, 0, -0), between(-100, 100))),
  );
  test('remainder, with the sign of the divisor', () =>
    checkFunction('remainder', dtype, between(-20, 20), fc.constantFrom(3, -3, 0.75, -0.75, 0)));
  test('power', () => checkFunction('power', dtype, fc.constantFrom(0, 0.5, 2, 7.5), between(-6, 6)));
});

describe.each<DType>(['int32', 'uint32'])('integers at the limits of %s', (dtype) => {
  const [low, high] = dtype === 'int32' ? [-2147483648, 2147483647] : [0, 4294967295];
  const whole = fc.oneof(
    fc.constantFrom(low, low + 1, 0, 1, 2, high - 1, high),
    fc.integer({ min: low, max: high }),
  );
  const unary: ScalarFunction[] = ['negate', 'abs', 'sign'];
  const binary: ScalarFunction[] = [
    'add',
    'subtract',
    'multiply',
    'divide',
    'remainder',
    'maximum',
    'minimum',
  ];
  const more: ScalarFunction[] = ['less', 'lessEqual', 'equal', 'notEqual', 'bitXor', 'shiftRight'];
  test.each(unary)('%s', (fn) => checkFunction(fn, dtype, whole));
  test.each([...binary, ...more])('%s', (fn) => checkFunction(fn, dtype, whole, whole));
  test('shiftRight by known amounts', () =>
    checkFunction('shiftRight', dtype, whole, fc.integer({ min: 0, max: 40 })));
  test('sum, max, min and cumsum', () =>
    fc.assert(
      fc.asyncProperty(vector(whole, dtype), (x) =>
        checkExport(
          'reductions',
          (v: Tensor) => [ops.sum(v), ops.max(v), ops.min(v), ops.cumsum(v), ops.argmax(v)],
          [x],
        ),
      ),
      pinned(10),
    ));
});

/** Worst relative deviation of one function of one number from a reference. */
async function worstRelative(
  fn: (x: Tensor) => Tensor,
  reference: (x: number) => number,
  points: number[],
  dtype: DType,
) {
  const x = tensor(Float64Array.from(points), { dtype });
  const [{ values }] = await runModel(modelOf(fn, [x]), [x]);
  return Math.max(...values.map((v, i) => Math.abs(v / reference(x.data[i]) - 1)));
}

describe('tails keep their digits, measured relative to the value itself', () => {
  const steps = (low: number, high: number) =>
    Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100 + 1e-9);
  const cases: [string, (x: Tensor) => Tensor, (x: number) => number, number[]][] = [
    ['sigmoid', ops.sigmoid, (x) => Math.exp(x) / (1 + Math.exp(x)), steps(-80, -5)],
    ['softplus', ops.softplus, (x) => Math.log1p(Math.exp(x)), steps(-80, -5)],
    ['expm1', ops.expm1, Math.expm1, steps(-1e-4, 1e-4)],
    ['log1p', ops.log1p, Math.log1p, steps(-1e-4, 1e-4)],
    ['erf', ops.erf, (x) => (2 / Math.sqrt(Math.PI)) * (x - x ** 3 / 3 + x ** 5 / 10), steps(-1e-3, 1e-3)],
    ['tanh', ops.tanh, Math.tanh, steps(-1e-4, 1e-4)],
  ];
  test.each(cases)('%s', async (_name, fn, reference, points) => {
    expect(await worstRelative(fn, reference, points, 'float32')).toBeLessThan(5e-6);
    expect(await worstRelative(fn, reference, points, 'float64')).toBeLessThan(1e-12);
  });
});

describe('casts', () => {
  const limits = [2147483647, 2147483648, -2147483648, -2147483649, 4294967295, 4294967296, 3e9, 1e20];
  const wide = fc.oneof(fc.constantFrom(...SPECIAL, ...limits), between(-1e10, 1e10), between(-3, 3));
  test.each<[DType, DType]>([
    ['float32', 'int32'],
    ['float64', 'int32'],
    ['float32', 'uint32'],
    ['float64', 'uint32'],
    ['float32', 'bool'],
    ['float64', 'float32'],
  ])('%s to %s saturates and takes NaN for 0', (from, to) =>
    fc.assert(
      fc.asyncProperty(vector(wide, from), (x) => checkExport('cast', (v: Tensor) => ops.cast(v, to), [x])),
      pinned(10),
    ),
  );
  test('int32 and uint32 keep their bits', async () => {
    await checkExport('to uint32', (v: Tensor) => ops.cast(v, 'uint32'), [
      tensor([-1, 5, -2147483648], { dtype: 'int32' }),
    ]);
    await checkExport('to int32', (v: Tensor) => ops.cast(v, 'int32'), [
      tensor([4294967295, 7], { dtype: 'uint32' }),
    ]);
  });
});

describe('select', () => {
  test.each<DType>(['float32', 'float64', 'int32', 'uint32', 'bool'])('of %s', (dtype) => {
    const c = tensor([true, false, true]);
    const [a, b] = [
      [1, 1, 0],
      [0, 1, 1],
    ].map((v) => ops.cast(tensor(v), dtype));
    return checkExport('select', (p: Tensor, x: Tensor, y: Tensor) => ops.where(p, x, y), [c, a, b]);
  });
});

describe('assemble', () => {
  /** Disjoint blocks in a 4 x 5 tensor: none fills it along one axis. */
  const blocks = (fill: number) => (a: Tensor, b: Tensor, c: Tensor) => {
    const parts: Part[] = [
      { part: a, begin: [0, 0] },
      { part: b, begin: [2, 1] },
      { part: c, begin: [0, 3] },
    ];
    return assemble(parts, [4, 5], { fill, absent: false });
  };
  test.each<DType>(['float32', 'float64', 'int32', 'uint32', 'bool'])('blocks of %s', (dtype) => {
    const make = (shape: number[]) => ops.cast(ops.reshape(ops.arange(0, shape[0] * shape[1]), shape), dtype);
    return checkExport('blocks', blocks(1), [make([2, 2]), make([2, 3]), make([1, 2])]);
  });
  test('around NaN and infinity', () =>
    checkExport('blocks', blocks(-Infinity), [
      ops.full([2, 2], Number.NaN),
      ops.full([2, 3], 1),
      ops.full([1, 2], Infinity),
    ]));
  test('pieces along an axis with gaps', () =>
    checkExport(
      'gaps',
      (a: Tensor, b: Tensor) =>
        assemble(
          [
            { part: b, begin: [0, 5] },
            { part: a, begin: [0, 1] },
          ],
          [2, 8],
          { fill: 7, absent: false },
        ),
      [ops.ones([2, 2]), ops.zeros([2, 1])],
    ));
});

describe('indices', () => {
  const indices = vector(fc.integer({ min: -3, max: 6 }), 'int32', 5);
  test.each<DType>(['float32', 'float64', 'int32', 'uint32', 'bool'])(
    'gather of %s: NaN or 0 out of range',
    (dtype) =>
      fc.assert(
        fc.asyncProperty(indices, async (at) => {
          const x = ops.cast(ops.reshape(ops.arange(1, 25), [2, 4, 3]), dtype);
          await checkExport('gather', (v: Tensor, i: Tensor) => ops.gather(v, i, 1), [x, at]);
          const known = ops.clip(at, 0, 3);
          await checkExport('gather at known indices', (v: Tensor) => ops.gather(v, known, 1), [x]);
        }),
        pinned(5),
      ),
  );
  test.each<DType>(['float32', 'float64', 'int32', 'uint32'])(
    'scatterAdd of %s: nothing out of range',
    (dtype) =>
      fc.assert(
        fc.asyncProperty(indices, async (at) => {
          const x = ops.cast(ops.reshape(ops.arange(1, 31), [2, 5, 3]), dtype);
          await checkExport('scatterAdd', (v: Tensor, i: Tensor) => ops.scatterAdd(v, i, 4, 1), [x, at]);
          const known = ops.clip(at, 0, 3);
          await checkExport('scatterAdd at known indices', (v: Tensor) => ops.scatterAdd(v, known, 4, 1), [
            x,
          ]);
        }),
        pinned(5),
      ),
  );
  test('many updates of one place add up', () =>
    checkExport('scatterAdd', (v: Tensor, i: Tensor) => ops.scatterAdd(v, i, 3), [
      ops.ones([4000, 2]),
      ops.cast(ops.mod(ops.arange(0, 4000), 3), 'int32'),
    ]));
  test.each<DType>(['float32', 'float64', 'int32', 'uint32', 'bool'])(
    'argmax of %s takes the first maximum',
    (dtype) =>
      fc.assert(
        fc.asyncProperty(vector(fc.integer({ min: 0, max: dtype === 'bool' ? 1 : 2 }), dtype), (x) =>
          checkExport('argmax', (v: Tensor) => [ops.argmax(v), ops.argmax(ops.reshape(v, [3, 4]), 0)], [x]),
        ),
        pinned(10),
      ),
  );
});

describe('sort', () => {
  const both = (v: Tensor) =>
    [v, ops.reshape(v, [3, 4])].flatMap((t) => [
      ops.argsort(t, 0),
      ops.argsort(t, -1, { descending: true }),
      ops.topK(t, 2).values,
    ]);
  test.each<DType>(['float32', 'float64'])('of %s with ties, infinities and NaN', (dtype) =>
    fc.assert(
      fc.asyncProperty(vector(fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 1), dtype), (x) =>
        checkExport('sort', both, [x]),
      ),
      pinned(10),
    ),
  );
  test.each<[DType, number[]]>([
    ['int32', [-2147483648, 2147483647, 0, -1]],
    ['uint32', [0, 1, 2147483648, 4294967295]],
    ['bool', [0, 1]],
  ])('of %s with ties at the limits', (dtype, values) =>
    fc.assert(
      fc.asyncProperty(vector(fc.constantFrom(...values), dtype), (x) => checkExport('sort', both, [x])),
      pinned(10),
    ),
  );
});

describe('solve', () => {
  const random = ops.normal(ops.key(4), [2, 7, 7], 'float64');
  const right = ops.normal(ops.key(5), [2, 7, 3], 'float64');
  test('with row exchanges, of several right-hand sides, transposed too', async () => {
    await checkExport('solve', (a: Tensor, b: Tensor) => solve(a, b), [random, right]);
    const pullback = (a: Tensor, b: Tensor) => ops.grad((v: Tensor) => ops.sum(solve(a, v)))(b);
    await checkExport('solve transposed', pullback, [random, right]);
  });
  test('where the first pivot is zero', () =>
    checkExport('solve', (a: Tensor, b: Tensor) => solve(a, b), [
      tensor([
        [0, 2],
        [3, 1],
      ]),
      tensor([4, 5]),
    ]));
});

describe('loops and choices', () => {
  const xs = tensor([1, 2, 3, 4]);
  /** Doubles and adds up to a limit, counting. */
  const double = (v: Tensor, w: Tensor) =>
    whileLoop(
      ({ x }: { x: Tensor; n: Tensor }) => ops.less(x, 100),
      ({ x, n }) => ({ x: ops.add(ops.mul(x, 2), ops.sum(w)), n: ops.add(n, 1) }),
      { x: v, n: tensor(0, { dtype: 'int32' }) },
    );
  const step = (sum: Tensor, x: Tensor): [Tensor, Tensor] => [ops.add(ops.mul(sum, 0.5), x), ops.sub(x, sum)];
  const cases: [string, AnyFunction, unknown[]][] = [
    ['forwards', (v: Tensor) => ops.scan(step, tensor(0.3), v), [xs]],
    ['backwards', (v: Tensor) => ops.scan(step, tensor(0.3), v, { reverse: true }), [xs]],
    ['nothing scanned', (v: Tensor) => ops.fori(0, 5, (_i, s: Tensor) => ops.mul(s, v), v), [tensor(1.1)]],
    [
      'the counter',
      (v: Tensor) => ops.fori(2, 5, (i, s: Tensor) => ops.add(s, ops.cast(i, 'float32')), v),
      [tensor(1)],
    ],
    ['no step', (v: Tensor, e: Tensor) => ops.scan(step, v, e), [tensor(2), ops.zeros([0])]],
    [
      'no carry',
      (v: Tensor) => ops.scan((_c: null, x: Tensor) => [null, ops.exp(x)] as [null, Tensor], null, v),
      [xs],
    ],
    [
      'a carry as it came',
      (v: Tensor) => ops.scan((c: Tensor, x: Tensor) => [c, ops.mul(c, x)], tensor(2), v),
      [xs],
    ],
    [
      'carries that change places',
      (v: Tensor) =>
        ops.scan(
          ([a, b]: [Tensor, Tensor], x: Tensor) => [[b, ops.add(a, x)] as [Tensor, Tensor], a],
          [tensor(1), tensor(2)],
          v,
        ),
      [xs],
    ],
    [
      'a loop in a loop',
      (v: Tensor) =>
        ops.scan((c: Tensor, x: Tensor) => [ops.scan(step, c, ops.mul(v, x))[0], c], tensor(0), v),
      [xs],
    ],
    [
      'the gradient of a loop',
      (v: Tensor) => ops.grad((u: Tensor) => ops.sum(ops.scan(step, tensor(0.1), ops.sin(u))[1]))(v),
      [xs],
    ],
    ['while', double, [tensor(3), tensor([1, 2])]],
    ['while that never runs', double, [tensor(300), tensor([1, 2])]],
    [
      'while for each example, in a loop',
      (v: Tensor, w: Tensor) =>
        ops.scan(
          (c: Tensor, e: Tensor) => [ops.add(c, e), ops.vmap(double, [0, null])(v, ops.mul(w, e))],
          tensor(0),
          w,
        ),
      [tensor([3, 50, 300]), tensor([1, 2])],
    ],
    [
      'the tangent of while',
      (v: Tensor, w: Tensor) => ops.jvp((u: Tensor) => double(u, w).x, v, tensor(1)),
      [tensor(3), tensor([1, 2])],
    ],
  ];
  test.each(cases)('%s', (name, fn, args) => checkExport(name, fn, args));

  const choose = (p: Tensor, v: Tensor) =>
    ops.cond(
      p,
      (u: Tensor) => [ops.mul(u, v), u],
      (u: Tensor) => [tensor([9, 8, 7, 6]), ops.exp(u)],
      v,
    );
  test.each([true, false])('cond on %s', (flag) => checkExport('cond', choose, [tensor(flag), xs]));
});

test('every primitive has a lowering', () => {
  const single = ['elementwise', 'cast', 'broadcast', 'reshape', 'transpose', 'slice', 'assemble', 'reduce'];
  const more = ['matmul', 'gather', 'scatterAdd', 'argmax', 'cumsum', 'sort', 'solve'];
  expect(Object.keys(LOWERINGS.single)).toEqual(expect.arrayContaining([...single, ...more]));
  expect(Object.keys(LOWERINGS.multi).sort()).toEqual(['cond', 'loop', 'while']);
});

describe('a wrong lowering is found', () => {
  const forwards: Lowering<'cumsum'> = (g, node, [x]) =>
    g.op('CumSum', [x, g.scalar(node.attributes.axis, 'int64')]);
  const wrong = { ...LOWERINGS, single: { ...LOWERINGS.single, cumsum: forwards } };
  const fn = (v: Tensor) => ops.cumsum(v, 0, { reverse: true });
  test('cumsum that forgets the direction', async () => {
    await expect(checkExport('cumsum', fn, [tensor([1, 2, 3])], wrong)).rejects.toThrow(
      'cumsum: output 0: element 0 of [3] is 1 instead of 6',
    );
    await checkExport('cumsum', fn, [tensor([1, 2, 3])]);
  });
});
