/** Trees: flattening, structure, mapping; trees of arguments and results of every transformation. */
import {
  add,
  cond,
  flatten,
  fori,
  grad,
  greater,
  jit,
  jvp,
  mapTree,
  mul,
  scan,
  structureKey,
  sub,
  sum,
  type Tensor,
  tensor,
  unflatten,
  vjp,
  vmap,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEED } from './support/arbitraries.ts';
import { MODES } from './support/executors.ts';

/** Nested arrays and objects of tensors. */
const { tree } = fc.letrec((tie) => ({
  leaf: fc.integer({ min: -5, max: 5 }).map((x) => tensor([x, x + 1])),
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('w', 'b', 'z', '10', '9'), tie('tree'), { maxKeys: 3 }),
  ),
}));

test('unflatten is the inverse of flatten', () => {
  fc.assert(
    fc.property(tree, (t) => {
      const { leaves, structure } = flatten(t);
      const again = unflatten<unknown>(structure, leaves);
      expect(again).toEqual(t);
      expect(flatten(again).leaves).toEqual(leaves);
      expect(structureKey(flatten(again).structure)).toBe(structureKey(structure));
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test('the order of keys does not matter', () => {
  const [a, b] = [tensor(1), tensor(2)];
  expect(flatten({ a, b }).leaves).toEqual(flatten({ b, a }).leaves);
  expect(structureKey(flatten({ a, b }).structure)).toBe(structureKey(flatten({ b, a }).structure));
});

test('structure keys tell apart what differs', () => {
  const x = tensor(1);
  const different = [
    null,
    [null],
    x,
    [x],
    [[x]],
    [x, x],
    { x },
    { y: x },
    { x, y: x },
    [{ x }],
    [],
    {},
    [[], x],
    { 'x:*,"y"': x },
  ];
  const keys = different.map((t) => structureKey(flatten(t).structure));
  expect(new Set(keys).size).toBe(different.length);
});

test('a plain number is a float32 scalar', () => {
  const [x] = flatten([2.5]).leaves;
  expect([x.dtype, x.shape, x.item()]).toEqual(['float32', [], 2.5]);
});

test('mapTree takes corresponding leaves', () => {
  const difference = mapTree(sub, { a: [tensor(5), tensor(7)] }, { a: [tensor(1), tensor(2)] });
  expect(difference.a.map((x) => x.item())).toEqual([4, 5]);
});

describe.each(MODES)('every transformation keeps trees, $name', ({ run }) => {
  type Parameters = { w: Tensor; layers: [Tensor, { b: Tensor }] };
  const p: Parameters = { w: tensor([1, 2]), layers: [tensor(3), { b: tensor([4, 5]) }] };
  const twice = (q: Parameters): Parameters => mapTree((x) => mul(x, 2), q);
  const total = (q: Parameters) => add(add(sum(mul(q.w, q.w)), q.layers[0]), sum(q.layers[1].b));
  const values = (q: Parameters) => [q.w.toArray(), q.layers[0].toArray(), q.layers[1].b.toArray()];

  test('jit, grad, jvp, vjp, vmap, scan, fori and cond', () => {
    expect(values(run(twice)(p))).toEqual([[2, 4], 6, [8, 10]]);
    expect(values(run(grad(total))(p))).toEqual([[2, 4], 1, [1, 1]]);
    expect(values(run((q: Parameters) => jvp(twice, q, q)[1])(p))).toEqual([[2, 4], 6, [8, 10]]);
    expect(values(run((q: Parameters) => vjp(twice, q)[1](q))(p))).toEqual([[2, 4], 6, [8, 10]]);
    const two = mapTree((x) => tensor([x.toArray(), x.toArray()]), p);
    expect(values(run(vmap(twice))(two))).toEqual([
      [
        [2, 4],
        [2, 4],
      ],
      [6, 6],
      [
        [8, 10],
        [8, 10],
      ],
    ]);
    const [last, ys] = run((q: Parameters) =>
      scan((c: Parameters, x: Parameters) => [mapTree(add, c, x), x], p, q),
    )(two);
    expect(values(last)).toEqual([[3, 6], 9, [12, 15]]);
    expect(values(ys)).toEqual(values(two));
    expect(values(run((q: Parameters) => fori(0, 3, (_i, c) => twice(c), q))(p))).toEqual([
      [8, 16],
      24,
      [32, 40],
    ]);
    const chosen = (q: Parameters) => cond(greater(q.layers[0], 0), twice, (r) => r, q);
    expect(values(run(chosen)(p))).toEqual([[2, 4], 6, [8, 10]]);
  });
});

test.each(MODES)('null is a tree without leaves, $name', ({ run }) => {
  expect(flatten([null, { a: null }]).leaves).toEqual([]);
  expect(unflatten(flatten([null, tensor(1)]).structure, [tensor(2)])).toMatchObject([null, { shape: [] }]);
  const double = (x: Tensor) => scan<Tensor, null, null>((c) => [mul(c, 2), null], x, null, { length: 5 });
  const [last, ys] = run(double)(tensor(1));
  expect([last.item(), ys]).toEqual([32, null]);
  const f = run(vmap((x: Tensor, nothing: null) => ({ y: mul(x, 2), nothing })));
  expect(f(tensor([1, 2]), null)).toMatchObject({ nothing: null });
});

test('vmap takes one axis for all leaves of an argument', () => {
  const f = vmap((q: { a: Tensor; b: Tensor }, c: Tensor) => add(sum(q.a), mul(q.b, c)), [1, null]);
  const result = f(
    {
      a: tensor([
        [1, 2],
        [3, 4],
      ]),
      b: tensor([[10, 20]]),
    },
    tensor([2]),
  );
  expect(result.toArray()).toEqual([[24], [46]]);
});

test('jit compiles again for another structure, shape or dtype, and only then', () => {
  let traces = 0;
  const f = jit((tree: unknown) => {
    traces++;
    return flatten(tree).leaves.reduce((a, b) => add(sum(a), sum(b)));
  });
  const calls = [
    [tensor([1, 2]), tensor(3)],
    [tensor([4, 5]), tensor(6)],
  ];
  expect(calls.map((tree) => f(tree).item())).toEqual([6, 15]);
  expect(traces).toBe(1);
  f({ a: tensor([1, 2]), b: tensor(3) });
  f([tensor([1, 2, 3]), tensor(3)]);
  f([tensor([1, 2], { dtype: 'float64' }), tensor(3)]);
  expect(traces).toBe(4);
});

describe('null is a tree without leaves', () => {
  test('it flattens to nothing and comes back', () => {
    const { leaves, structure } = flatten([null, { a: tensor(1), b: null }]);
    expect(leaves.length).toBe(1);
    expect(structureKey(structure)).not.toBe(structureKey(flatten([{ a: tensor(1) }]).structure));
    expect(unflatten(structure, leaves)).toEqual([null, { a: leaves[0], b: null }]);
  });

  test('functions with null arguments and results can be compiled and batched', () => {
    const run = (x: Tensor) => scan((c: Tensor, _: null) => [add(c, 1), null], x, null, { length: 5 });
    expect(jit(run)(tensor(1))).toEqual([expect.anything(), null]);
    expect(jit(run)(tensor(1))[0].item()).toBe(6);
    expect(vmap((x: Tensor, _: null) => run(x)[0])(tensor([1, 2]), null).toArray()).toEqual([6, 7]);
  });
});
