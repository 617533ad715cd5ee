/** whileLoop is the plain loop: values, forward derivatives to second order, batches, on every executor. */
import {
  abs,
  add,
  at,
  cast,
  cond,
  customGradient,
  div,
  fori,
  grad,
  greater,
  hvp,
  jacobian,
  jvp,
  less,
  log,
  mul,
  notEqual,
  scan,
  sin,
  sqrt,
  stack,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  vjp,
  vmap,
  wasmExecutor,
} from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { debugNaNs, explain } from '@descant/tensor-ops/debug';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { between, SEED } from '../support/arbitraries.ts';
import { expectClose } from '../support/close.ts';
import { EAGER, MODES, type Mode } from '../support/executors.ts';

const f64 = (values: number | number[]): Tensor => tensor(values, { dtype: 'float64' });
const int = (value: number): Tensor => tensor(value, { dtype: 'int32' });

interface Growth {
  x: Tensor;
  previous: Tensor;
  steps: Tensor;
}

/** Grows x by a captured rate until it passes a captured limit; counts the steps, and keeps the value before. */
const grow = (x: Tensor, rate: Tensor, limit: Tensor): Growth =>
  whileLoop(
    (s: Growth) => less(s.x, limit),
    (s) => ({ x: add(mul(s.x, rate), sin(rate)), previous: s.x, steps: add(s.steps, 1) }),
    { x, previous: x, steps: int(0) },
  );

/** The same in plain JavaScript, with the first and second derivatives along (dx, dr) of x and rate. */
function grown(x: number, rate: number, limit: number, dx = 1, dr = 0) {
  let [value, first, second, previous, steps] = [x, dx, 0, x, 0];
  while (value < limit) {
    previous = value;
    second = second * rate + 2 * first * dr - Math.sin(rate) * dr * dr;
    first = first * rate + value * dr + Math.cos(rate) * dr;
    value = value * rate + Math.sin(rate);
    steps++;
  }
  return { x: value, previous, steps, first, second };
}

const arguments_ = fc.tuple(between(0.5, 3), between(1.1, 3), between(0.2, 40));

function checkValue(mode: Mode, fn: typeof grow, [x, rate, limit]: readonly number[]): void {
  const found = mode.run(fn)(f64(x), f64(rate), f64(limit));
  const expected = grown(x, rate, limit);
  for (const name of ['x', 'previous', 'steps'] as const) {
    expectClose(found[name], { shape: [], values: [expected[name]] }, { what: name, tolerance: 1e-13 });
  }
}

