/** vmap over loops and choices, for every combination of batched arguments, and nested control flow. */
import {
  add,
  at,
  cond,
  fori,
  grad,
  greater,
  mul,
  neg,
  scan,
  sin,
  stack,
  sum,
  type Tensor,
  tanh,
  tensor,
  vmap,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../support/close.ts';
import { EAGER, MODES, type Mode } from '../support/executors.ts';
import { toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';

const f64 = (shape: readonly number[], seed: number): Tensor => toTensor(noise(shape, generator(seed)));

/** A function of a carry, scanned elements and a captured value. */
type Single = (init: Tensor, xs: Tensor, w: Tensor) => Tensor[];

const scanned =
  (reverse: boolean): Single =>
  (init, xs, w) =>
    scan(
      (h: Tensor, x: Tensor): [Tensor, Tensor] => {
        const next = tanh(add(mul(w, h), x));
        return [next, mul(next, w)];
      },
      init,
      xs,
      { reverse },
    );

/** One carry depends on no batched argument unless w is batched: the flags have to be found by iteration. */
const lateDependence: Single = (init, xs, w) => {
  const [last] = scan(
    (c: { a: Tensor; b: Tensor }, x: Tensor): [typeof c, null] => [
      { a: add(c.a, c.b), b: add(mul(c.b, w), x) },
      null,
    ],
    { a: init, b: mul(0.5, w) },
    xs,
  );
  return [last.a, last.b];
};

/** The sign of the carry decides which of two loops runs at every step. */
const choosing: Single = (init, xs, w) => {
  const [last, ys] = scan(
    (h: Tensor, x: Tensor): [Tensor, Tensor] => {
      const next = cond(
        greater(sum(h), 0),
        (v: Tensor) => fori(0, 2, (_i, c) => sin(add(c, mul(w, x))), v),
        (v: Tensor) => add(neg(v), mul(x, w)),
        h,
      );
      return [next, mul(next, h)];
    },
    init,
    xs,
  );
  return [last, ys];
};

/** A choice around a loop whose steps choose. */
const outerChoice: Single = (init, xs, w) =>
  cond(
    greater(sum(w), 0),
    (v: Tensor) => choosing(v, xs, w),
    (v: Tensor) => [sin(v), mul(xs, 2)],
    init,
  );

const SINGLES: readonly (readonly [string, Single])[] = [
  ['scan', scanned(false)],
  ['reverse scan', scanned(true)],
  ['carries that become batched late', lateDependence],
  ['cond inside scan', choosing],
  [
    'scan inside cond inside scan',
    (init, xs, w) =>
      scan(
        (h: Tensor, x: Tensor): [Tensor, Tensor] => {
          const [next] = outerChoice(h, stack([x, mul(x, -1)]), w);
          return [next, x];
        },
        init,
        xs,
      ),
  ],
  ['cond around all', outerChoice],
];

const MASKS = [1, 2, 3, 4, 5, 6, 7].map((m) => [1, 2, 4].map((bit) => (m & bit) !== 0));

const BATCH = 3;
const single = { init: f64([2], 1), xs: f64([3, 2], 2), w: f64([2], 3) };
const whole = { init: f64([BATCH, 2], 4), xs: f64([BATCH, 3, 2], 5), w: f64([BATCH, 2], 6) };

/** Values and gradients in all three arguments. */
const withGradients =
  (fn: Single) =>
  (init: Tensor, xs: Tensor, w: Tensor): Tensor[] => {
    const loss = (x: Tensor[]) =>
      fn(x[0], x[1], x[2])
        .map((y, i) => mul(i + 1, sum(mul(y, y))))
        .reduce((a, b) => add(a, b));
    return [...fn(init, xs, w), ...grad(loss)([init, xs, w])];
  };

function check(name: string, fn: Single, mode: Mode): void {
  const all = withGradients(fn);
  const batchedRun = (...args: Tensor[][]) =>
    MASKS.map((mask, m) =>
      vmap(
        all,
        mask.map((b) => (b ? 0 : null)),
      )(args[m][0], args[m][1], args[m][2]),
    );
  const inputs = MASKS.map((mask) => [
    mask[0] ? whole.init : single.init,
    mask[1] ? whole.xs : single.xs,
    mask[2] ? whole.w : single.w,
  ]);
  const found = mode.run(batchedRun)(...inputs);
  MASKS.forEach((mask, m) => {
    const each = Array.from({ length: BATCH }, (_, b) => {
      const pick = (i: number) => (mask[i] ? at(inputs[m][i], b) : inputs[m][i]);
      return all(pick(0), pick(1), pick(2));
    });
    found[m].forEach((x, k) => {
      const expected = stack(each.map((e) => e[k]));
      expectClose(x, expected, { what: `${name}, batched [${mask}], result ${k}`, tolerance: 1e-11 });
    });
  });
}

describe.each(MODES)('vmap, $name', (mode) => {
  test.each(SINGLES)('%s', (name, fn) => check(name, fn, mode));
});

test('a loop that mixes examples through state outside is noticed', () => {
  let calls = 0;
  const impure: Single = (init, xs, w) => {
    calls++;
    return scanned(false)(mul(init, calls), xs, w);
  };
  expect(() => check('impure', impure, EAGER)).toThrow(/^impure, batched/);
});

test('vmap inside the step of a scan, and scan inside vmap inside grad', () => {
  const perExample = (h: Tensor, x: Tensor) => tanh(mul(h, x));
  const loss = (h: Tensor, xs: Tensor) =>
    sum(scan((c: Tensor, x: Tensor) => [vmap(perExample, [0, null])(c, x), c], h, xs)[0]);
  const written = (h: Tensor, xs: Tensor) => {
    let c = h;
    for (let t = 0; t < xs.shape[0]; t++) c = tanh(mul(c, at(xs, t)));
    return sum(c);
  };
  const [h, xs] = [f64([4], 7), f64([3], 8)];
  expectClose(grad(loss)(h, xs), grad(written)(h, xs), { what: 'gradient', tolerance: 1e-12 });
});

test('an inner trace does not confuse equal tensors of two examples', () => {
  const f = vmap((x: Tensor) => sum(vmap((y: Tensor) => mul(x, y))(tensor([1, 2, 3]))));
  expect(f(tensor([1, 10])).toArray()).toEqual([6, 60]);
});
