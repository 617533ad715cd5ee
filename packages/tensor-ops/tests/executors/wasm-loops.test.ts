import { describe, expect, test } from 'vitest';
import { compileProgram, MOST_OPERATIONS } from '../../src/executors/wasm/compile.ts';
import { hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';
import {
  add,
  cast,
  fori,
  grad,
  less,
  mul,
  scan,
  sin,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  where,
} from '../../src/index.ts';
import type { Program } from '../../src/ir/attributes.ts';
import { randomArguments } from './random-programs.ts';
import { batchedProgramOf, dataOf, difference, programOf, reference } from './support.ts';

const BATCHES = [1, 2, 3, 4, 5, 7, 128];

/** Runs as scalar code and as nests, and compares both with the reference. */
function check(program: Program, args: readonly Tensor[]): void {
  const expected = reference(program, args);
  for (const mostOperations of [MOST_OPERATIONS, 0]) {
    const executable = compileProgram(program, { fma: hasRelaxedSimd(), mostOperations, scalarFirst: true });
    expect(executable.report.parts[0].schedule).toBe(mostOperations === 0 ? 'S2' : 'S1');
    expect(difference(executable.run(dataOf(args)), expected, 1e-12)).toBeUndefined();
    // A second run starts from the same state.
    expect(difference(executable.run(dataOf(args)), expected, 1e-12)).toBeUndefined();
  }
}

const vectors = (batch: number) => randomArguments(batch, 'float64', [batch]);

describe.each(BATCHES)('batch %i', (batch) => {
  const [a, pairs] = vectors(batch);

  test('carries are exchanged simultaneously', () => {
    const rotate = (x: Tensor, y: Tensor) =>
      fori(0, 5, (_, [p, q, r]: readonly Tensor[]) => [q, r, add(mul(p, 0.5), q)], [x, sin(x), sum(y, 0)]);
    check(batchedProgramOf(rotate, [a, pairs]), [a, pairs]);
  });

  test.each([false, true])('scans with stacked outputs, reverse %s', (reverse) => {
    const run = (x: Tensor, xs: Tensor) =>
      scan((s: Tensor, step: Tensor) => [add(mul(s, 0.7), step), [mul(s, step), sum(s)]], x, xs, { reverse });
    check(batchedProgramOf(run, [a, pairs]), [a, pairs]);
  });

  test('loops inside loops, with inputs and outputs of both', () => {
    const run = (x: Tensor, xs: Tensor) =>
      scan(
        (s: Tensor, row: Tensor) => {
          const [next, inner] = scan(
            (t: Tensor, v: Tensor) => [add(mul(t, 0.9), mul(v, x)), add(t, v)],
            s,
            row,
          );
          return [fori(0, 3, (i, u: Tensor) => sub(u, mul(cast(i, 'float64'), 0.01)), next), inner];
        },
        x,
        xs,
      );
    check(batchedProgramOf(run, [a, pairs]), [a, pairs]);
  });

  test('gradients through loops read what the forward loop stacked', () => {
    const loss = (x: Tensor, xs: Tensor): Tensor => {
      const [last, ys] = scan((s: Tensor, v: Tensor) => [sin(add(mul(s, v), x)), mul(s, s)], x, xs);
      return add(sum(last), sum(ys));
    };
    check(batchedProgramOf(grad(loss), [a, pairs]), [a, pairs]);
  });
});

describe('layouts of stacked outputs', () => {
  const state = tensor(
    Float64Array.from({ length: 6 }, (_, i) => i),
    { shape: [3, 2] },
  );
  const step = (s: Tensor): [Tensor, Tensor] => [add(mul(s, 0.5), 1), s];
  const run = (s: Tensor): Tensor => scan((c: Tensor) => step(c), s, null, { length: 4 })[1];

  test('time first, batch first and time last', () => {
    for (const permutation of [
      [0, 1, 2],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      check(
        programOf((s: Tensor) => transpose(run(s), permutation), [state]),
        [state],
      );
    }
  });

  test('as output and as operand at once, and twice as output', () => {
    check(
      programOf((s: Tensor) => [run(s), mul(run(s), 2), transpose(run(s))], [state]),
      [state],
    );
  });

  test('of one step', () => {
    check(
      programOf((s: Tensor) => scan((c: Tensor) => step(c), s, null, { length: 1 }), [state]),
      [state],
    );
  });

  test('of no step', () => {
    const none = (s: Tensor) => scan((c: Tensor) => step(c), s, null, { length: 0 });
    check(programOf(none, [state]), [state]);
  });
});

test('outputs that no step changes are stored all the same', () => {
  const x = tensor([1, 2, 3, 4, 5], { dtype: 'float64' });
  check(
    programOf((s: Tensor) => scan((c: Tensor) => [c, mul(s, 2)], s, null, { length: 3 })[1], [x]),
    [x],
  );
});

test('bool and integer state, in lanes of both widths', () => {
  for (const dtype of ['float32', 'float64'] as const) {
    const x = cast(tensor([0.5, -1, 2, 0, 3, -0.25, 8]), dtype);
    const step = (_: Tensor, [value, count, flag]: readonly Tensor[]): Tensor[] => [
      where(flag, add(value, 1), mul(value, 0.5)),
      add(count, cast(flag, 'int32')),
      less(value, 1),
    ];
    const start = (s: Tensor): Tensor[] => [s, cast(s, 'int32'), cast(s, 'bool')];
    check(
      programOf((s: Tensor) => fori(0, 6, step, start(s)), [x]),
      [x],
    );
  }
});