describe.each(MODES)('$name', (mode) => {
  const { run } = mode;

  test('the plain loop, with captured values and no iteration too', () => {
    fc.assert(
      fc.property(arguments_, (args) => checkValue(mode, grow, args)),
      { seed: SEED, numRuns: mode === EAGER ? 40 : 15 },
    );
  });

  test('no iteration returns the initial state', () => {
    const result = run((x: Tensor) =>
      whileLoop(
        (s) => less(s, 0),
        (s: Tensor) => mul(s, 2),
        x,
      ),
    )(f64(3));
    expect(result.item()).toBe(3);
    expect(
      run(() =>
        whileLoop(
          () => tensor(false),
          (s: Tensor) => mul(s, 2),
          tensor([1, 2]),
        ),
      )().toArray(),
    ).toEqual([1, 2]);
  });

  test('odd and even numbers of iterations, carries that change places, several dtypes', () => {
    interface Pair {
      a: Tensor;
      b: Tensor;
      n: Tensor;
      even: Tensor;
    }
    const swap = run((count: Tensor) =>
      whileLoop(
        (s: Pair) => less(s.n, count),
        ({ a, b, n, even }) => ({ a: b, b: a, n: add(n, 1), even: notEqual(even, tensor(true)) }),
        { a: tensor([1, 2]), b: tensor([3, 4]), n: int(0), even: tensor(true) },
      ),
    );
    for (const count of [0, 1, 2, 3]) {
      const { a, b, n, even } = swap(int(count));
      expect([a.toArray(), b.toArray()]).toEqual(
        count % 2 === 0
          ? [
              [1, 2],
              [3, 4],
            ]
          : [
              [3, 4],
              [1, 2],
            ],
      );
      expect([n.item(), even.toArray(), n.dtype]).toEqual([count, count % 2 === 0, 'int32']);
    }
  });

  test('tensors in the state: Newton iteration to a tolerance', () => {
    const roots = run((a: Tensor) =>
      whileLoop(
        (x) => greater(sum(mul(sub(mul(x, x), a), sub(mul(x, x), a))), 1e-24),
        (x: Tensor) => mul(0.5, add(x, div(a, x))),
        a,
      ),
    );
    const a = f64([2, 3, 10]);
    expectClose(roots(a), sqrt(a), { what: 'Newton', tolerance: 1e-12 });
  });

  test('forward derivatives to second order', () => {
    fc.assert(
      fc.property(arguments_, between(-1, 1), between(-1, 1), ([x, rate, limit], dx, dr) => {
        const final = ([u, r]: readonly Tensor[]) => grow(u, r, f64(limit)).x;
        const [point, direction] = [
          [f64(x), f64(rate)],
          [f64(dx), f64(dr)],
        ];
        const slope = (p: readonly Tensor[]) => jvp(final, p, direction)[1];
        const { first, second } = run((p: readonly Tensor[]) => ({
          first: slope(p),
          second: jvp(slope, p, direction)[1],
        }))(point);
        const expected = grown(x, rate, limit, dx, dr);
        expectClose(first, { shape: [], values: [expected.first] }, { what: 'first', tolerance: 1e-11 });
        expectClose(second, { shape: [], values: [expected.second] }, { what: 'second', tolerance: 1e-11 });
      }),
      { seed: SEED, numRuns: mode === EAGER ? 20 : 6 },
    );
  });

  test('a tangent that only the captured value has, and the Jacobian in forward mode', () => {
    const final = (rate: Tensor) => grow(f64(1), rate, f64(20)).x;
    const { first } = grown(1, 1.5, 20, 0, 1);
    expect(run((r: Tensor) => jvp(final, r, f64(1))[1])(f64(1.5)).item()).toBeCloseTo(first, 11);
    const both = (p: Tensor) => grow(at(p, 0), at(p, 1), f64(20)).x;
    const rows = run(jacobian(both, 'forward'))(f64([1, 1.5]));
    expectClose(
      rows,
      { shape: [2], values: [grown(1, 1.5, 20, 1, 0).first, first] },
      { what: 'Jacobian', tolerance: 1e-11 },
    );
  });

  test('integer states have no derivative, floats beside them keep theirs', () => {
    const f = (x: Tensor) => mul(x, cast(grow(x, f64(2), f64(50)).steps, 'float64'));
    const steps = grown(1.5, 2, 50).steps;
    expect(run(grad(f))(f64(1.5)).item()).toBe(steps);
    expect(run((x: Tensor) => jvp(f, x, f64(1))[1])(f64(1.5)).item()).toBe(steps);
  });

  test('vmap: every combination of batched arguments, each example with its own number of steps', () => {
    const values = [
      [0.5, 2, 30],
      [1.2, 3, 1],
      [40, 2.5, 30],
    ];
    for (let mask = 1; mask < 8; mask++) {
      const batched = [0, 1, 2].map((i) => ((mask >> i) & 1) === 1);
      const inputs = batched.map((b, i) => f64(b ? values[i] : values[i][0]));
      const axes = batched.map((b) => (b ? 0 : null));
      const slope = (x: Tensor, r: Tensor, l: Tensor) => jvp((u: Tensor) => grow(u, r, l).x, x, f64(1))[1];
      const found = run((x: Tensor, r: Tensor, l: Tensor) => ({
        ...vmap(grow, axes)(x, r, l),
        first: vmap(slope, axes)(x, r, l),
      }))(inputs[0], inputs[1], inputs[2]);
      const each = [0, 1, 2].map((e) => {
        const [x, r, l] = batched.map((b, i) => values[i][b ? e : 0]);
        return grown(x, r, l);
      });
      for (const name of ['x', 'previous', 'steps', 'first'] as const) {
        expectClose(
          found[name],
          { shape: [3], values: each.map((one) => one[name]) },
          { what: `${batched}: ${name}`, tolerance: 1e-12 },
        );
      }
    }
  });

  test('vmap twice, and over nothing', () => {
    const final = (x: Tensor, l: Tensor) => grow(x, f64(2), l).x;
    const [xs, limits] = [
      [1, 5],
      [3, 10, 100],
    ];
    const table = run(vmap((x: Tensor, l: Tensor) => vmap(final, [null, 0])(x, l), [0, null]))(
      f64(xs),
      f64(limits),
    );
    const expected = xs.flatMap((x) => limits.map((l) => grown(x, 2, l).x));
    expectClose(table, { shape: [2, 3], values: expected }, { what: 'nested', tolerance: 1e-13 });
    const none = run(vmap(final, [0, null]))(tensor(new Float64Array(0)), f64(3));
    expect(none.shape).toEqual([0]);
  });

  test('examples that are done keep a finite state beside a body that would leave it', () => {
    const halve = (x: Tensor) =>
      whileLoop(
        (s: Tensor) => greater(s, 0.5),
        (s) => sqrt(sub(s, 0.5)),
        x,
      );
    const found = run(vmap(halve))(f64([0.1, 9, 0.9]));
    const one = (x: number) => {
      let s = x;
      while (s > 0.5) s = Math.sqrt(s - 0.5);
      return s;
    };
    expectClose(found, { shape: [3], values: [0.1, 9, 0.9].map(one) }, { what: 'halve', tolerance: 1e-13 });
    const slopes = run(vmap((x: Tensor) => jvp(halve, x, f64(1))[1]))(f64([0.1, 0.9]));
    expectClose(
      slopes,
      { shape: [2], values: [1, 0.5 / Math.sqrt(0.4) / 2 / Math.sqrt(Math.sqrt(0.4) - 0.5)] },
      { what: 'slopes', tolerance: 1e-12 },
    );
  });

  test('inside scan, fori and cond, and loops inside it', () => {
    const limits = [2, 50, 7];
    const scanned = run((x: Tensor, ls: Tensor) =>
      scan(
        (c: Tensor, l: Tensor): [Tensor, Tensor] => {
          const { x: next, steps } = grow(c, f64(1.5), l);
          return [
            mul(next, 0.5),
            cond(
              greater(l, 5),
              (n) => grow(n, l, f64(99)).x,
              (n) => n,
              add(next, cast(steps, 'float64')),
            ),
          ];
        },
        x,
        ls,
      ),
    )(f64(1), f64(limits));
    let carry = 1;
    const ys = limits.map((l) => {
      const { x, steps } = grown(carry, 1.5, l);
      carry = 0.5 * x;
      return l > 5 ? grown(x + steps, l, 99).x : x + steps;
    });
    expectClose(stack([scanned[0]]), { shape: [1], values: [carry] }, { what: 'carry', tolerance: 1e-13 });
    expectClose(scanned[1], { shape: [3], values: ys }, { what: 'outputs', tolerance: 1e-13 });

    // The smallest power of two above each of 1, 3, 9, ..., 3^4, added up.
    const nested = run((factor: Tensor) =>
      whileLoop(
        (s: { n: Tensor; total: Tensor }) => less(s.n, 82),
        ({ n, total }) => {
          const power = whileLoop(
            (p: Tensor) => less(p, n),
            (p) => mul(p, factor),
            tensor(1),
          );
          return {
            n: mul(n, 3),
            total: add(
              total,
              fori(0, 2, (_i, t) => add(t, power), tensor(0)),
            ),
          };
        },
        { n: tensor(1), total: tensor(0) },
      ),
    )(tensor(2));
    expect(nested.total.item()).toBe(2 * (1 + 4 + 16 + 32 + 128));
  });

  test('a pullback of its own gives it reverse mode, to second order and in a batch', () => {
    const root = customGradient(
      (a: Tensor) =>
        whileLoop(
          (x: Tensor) => greater(abs(sub(mul(x, x), a)), 1e-12),
          (x) => mul(0.5, add(x, div(a, x))),
          a,
        ),
      (_a: Tensor, y: Tensor, c: Tensor) => div(c, mul(2, y)),
    );
    const expected = (x: number) => [0.5 * x ** -0.5, -0.25 * x ** -1.5];
    const points = [1, 2, 0.3];
    const found = run(vmap((x: Tensor) => [grad(root)(x), grad(grad(root))(x)]))(f64(points));
    found.forEach((slopes, k) => {
      const values = points.map((x) => expected(x)[k]);
      expectClose(slopes, { shape: [3], values }, { what: `derivative ${k + 1}`, tolerance: 1e-11 });
    });
  });

  test('reverse mode says what to use instead', () => {
    const message =
      'whileLoop: mode of differentiation must be forward (jvp), because the number of steps is unknown ' +
      '(fori and scan have gradients); got reverse';
    const final = (x: Tensor) => mul(x, grow(x, f64(2), f64(20)).x);
    const failing = [
      () => run(grad(final))(f64(1)),
      () => run((x: Tensor) => vjp(final, x)[1](f64(1)))(f64(1)),
      () => run((x: Tensor) => hvp(final, x, f64(1)))(f64(1)),
      () =>
        run(
          grad((x: Tensor) =>
            sum(scan((c: Tensor, l: Tensor) => [grow(c, f64(2), l).x, c], x, f64([2, 3]))[1]),
          ),
        )(f64(1)),
    ];
    for (const action of failing) {
      expect(action).toThrow(expect.objectContaining({ name: 'ArgumentError', message }));
    }
    const stopped = run(grad((x: Tensor) => mul(x, grow(stopGradient(x), f64(2), f64(20)).x)))(f64(1));
    expect(stopped.item()).toBeCloseTo(grown(1, 2, 20).x, 12);
  });
});

