/**
 * The models in the eyes of the Python package onnx: its checker, and its evaluator as a second runtime.
 *
 * Needs a Python that imports onnx: `python3`, or what DESCANT_PYTHON names.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whileLoop } from '../../src/control/index.ts';
import * as ops from '../../src/index.ts';
import { flatten, jit, jsExecutor, type Tensor, tensor } from '../../src/index.ts';
import { LOWERINGS } from '../../src/onnx/lowerings/index.ts';
import type { Lowering } from '../../src/onnx/lowerings/lowering.ts';
import { TABLE } from '../conformance/table.ts';
import { typedArguments } from '../conformance/typed.ts';
import { SEED } from '../support/arbitraries.ts';
import { NETWORKS } from './support/networks.ts';
import { type AnyFunction, modelOf } from './support/runtime.ts';

const python = process.env.DESCANT_PYTHON ?? 'python3';
const probe = spawnSync(python, ['-c', 'import onnx; print(onnx.__version__)'], { encoding: 'utf8' });
const reason =
  probe.status === 0 ? undefined : `${python} does not import onnx: pip install onnx, or set DESCANT_PYTHON`;

const plain = (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, values: Array.from(t.data) });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descant-onnx-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, fn: AnyFunction, args: readonly unknown[], model = modelOf(fn, args)): void {
  const outputs = flatten(
    jit(fn as (...args: unknown[]) => unknown, { executor: jsExecutor })(...args),
  ).leaves;
  writeFileSync(join(folder, `${name}.onnx`), model);
  writeFileSync(
    join(folder, `${name}.json`),
    JSON.stringify({ inputs: flatten(args).leaves.map(plain), outputs: outputs.map(plain) }),
  );
}

const check = () => {
  const { stdout, stderr } = spawnSync(python, [join(import.meta.dirname, 'checker.py'), folder], {
    encoding: 'utf8',
  });
  const lines = stdout.trim().split('\n');
  return { wrong: lines.filter((line) => !line.endsWith(' right')), count: lines.length, stderr };
};

describe.skipIf(reason !== undefined)(`onnx for Python${reason === undefined ? '' : `: ${reason}`}`, () => {
  test('accepts the networks and every operation, and computes what they should', () => {
    for (const { name, fn, args } of NETWORKS) write(name.replaceAll(' ', '-'), fn, args);
    TABLE.forEach((row, i) => {
      const [example] = fc.sample(row.args(1), { seed: SEED, numRuns: 1 });
      write(
        `${i}-${row.name.replace(/\W/g, '-')}`,
        row.fn,
        typedArguments(row, example[0], row.dtypes?.[0] ?? 'float32'),
      );
    });
    const doubled = (x: Tensor, limit: Tensor) =>
      whileLoop(
        (v: Tensor) => ops.less(v, limit),
        (v) => ops.mul(v, 2),
        x,
      );
    write('while', ops.vmap(doubled), [tensor([1, 3, 50]), tensor([100, 2, 60])]);
    const { wrong, count, stderr } = check();
    expect(wrong, stderr).toEqual([]);
    expect(count).toBe(NETWORKS.length + TABLE.length + 1);
  });

  test('finds a lowering of a wrong type and one of wrong values', () => {
    const x = tensor([1, 2, 3]);
    const fn = (v: Tensor) => ops.cumsum(v);
    const lowered = (cumsum: Lowering<'cumsum'>) =>
      modelOf(fn, [x], { ...LOWERINGS, single: { ...LOWERINGS.single, cumsum } });
    write(
      'wrong-type',
      fn,
      [x],
      lowered((g, _, [v]) => g.cast(v, 'int32')),
    );
    write(
      'wrong-values',
      fn,
      [x],
      lowered((g, _, [v]) => g.op('Neg', [v])),
    );
    const { wrong } = check();
    expect(wrong.map((line) => line.split(' ')[0])).toEqual(['wrong-type', 'wrong-values']);
  });
});
