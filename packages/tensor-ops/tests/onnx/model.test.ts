/** What is in a model besides its results: names, constants, errors. */

import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import * as ops from '../../src/index.ts';
import { type Tensor, tensor } from '../../src/index.ts';
import { solve } from '../../src/linalg/index.ts';
import { type OnnxOptions, toOnnx } from '../../src/onnx/index.ts';
import { graphOf } from '../../src/onnx/lower-program.ts';
import { LOWERINGS } from '../../src/onnx/lowerings/index.ts';
import type { Graph } from '../../src/onnx/model.ts';
import { programOf } from '../executors/support.ts';
import { type AnyFunction, modelOf } from './support/runtime.ts';

const x = tensor([1, 2, 3]);

/** The names that onnxruntime reads from a model. */
async function namesOf(fn: AnyFunction, args: unknown[], options?: OnnxOptions) {
  const session = await InferenceSession.create(toOnnx(fn as (...args: unknown[]) => unknown, args, options));
  return { inputs: session.inputNames, outputs: session.outputNames };
}

const graph = (fn: AnyFunction, args: readonly Tensor[]): Graph => {
  const program = programOf(fn, args);
  return graphOf(
    program,
    program.inputs.map((_, i) => `x${i}`),
    program.outputs.map((_, i) => `y${i}`),
  );
};

/** Every name that a graph and its bodies define. */
function defined({ inputs, initializers, nodes }: Graph): string[] {
  const bodies = nodes.flatMap((node) =>
    Object.values(node.attributes).flatMap((a) => (typeof a === 'object' && 'nodes' in a ? defined(a) : [])),
  );
  return [...inputs, ...initializers]
    .map((v) => v.name)
    .concat(
      nodes.flatMap((n) => [...n.outputs, n.name]),
      bodies,
    );
}

describe('names', () => {
  const fn = ({ a, b }: { a: Tensor; b: Tensor }, [c]: [Tensor]) => ({
    sum: ops.add(a, b),
    all: [c, ops.mul(a, c)],
  });
  const args = [{ a: x, b: x }, [x]];
  test('are the paths in the trees by default', async () => {
    expect(await namesOf(fn, args)).toEqual({
      inputs: ['input_0_a', 'input_0_b', 'input_1_0'],
      outputs: ['output_all_0', 'output_all_1', 'output_sum'],
    });
    expect(await namesOf((v: Tensor) => ops.exp(v), [x])).toEqual({
      inputs: ['input_0'],
      outputs: ['output'],
    });
  });
  test('can be given for a leaf, for a subtree, for some', async () => {
    const options = { inputs: [{ b: 'bias' }, 'scales'], outputs: { all: ['copy', 'product'] } };
    expect(await namesOf(fn, args, options)).toEqual({
      inputs: ['input_0_a', 'bias', 'scales_0'],
      outputs: ['copy', 'product', 'output_sum'],
    });
  });
  test('may be those that the exporter would have taken', async () => {
    const options = { inputs: ['constant_0'], outputs: 'Add_1' };
    expect(await namesOf((v: Tensor) => ops.add(v, 1), [x], options)).toEqual({
      inputs: ['constant_0'],
      outputs: ['Add_1'],
    });
  });
  test('characters that identifiers cannot have become underscores', async () => {
    expect((await namesOf((v: Record<string, Tensor>) => v['a-b'], [{ 'a-b': x }])).inputs).toEqual([
      'input_0_a_b',
    ]);
  });
  test.each<[string, OnnxOptions, string]>([
    ['repeated', { outputs: { all: ['y', 'y'] } }, 'toOnnx: names must be different and not empty; got "y"'],
    ['empty', { inputs: [{ a: '' }] }, 'toOnnx: names must be different and not empty; got ""'],
    [
      'in the place of nothing',
      { inputs: [{ d: 'z' }] },
      'toOnnx: inputs must name what is there at input_0: a, b; got d',
    ],
    ['too deep', { outputs: { sum: ['z'] } }, 'toOnnx: outputs must be a name at output_sum; got ["z"]'],
    ['too many', { inputs: ['a', 'b', 'c'] }, 'toOnnx: inputs must name what is there at input: 0, 1; got 2'],
  ])('%s: an error', (_, options, message) => {
    expect(() => toOnnx(fn as (...args: unknown[]) => unknown, args, options)).toThrow(message);
  });
});

describe('constants', () => {
  test('equal ones are stored once, bodies included', () => {
    const w = [tensor([1, 2, 3]), tensor([1, 2, 3])];
    const fn = (v: Tensor) =>
      ops.scan((c: Tensor, e: Tensor) => [ops.add(ops.mul(c, w[0]), e), c], ops.mul(v, w[1]), v)[0];
    const floats = graph(fn, [x]).initializers.filter(({ type }) => type === 'float32');
    expect(floats.map(({ data }) => Array.from(data, Number))).toEqual([[1, 2, 3]]);
  });
  test('0 and -0, and one value in two types, are different', () => {
    const fn = (v: Tensor) => [
      ops.div(v, 0),
      ops.div(v, -0),
      ops.cast(v, 'bool'),
      ops.add(ops.cast(v, 'int32'), 0),
    ];
    const zeros = graph(fn, [x]).initializers.filter(
      ({ data }) => data.length === 1 && Number(data[0]) === 0,
    );
    expect(zeros.filter(({ type }) => type === 'float32')).toHaveLength(2);
  });
  test('can be all there is', async () => {
    expect(await namesOf(() => [x, tensor(2)], [])).toEqual({
      inputs: [],
      outputs: ['output_0', 'output_1'],
    });
  });
});

test('every name is defined once, bodies included', () => {
  const fn = (v: Tensor) =>
    ops.scan(
      (c: Tensor, e: Tensor) => {
        const next = ops.cond(
          ops.greater(e, 1),
          (u: Tensor) => ops.add(u, e),
          (u: Tensor) => ops.sub(u, e),
          c,
        );
        return [next, solve(ops.eye(3), ops.mul(next, v))];
      },
      tensor(0),
      v,
    );
  const names = defined(graph(fn, [x]));
  expect(names.length).toBeGreaterThan(40);
  expect(new Set(names).size).toBe(names.length);
});

test('shared values are computed once', () => {
  const { nodes } = graph((v: Tensor) => ops.add(ops.exp(v), ops.mul(ops.exp(v), 2)), [x]);
  expect(nodes.filter(({ type }) => type === 'Exp')).toHaveLength(1);
});

describe('errors', () => {
  test('random numbers', () => {
    expect(() => toOnnx((k: Tensor) => ops.uniform(k, [3]), [ops.key(1)])).toThrow(
      'toOnnx: fn must use only operations that can be written in ONNX; got threefry (ONNX has no generator with keys, ' +
        'nor addition modulo 2^32; draw random numbers outside and pass them in)',
    );
  });
  test('a primitive without lowering', () => {
    const { cumsum: _, ...single } = LOWERINGS.single;
    expect(() => modelOf((v: Tensor) => ops.cumsum(v), [x], { ...LOWERINGS, single })).toThrow(
      'toOnnx: fn must use only operations that can be written in ONNX; got cumsum (it has no lowering)',
    );
  });
  test('a value of another transformation', () => {
    expect(() =>
      ops.jit((v: Tensor) => ops.add(v, toOnnx((u: Tensor) => ops.mul(u, v), [x]).length))(x),
    ).toThrow('a float32 tensor of shape [3] that outlived its transformation');
  });
  test('arguments that are no tree', () => {
    expect(() => toOnnx((v: unknown) => v, [new Map()])).toThrow('toOnnx: ');
  });
});
