/** scan and fori are their loops written out: values, first and second derivatives, on every executor. */
import {
  add,
  at,
  cos,
  fori,
  grad,
  hvp,
  jvp,
  matmul,
  mul,
  scan,
  sigmoid,
  sin,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../support/close.ts';
import { EAGER, MODES, type Mode } from '../support/executors.ts';
import { toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';

type Step<C, X, Y> = (carry: C, x: X) => [C, Y];

const f64 = (shape: readonly number[], seed: number): Tensor => toTensor(noise(shape, generator(seed)));

/** The meaning of scan over one tensor, step by step. */
function unrolled<C, Y>(step: Step<C, Tensor, Y>, init: C, xs: Tensor, reverse = false): [C, Y[]] {
  let carry = init;
  const ys: Y[] = [];
  for (let i = 0; i < xs.shape[0]; i++) {
    const t = reverse ? xs.shape[0] - 1 - i : i;
    const [next, y] = step(carry, at(xs, t));
    carry = next;
    ys[t] = y;
  }
  return [carry, ys];
}

interface Arguments {
  readonly init: Tensor;
  readonly xs: Tensor;
  readonly w: Tensor;
}

interface LoopCase {
  readonly name: string;
  readonly args: Arguments;
  readonly looped: (a: Arguments) => Tensor[];
  readonly written: (a: Arguments) => Tensor[];
}

/** A cell with a captured weight, a non-linear carry and an output of its own. */
const cell =
  (w: Tensor): Step<Tensor, Tensor, Tensor> =>
  (h, x) => {
    const next = tanh(add(matmul(w, h), x));
    return [next, mul(next, sin(h))];
  };

const cellCase = (name: string, length: number, reverse: boolean, remat = false): LoopCase => ({
  name,
  args: { init: f64([2], 1), xs: f64([length, 2], 2), w: f64([2, 2], 3) },
  looped: ({ init, xs, w }) => scan(cell(w), init, xs, { reverse, remat }),
  written: ({ init, xs, w }) => {
    const [last, ys] = unrolled(cell(w), init, xs, reverse);
    return [last, stack(ys)];
  },
});

/** Trees everywhere: the carry and the outputs are objects, one carry is constant, one output is the input. */
const treeStep = (w: Tensor) => (c: { a: Tensor; count: Tensor }, x: Tensor) => {
  const a = add(mul(c.a, cos(x)), sum(w));
  return [
    { a, count: add(c.count, 1) },
    { seen: x, product: mul(a, c.count) },
  ] as [typeof c, { seen: Tensor; product: Tensor }];
};

/** For each x a loop over the rows of w whose carry begins at the outer carry. */
const nestedStep =
  (inner: typeof scan | undefined, w: Tensor, remat = false): Step<Tensor, Tensor, Tensor> =>
  (outer, x) => {
    const step: Step<Tensor, Tensor, Tensor> = (c, row) => [
      sigmoid(add(mul(c, row), mul(x, outer))),
      mul(c, x),
    ];
    if (inner) {
      const [last, ys] = inner(step, outer, w, { remat });
      return [last, sum(ys, 0)];
    }
    const [last, ys] = unrolled(step, outer, w);
    return [last, ys.reduce((p, q) => add(p, q))];
  };

const CASES: readonly LoopCase[] = [
  cellCase('scan', 4, false),
  cellCase('reverse scan', 4, true),
  cellCase('scan of length 1', 1, false),
  cellCase('scan with remat', 4, false, true),
  cellCase('reverse scan with remat', 4, true, true),
  {
    name: 'trees',
    args: { init: f64([3], 4), xs: f64([3, 3], 5), w: f64([2], 6) },
    looped: ({ init, xs, w }) => {
      const [{ a, count }, { seen, product }] = scan(
        treeStep(w),
        { a: init, count: tensor(0, { dtype: 'float64' }) },
        xs,
      );
      return [a, count, seen, product];
    },
    written: ({ init, xs, w }) => {
      const [{ a, count }, ys] = unrolled(
        treeStep(w),
        { a: init, count: tensor(0, { dtype: 'float64' }) },
        xs,
      );
      return [a, count, stack(ys.map((y) => y.seen)), stack(ys.map((y) => y.product))];
    },
  },
  {
    name: 'nested scans',
    args: { init: f64([2], 7), xs: f64([3, 2], 8), w: f64([2, 2], 9) },
    looped: ({ init, xs, w }) => scan(nestedStep(scan, w), init, xs),
    written: ({ init, xs, w }) => {
      const [last, ys] = unrolled(nestedStep(undefined, w), init, xs);
      return [last, stack(ys)];
    },
  },
  {
    name: 'nested scans, both with remat',
    args: { init: f64([2], 7), xs: f64([3, 2], 8), w: f64([2, 2], 9) },
    looped: ({ init, xs, w }) => scan(nestedStep(scan, w, true), init, xs, { remat: true }),
    written: ({ init, xs, w }) => {
      const [last, ys] = unrolled(nestedStep(undefined, w), init, xs);
      return [last, stack(ys)];
    },
  },
  {
    name: 'fori with its counter',
    args: { init: f64([2], 10), xs: f64([2], 11), w: f64([2, 2], 12) },
    looped: ({ init, xs, w }) => [fori(1, 5, (i, c) => sin(add(matmul(w, c), mul(xs, i))), init)],
    written: ({ init, xs, w }) => {
      let c = init;
      for (let i = 1; i < 5; i++) c = sin(add(matmul(w, c), mul(xs, i)));
      return [c];
    },
  },
  {
    name: 'learning by gradient steps inside fori',
    args: { init: f64([2], 13), xs: f64([2], 14), w: f64([2, 2], 15) },
    looped: ({ init, xs, w }) => {
      const loss = (p: Tensor) => sum(sin(matmul(w, mul(p, xs))));
      return [fori(0, 3, (_i, p) => sub(p, mul(0.1, grad(loss)(p))), init)];
    },
    written: ({ init, xs, w }) => {
      const loss = (p: Tensor) => sum(sin(matmul(w, mul(p, xs))));
      let p = init;
      for (let i = 0; i < 3; i++) p = sub(p, mul(0.1, grad(loss)(p)));
      return [p];
    },
  },
];

/** Value, gradient, pushforward, and Hessian-vector products in both modes of a weighted sum of the results. */
function everything(fn: (a: Arguments) => Tensor[]) {
  return (a: Arguments, v: Arguments, c: Tensor[]) => {
    const loss = (x: Arguments) =>
      fn(x)
        .map((y, i) => sum(mul(c[i], y)))
        .reduce((p, q) => add(p, q));
    const slope = (x: Arguments) => {
      const g = grad(loss)(x);
      return add(add(sum(mul(g.init, v.init)), sum(mul(g.xs, v.xs))), sum(mul(g.w, v.w)));
    };
    return {
      values: fn(a),
      gradient: grad(loss)(a),
      pushed: jvp(fn, a, v)[1],
      forwardReverse: hvp(loss, a, v),
      reverseReverse: grad(slope)(a),
      forwardForward: jvp((x: Arguments) => jvp(fn, x, v)[1], a, v)[1],
    };
  };
}

const leavesOf = (result: ReturnType<ReturnType<typeof everything>>): [string, Tensor][] => {
  const trees = {
    gradient: result.gradient,
    forwardReverse: result.forwardReverse,
    reverseReverse: result.reverseReverse,
  };
  return [
    ...result.values.map((x, i): [string, Tensor] => [`value ${i}`, x]),
    ...result.pushed.map((x, i): [string, Tensor] => [`pushforward ${i}`, x]),
    ...result.forwardForward.map((x, i): [string, Tensor] => [`second pushforward ${i}`, x]),
    ...Object.entries(trees).flatMap(([name, { init, xs, w }]): [string, Tensor][] => [
      [`${name} in init`, init],
      [`${name} in xs`, xs],
      [`${name} in w`, w],
    ]),
  ];
};

function compare({ name, args, looped, written }: LoopCase, mode: Mode) {
  const v = { init: f64(args.init.shape, 20), xs: f64(args.xs.shape, 21), w: f64(args.w.shape, 22) };
  const c = written(args).map((y, i) => f64(y.shape, 30 + i));
  const found = leavesOf(mode.run(everything(looped))(args, v, c));
  const expected = leavesOf(everything(written)(args, v, c));
  found.forEach(([what, x], i) => {
    expectClose(x, expected[i][1], { what: `${name}: ${what}`, tolerance: 1e-11 });
  });
}

describe.each(MODES)('$name', (mode) => {
  const { run } = mode;

  test.each(CASES)('$name', (loopCase) => compare(loopCase, mode));

  test('length 0 returns the initial carry, with its derivative, and empty outputs', () => {
    const loop = (h: Tensor, xs: Tensor) =>
      scan((c: Tensor, x: Tensor) => [sin(add(c, x)), c] as [Tensor, Tensor], h, xs);
    const [last, ys] = run(loop)(tensor([1, 2]), tensor(new Float32Array(0), { shape: [0, 2] }));
    expect(last.toArray()).toEqual([1, 2]);
    expect(ys.shape).toEqual([0, 2]);
    const empty = tensor(new Float32Array(0), { shape: [0, 2] });
    const slope = run(grad((h: Tensor) => sum(mul(loop(h, empty)[0], tensor([3, 4])))));
    expect(slope(tensor([1, 2])).toArray()).toEqual([3, 4]);
    expect(run((x: Tensor) => fori(2, 2, (_i, c) => mul(c, 2), x))(tensor(5)).item()).toBe(5);
  });

  test('nothing to scan over: a length, and null in and out', () => {
    const double = (x: Tensor) => scan<Tensor, null, null>((c) => [mul(c, 2), null], x, null, { length: 5 });
    expect(run((x: Tensor) => double(x)[0])(tensor(1)).item()).toBe(32);
    expect(double(tensor(1))[1]).toBeNull();
  });

  test('scans over a tree of different dtypes', () => {
    const xs = {
      i: tensor([2, 0, 1], { dtype: 'int32' }),
      flag: tensor([true, false, true]),
      x: tensor([1, 2, 3]),
    };
    const select = run((tree: typeof xs) =>
      scan(
        (c: Tensor, e: typeof xs) => [add(c, mul(e.x, e.flag)), { twice: mul(e.i, 2), flag: e.flag }],
        tensor(0),
        tree,
      ),
    );
    const [last, ys] = select(xs);
    expect(last.item()).toBe(4);
    expect(ys.twice.dtype).toBe('int32');
    expect(ys.twice.toArray()).toEqual([4, 0, 2]);
    expect(ys.flag.toArray()).toEqual([true, false, true]);
  });
});

test('the comparison notices a loop that runs one step too many', () => {
  const [scanned] = CASES;
  const wrong: LoopCase = {
    ...scanned,
    looped: ({ init, xs, w }) => scan(cell(w), cell(w)(init, at(xs, 0))[0], xs),
  };
  expect(() => compare(wrong, EAGER)).toThrow(/^scan: value 0/);
});

test('the comparison notices a wrong derivative through a loop', () => {
  const [scanned] = CASES;
  const wrong: LoopCase = {
    ...scanned,
    looped: (a) => scanned.looped(a).map((y) => add(y, mul(1e-3, sub(sum(a.w), sum(scanned.args.w))))),
  };
  expect(() => compare(wrong, EAGER)).toThrow(/^scan: pushforward 0/);
});
