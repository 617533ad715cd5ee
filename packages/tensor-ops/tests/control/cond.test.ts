/** cond: the chosen branch alone decides value and derivatives. */
import {
  add,
  at,
  cond,
  exp,
  grad,
  greater,
  hvp,
  jvp,
  log,
  mul,
  sin,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../support/close.ts';
import { MODES } from '../support/executors.ts';
import { toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';

const f64 = (shape: readonly number[], seed: number): Tensor => toTensor(noise(shape, generator(seed)));

interface Point {
  readonly x: Tensor;
  readonly w: Tensor;
}

const yes = (x: Tensor, w: Tensor) => ({ y: mul(sin(x), w), z: sum(mul(w, w)) });
const no = (x: Tensor, w: Tensor) => ({ y: exp(mul(x, x)), z: mul(at(w, 0), 3) });

/** The two branches capture different outer values; the operand is a tree. */
const chosen = (p: Point) =>
  cond(
    greater(sum(p.x), 0),
    ({ x }: { x: Tensor }) => yes(x, p.w),
    ({ x }: { x: Tensor }) => no(x, p.w),
    { x: p.x },
  );

const everything = (fn: (p: Point) => { y: Tensor; z: Tensor }) => (p: Point, v: Point) => {
  const loss = (q: Point) => add(sum(mul(fn(q).y, tensor([1, -2], { dtype: 'float64' }))), mul(fn(q).z, 0.3));
  const slope = (q: Point) => {
    const g = grad(loss)(q);
    return add(sum(mul(g.x, v.x)), sum(mul(g.w, v.w)));
  };
  return [fn(p), grad(loss)(p), jvp(fn, p, v)[1], hvp(loss, p, v), grad(slope)(p)].flatMap((tree) =>
    Object.values(tree),
  );
};

const positive: Point = { x: tensor([0.4, 0.5], { dtype: 'float64' }), w: f64([2], 1) };
const negative: Point = { x: tensor([0.4, -0.9], { dtype: 'float64' }), w: f64([2], 1) };
const v: Point = { x: f64([2], 2), w: f64([2], 3) };

describe.each(MODES)('$name', ({ run }) => {
  const all = run(everything(chosen));

  test.each([
    ['true', positive, yes],
    ['false', negative, no],
  ] as const)('predicate %s: value, first and second derivatives are those of its branch', (_, p, branch) => {
    const expected = everything((q) => branch(q.x, q.w))(p, v);
    all(p, v).forEach((x, i) => {
      expectClose(x, expected[i], { what: `result ${i}`, tolerance: 1e-12 });
    });
  });

  test('the branch not chosen contributes nothing, not even NaN', () => {
    const safeLog = (x: Tensor) =>
      cond(
        greater(x, 0),
        (t: Tensor) => log(t),
        (t: Tensor) => mul(t, 2),
        x,
      );
    const slope = run(grad(safeLog));
    expect(slope(tensor(-1)).item()).toBe(2);
    expect(slope(tensor(0)).item()).toBe(2);
    expect(slope(tensor(4)).item()).toBe(0.25);
  });

  test('integers and booleans pass through', () => {
    const f = (p: Tensor, n: Tensor) =>
      cond(
        p,
        (m: Tensor) => [add(m, 1), greater(m, 2)],
        (m: Tensor) => [mul(m, m), greater(m, 9)],
        n,
      );
    const both = run(f);
    const n = tensor([2, 3], { dtype: 'int32' });
    expect(both(tensor(true), n).map((x) => x.toArray())).toEqual([
      [3, 4],
      [false, true],
    ]);
    expect(both(tensor(false), n).map((x) => x.toArray())).toEqual([
      [4, 9],
      [false, false],
    ]);
    expect(both(tensor(true), n).map((x) => x.dtype)).toEqual(['int32', 'bool']);
  });
});

test('the check can fail: swapped branches differ', () => {
  const swapped = everything((q) =>
    cond(
      greater(sum(q.x), 0),
      (x: Tensor) => no(x, q.w),
      (x: Tensor) => yes(x, q.w),
      q.x,
    ),
  );
  const expected = everything(chosen)(positive, v);
  const compare = () => {
    swapped(positive, v).forEach((x, i) => {
      expectClose(x, expected[i], { what: 'swapped', tolerance: 1e-9 });
    });
  };
  expect(compare).toThrow('swapped');
});
