/** Tensors never change: not by operations, not by transformations, not by the executors' reuse of memory. */
import {
  add,
  fori,
  grad,
  hvp,
  jit,
  key,
  mul,
  normal,
  scan,
  sin,
  split,
  sum,
  type Tensor,
  tensor,
  vmap,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TABLE } from './conformance/table.ts';
import { typedArguments } from './conformance/typed.ts';
import { SEED } from './support/arbitraries.ts';
import { EAGER, EXECUTORS, MODES } from './support/executors.ts';

const copies = (tensors: readonly Tensor[]) =>
  tensors.map((x) => ({ shape: [...x.shape], values: Array.from(x.data) }));

/** Throws when an action changes one of the tensors given. */
function unchanged(tensors: readonly Tensor[], action: () => unknown): void {
  const before = copies(tensors);
  action();
  expect(copies(tensors)).toEqual(before);
}

describe.each(MODES)('operations leave their inputs alone, $name', (mode) => {
  test.each(TABLE)('$name', (row) => {
    fc.assert(
      fc.property(row.args(1), ([args]) => {
        const inputs = typedArguments(row, args);
        unchanged(inputs, () => mode.run(row.fn)(...inputs));
      }),
      { seed: SEED, numRuns: mode === EAGER ? 5 : 1 },
    );
  });
});

const step = (c: Tensor, x: Tensor): [Tensor, Tensor] => [sin(add(c, x)), mul(c, x)];

describe.each(MODES)('transformations leave their inputs alone, $name', ({ run }) => {
  test('grad, hvp, vmap, scan, fori and random numbers', () => {
    const [x, xs, k] = [
      tensor([0.1, 0.2]),
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      key(3),
    ];
    unchanged([x, xs, k], () => {
      run(grad((v: Tensor) => sum(scan(step, v, xs)[0])))(x);
      run((v: Tensor) => hvp((w: Tensor) => sum(sin(w)), v, v))(x);
      run(vmap(step, [null, 0]))(x, xs);
      run((v: Tensor) => fori(0, 5, (_i, c) => mul(c, 2), v))(x);
      run((seed: Tensor) => [normal(seed, [2]), split(seed)])(k);
    });
  });

  test('a result that is an argument, or the same tensor twice', () => {
    const x = tensor([1, 2]);
    const [same, again, other] = run((v: Tensor) => [v, v, mul(v, 2)])(x);
    expect([same, again, other].map((t) => t.toArray())).toEqual([
      [1, 2],
      [1, 2],
      [2, 4],
    ]);
    expect(run((v: Tensor) => [mul(v, 0), tensor([7])])(x).map((t) => t.toArray())).toEqual([[0, 0], [7]]);
  });
});

test.each(EXECUTORS)('results of earlier calls survive later calls, executor $name', (executor) => {
  const double = jit((x: Tensor) => mul(x, 2), { executor });
  const first = double(tensor([1, 2]));
  const second = double(tensor([10, 20]));
  const chained = double(second);
  expect([first, second, chained].map((x) => x.toArray())).toEqual([
    [2, 4],
    [20, 40],
    [40, 80],
  ]);
});

test('a change is noticed', () => {
  const x = tensor([1, 2]);
  expect(() => unchanged([x], () => (x.data[0] = 5))).toThrow();
});
