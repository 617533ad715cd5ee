/** Biases and activations are computed inside of products, and only where nothing else needs what is skipped. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/executors/wasm/compile.ts';
import { hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';
import {
  add,
  grad,
  greater,
  matmul,
  maximum,
  mul,
  scan,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  where,
} from '../../src/index.ts';
import { toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';
import { dataOf, difference, programOf, reference } from './support.ts';

type Function = (x: Tensor, w: Tensor, b: Tensor) => Tensor | readonly Tensor[];

const args = (rows = 9, depth = 5, columns = 7): [Tensor, Tensor, Tensor] => {
  const random = generator(rows + depth + columns);
  return [[rows, depth], [depth, columns], [columns]].map((shape) => toTensor(noise(shape, random))) as [
    Tensor,
    Tensor,
    Tensor,
  ];
};

/** The groups of a function in schedule S2, after a check against the reference. */
function groupsOf(fn: Function, given: readonly Tensor[] = args()) {
  const program = programOf(fn as (...a: Tensor[]) => Tensor, given);
  const executable = compileProgram(program, { fma: hasRelaxedSimd(), mostOperations: 0 });
  for (let run = 0; run < 2; run++) {
    expect(difference(executable.run(dataOf(given)), reference(program, given), 1e-12)).toBeUndefined();
  }
  return executable.report.parts.slice(1);
}

describe('one group', () => {
  const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor => add(matmul(x, w), b);
  test.each<readonly [string, Function, object]>([
    ['bias', layer, { startsFrom: 'row' }],
    ['bias before the product', (x, w, b) => add(b, matmul(x, w)), { startsFrom: 'row' }],
    [
      'another matrix',
      (x, w, b) => add(mul(sum(x, 1, { keepDims: true }), b), matmul(x, w)),
      { startsFrom: 'matrix' },
    ],
    ['activation', (x, w) => tanh(matmul(x, w)), { endsWith: 'tanh' }],
    ['bias and activation', (x, w, b) => tanh(layer(x, w, b)), { startsFrom: 'row', endsWith: 'tanh' }],
    ['relu', (x, w, b) => maximum(layer(x, w, b), 0), { endsWith: 'maximum' }],
    [
      'swish',
      (x, w, b) => {
        const y = layer(x, w, b);
        return mul(y, sigmoid(y));
      },
      { endsWith: 'sigmoid multiply' },
    ],
    [
      'a choice',
      (x, w) => {
        const y = matmul(x, w);
        return where(greater(y, 0), y, mul(y, 0.1));
      },
      { endsWith: 'less multiply select' },
    ],
    [
      'a transposed operand',
      (x, w, b) => tanh(add(matmul(x, transpose(transpose(w))), b)),
      { endsWith: 'tanh' },
    ],
  ])('%s', (_, fn, expected) => {
    const groups = groupsOf(fn);
    expect(groups.at(-1)).toMatchObject({ group: 'product', ...expected });
  });
});

describe('separate groups, because', () => {
  test.each<readonly [string, Function]>([
    [
      'the sum is an output, too',
      (x, w, b) => {
        const y = add(matmul(x, w), b);
        return [y, tanh(y)];
      },
    ],
    [
      'the product is an output, too',
      (x, w, b) => {
        const y = matmul(x, w);
        return [y, add(y, b)];
      },
    ],
    ['the bias has one number for each row', (x, w) => add(matmul(x, w), sum(x, 1, { keepDims: true }))],
    [
      'the product is added to itself transposed',
      (x) => {
        const y = matmul(x, transpose(x));
        return add(y, transpose(y));
      },
    ],
    ['a difference is no sum', (x, w, b) => sub(b, matmul(x, w))],
  ])('%s', (_, fn) => {
    const groups = groupsOf(fn);
    expect(groups.some((group) => group.group === 'nest')).toBe(true);
  });
});

test('gradients of a loop are added up inside of their products', () => {
  const loss = (x: Tensor, w: Tensor): Tensor =>
    sum(
      scan((h: Tensor, _: null) => [tanh(matmul(h, w)), null] as [Tensor, null], x, null, { length: 3 })[0],
    );
  const given = [args(6, 5, 5)[0], args(6, 5, 5)[1]];
  const groups = groupsOf(((x: Tensor, w: Tensor) => grad((v: Tensor) => loss(x, v))(w)) as Function, given);
  expect(groups.some((group) => group.startsFrom === 'matrix' && group.depth === 1)).toBe(true);
});

test('any chain of functions of a product equals the reference', () => {
  const unary = [
    tanh,
    sigmoid,
    (y: Tensor) => mul(y, y),
    (y: Tensor) => maximum(y, 0.1),
    (y: Tensor) => sub(0.5, y),
  ];
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: unary.length }), { maxLength: 5 }),
      fc.tuple(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 20 }),
      ),
      fc.boolean(),
      (chain, shape, keep) => {
        const fn: Function = (x, w, b) => {
          const all = [mul(matmul(x, w), 0.1)];
          // The last number stands for the bias.
          for (const i of chain)
            all.push(i < unary.length ? unary[i](all[all.length - 1]) : add(all[all.length - 1], b));
          return keep ? all : all.slice(-1);
        };
        groupsOf(fn, args(...shape));
      },
    ),
    { numRuns: 60 },
  );
});