test('the comparison notices a loop that runs one step too many', () => {
  const late = (x: Tensor, rate: Tensor, limit: Tensor) => grow(x, rate, mul(limit, rate));
  expect(() => checkValue(EAGER, late, [1, 2, 20])).toThrow(/^x: element 0/);
});

test('debugNaNs tells the iteration', () => {
  const falling = (x: Tensor) =>
    whileLoop(
      (s) => greater(s, -9),
      (s: Tensor) => add(sub(s, 2), mul(0, log(s))),
      x,
    );
  expect(() => debugNaNs(falling)(tensor(3))).toThrow(/^debugNaNs: log gave NaN .* in loop iteration 2,/);
});

test('explain shows condition and body, and the loop of the compiled program', () => {
  const triple = (x: Tensor) =>
    whileLoop(
      (v) => less(v, 100),
      (v: Tensor) => mul(v, 3),
      x,
    );
  const { listing, operations, report } = explain(triple, [tensor(1)], { executor: wasmExecutor });
  expect(listing).toMatch(/while carries=1[\s\S]*condition:[\s\S]*less[\s\S]*body:[\s\S]*multiply/);
  expect(operations).toEqual({ while: 1, less: 1, multiply: 1 });
  expect(report.parts[0]).toMatchObject({
    schedule: 'S2',
    reason: expect.stringContaining("a 'while' is no scalar code"),
  });
  expect(report.parts).toContainEqual({ group: 'while', depth: 0, groups: 1, bodyBytes: 0, flops: 2 });
});
