/** Every exported function has a row in the conformance table, or a test file of its own that is named here. */
import { existsSync } from 'node:fs';
import * as core from '@descant/tensor-ops';
import * as control from '@descant/tensor-ops/control';
import * as conv from '@descant/tensor-ops/conv';
import * as debug from '@descant/tensor-ops/debug';
import { solve } from '@descant/tensor-ops/linalg';
import { expect, test } from 'vitest';
import { TABLE } from './table.ts';

const ops = { ...core, ...control, ...conv, ...debug, solve };

/** Exports that are not operations on tensors, by the file that tests them. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'creation.test.ts': ['Tensor', 'arange', 'eye', 'full', 'linspace', 'ones', 'tensor', 'zeros'],
  threads: ['setThreads'],
  control: ['cond', 'fori', 'scan', 'whileLoop'],
  transforms: [
    'customGradient',
    'grad',
    'hessian',
    'hvp',
    'jacobian',
    'jit',
    'jvp',
    'linearize',
    'stopGradient',
    'valueAndGrad',
    'vjp',
    'vmap',
  ],
  random: ['bernoulli', 'categorical', 'foldIn', 'key', 'normal', 'split', 'uniform'],
  'trees.test.ts': ['flatten', 'mapTree', 'structureKey', 'unflatten'],
  errors: ['ArgumentError', 'TracedValueError'],
  'random-integers.test.ts': ['bits', 'permutation', 'randint'],
  'debug.test.ts': ['NonFiniteError', 'checkGradients', 'debugNaNs', 'explain'],
  executors: ['createWasmExecutor', 'defaultExecutor', 'jsExecutor', 'setDefaultExecutor', 'wasmExecutor'],
};

const uncovered = (names: readonly string[], rows: readonly string[]): string[] => {
  const elsewhere = Object.values(ELSEWHERE).flat();
  const operations = new Set(rows.map((name) => name.split(' ')[0]));
  return names.filter((name) => !operations.has(name) && !elsewhere.includes(name));
};

test('no export is without a test', () => {
  expect(
    uncovered(
      Object.keys(ops),
      TABLE.map((row) => row.name),
    ),
  ).toEqual([]);
});

test('nothing is listed that is not exported', () => {
  expect(
    Object.values(ELSEWHERE)
      .flat()
      .filter((name) => !(name in ops)),
  ).toEqual([]);
});

test('the files named are there', () => {
  const missing = Object.keys(ELSEWHERE).filter(
    (path) => !existsSync(new URL(`../${path}`, import.meta.url)),
  );
  expect(missing).toEqual([]);
});

test('names of rows are unique', () => {
  const names = TABLE.map((row) => row.name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('a new operation without a row is noticed', () => {
  expect(uncovered(['add', 'einsum'], ['add'])).toEqual(['einsum']);
});
