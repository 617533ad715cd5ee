import { describe, expect, test } from 'vitest';
import { findLanes, lanesFrom } from '../../src/executors/wasm/lanes.ts';
import {
  add,
  argmax,
  concat,
  cond,
  fori,
  gather,
  less,
  matmul,
  mul,
  reshape,
  scan,
  slice,
  softmax,
  sum,
  type Tensor,
  tensor,
  transpose,
  vmap,
} from '../../src/index.ts';
import { solve } from '../../src/linalg/index.ts';
import { programOf } from './support.ts';

const filled = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i % 7),
    { shape },
  );

/** The batch and the lane axes of the inputs and outputs, or the refusal. */
function lanesOf(fn: (...args: never[]) => unknown, args: readonly Tensor[]) {
  const program = programOf(fn as (...args: unknown[]) => unknown, args);
  const found = findLanes(program);
  if (typeof found === 'string') return found;
  return {
    batch: found.batch,
    inputs: program.inputs.map((t) => found.axis(t)),
    outputs: program.outputs.map((t) => found.axis(t)),
  };
}

describe('lanes are found', () => {
  test('elementwise along the leading axis, with operands that every lane shares', () => {
    expect(lanesOf((a: Tensor, b: Tensor) => add(a, b), [filled(6, 3), filled(3)])).toEqual({
      batch: 6,
      inputs: [0, -1],
      outputs: [0],
    });
  });

  test('through vmap of slices, concatenation, softmax, solve and matmul', () => {
    const one = (a: Tensor, b: Tensor): Tensor => {
      const p = softmax(concat([slice(b, [0], [1]), b], 0));
      return matmul(solve(a, reshape(b, [2, 1])), reshape(p, [1, 3]));
    };
    expect(lanesOf(vmap(one), [filled(5, 2, 2), filled(5, 2)])).toEqual({
      batch: 5,
      inputs: [0, 0],
      outputs: [0],
    });
  });

  test('where a transpose moves them', () => {
    expect(lanesOf((a: Tensor) => transpose(a, [1, 2, 0]), [filled(8, 2, 3)])).toEqual({
      batch: 8,
      inputs: [0],
      outputs: [2],
    });
  });

  test('as rows of a matrix product with a shared right side', () => {
    expect(lanesOf((x: Tensor, w: Tensor) => matmul(x, w), [filled(9, 4), filled(4, 2)])).toEqual({
      batch: 9,
      inputs: [0, -1],
      outputs: [0],
    });
  });

  test('in axis 1 of a scanned input and of stacked outputs', () => {
    const run = (state: Tensor, xs: Tensor) =>
      scan((s: Tensor, x: Tensor) => [add(s, x), mul(s, x)], state, xs);
    expect(lanesOf(run, [filled(5, 2), filled(7, 5, 2)])).toEqual({
      batch: 5,
      inputs: [0, 1],
      outputs: [0, 1],
    });
  });

  test('for carries that begin the same in every lane', () => {
    const run = (xs: Tensor) => fori(0, 3, (_, s: Tensor) => add(s, xs), mul(xs, 0));
    expect(lanesOf(run, [filled(6, 2)])).toMatchObject({ batch: 6, outputs: [0] });
    const fromConstant = (xs: Tensor) => fori(0, 3, (_, s: Tensor) => add(s, xs), filled(6, 2));
    expect(lanesOf(fromConstant, [filled(6, 2)])).toMatchObject({ batch: 6, outputs: [0] });
  });

  test('for constants that differ between the lanes', () => {
    expect(lanesOf((a: Tensor) => add(a, filled(6, 3)), [filled(6, 3)])).toMatchObject({ batch: 6 });
  });

  test('for indices into a shared table and for argmax', () => {
    const look = (table: Tensor, x: Tensor) => gather(table, argmax(x, 1), 0);
    expect(lanesOf(look, [filled(3, 2), filled(8, 3)])).toEqual({ batch: 8, inputs: [-1, 0], outputs: [0] });
  });

  test('through a cond with a shared predicate', () => {
    const choose = (x: Tensor, y: Tensor): Tensor =>
      cond(
        less(sum(y), 1),
        (s: Tensor) => mul(s, 2),
        (s: Tensor) => add(s, 1),
        x,
      );
    expect(lanesOf(choose, [filled(4, 2), filled(3)])).toEqual({ batch: 4, inputs: [0, -1], outputs: [0] });
  });
});

describe('lanes are refused', () => {
  test('where the batch is summed', () => {
    expect(lanesOf((a: Tensor) => sum(a, 0), [filled(5)])).toBe('no input has a batch axis');
    const program = programOf((a: Tensor) => sum(a, 0), [filled(5, 5)]);
    expect(lanesFrom(program, [program.inputs[0]])).toBe("'reduce' mixes the examples of the batch");
  });

  test('where a reshape joins the batch with another axis', () => {
    const program = programOf((a: Tensor) => reshape(a, [12]), [filled(6, 2)]);
    expect(lanesFrom(program, [program.inputs[0]])).toBe("'reshape' mixes the examples of the batch");
  });

  test('where a loop runs over the batch', () => {
    const program = programOf(
      (xs: Tensor) => scan((s: Tensor, x: Tensor) => [add(s, x), s], tensor(0), xs),
      [filled(5)],
    );
    expect(lanesFrom(program, [program.inputs[0]])).toBe('a loop runs over the examples of the batch');
  });

  test('where both sides of a matrix product would have them', () => {
    const program = programOf((a: Tensor) => matmul(a, a), [filled(4, 4)]);
    expect(lanesFrom(program, [program.inputs[0]])).toBe("'matmul' mixes the examples of the batch");
  });
});

test('a demand is traced once through a graph of 2^60 paths', () => {
  const deep = (x: Tensor, y: Tensor) => {
    let z = y;
    for (let i = 0; i < 60; i++) z = add(mul(z, z), mul(z, 0.5));
    return add(x, z);
  };
  // Lanes are assumed in x only; where it meets z, they are demanded of z, and so of y.
  const program = programOf((a: Tensor, b: Tensor) => vmap(deep)(a, b), [filled(4), filled(4)]);
  const lanes = lanesFrom(program, program.inputs.slice(0, 1));
  expect(typeof lanes === 'string' ? lanes : lanes.axis(program.inputs[1])).toBe(0);
});
