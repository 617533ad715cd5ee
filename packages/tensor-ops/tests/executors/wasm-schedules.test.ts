import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProgram, MOST_OPERATIONS } from '../../src/executors/wasm/compile.ts';
import { hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';
import {
  add,
  cast,
  createWasmExecutor,
  div,
  fori,
  matmul,
  moveAxis,
  mul,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  vmap,
  wasmExecutor,
} from '../../src/index.ts';
import type { Program } from '../../src/ir/attributes.ts';
import { eigh } from '../../src/linalg/index.ts';
import { type Float, randomArguments, randomFunction } from './random-programs.ts';
import { dataOf, difference, programOf, reference, schedules } from './support.ts';

/** The ways to compile: scalar code, the same without FMA, groups, groups with small loops as scalar code. */
const MODES = {
  scalar: { fma: hasRelaxedSimd(), mostOperations: MOST_OPERATIONS, scalarFirst: true },
  deterministic: { fma: false, mostOperations: MOST_OPERATIONS, scalarFirst: true },
  nests: { fma: false, mostOperations: 0 },
  mixed: { fma: hasRelaxedSimd(), mostOperations: 60 },
} as const;
type Mode = keyof typeof MODES;

/** Rounding accumulates over a random program; float32 has more of it than the functions' own bounds tell. */
const TOLERANCE: Record<Float, number> = { float64: 1e-9, float32: 2e-3 };

const BATCHES = [0, 1, 2, 3, 4, 5, 7, 128];

/**
 * A random program and its arguments. Batch 0 is without a batch axis; otherwise some arguments are shared by all
 * examples, and the batch axis of the results stays first, becomes last or is summed.
 */
function randomCase(seed: number, float: Float, batch: number): { program: Program; args: Tensor[] } {
  const fn = randomFunction(seed, float);
  const single = randomArguments(seed + 1, float);
  if (batch === 0) return { program: programOf(fn, single), args: single };
  const axes = single.map((_, i) => (i !== seed % single.length && (seed >> i) % 3 === 0 ? null : 0));
  const args = randomArguments(seed + 1, float, [batch]).map((a, i) => (axes[i] === null ? single[i] : a));
  const finish = (t: Tensor): Tensor => {
    if (seed % 5 === 0) return moveAxis(t, 0, -1);
    return seed % 5 === 1 && t.dtype !== 'bool' ? sum(t, 0) : t;
  };
  return { program: programOf((...given: Tensor[]) => vmap(fn, axes)(...given).map(finish), args), args };
}

describe.each(Object.keys(MODES) as Mode[])('%s code equals the reference', (mode) => {
  test.each(['float64', 'float32'] as const)('on random programs in %s', (float) => {
    const seeds = fc.integer({ min: 0, max: 1e6 });
    const check = (seed: number, batch: number): void => {
      const { program, args } = randomCase(seed, float, batch);
      const actual = compileProgram(program, MODES[mode]).run(dataOf(args));
      expect(difference(actual, reference(program, args), TOLERANCE[float])).toBeUndefined();
    };
    fc.assert(fc.property(seeds, fc.constantFrom(...BATCHES), check), { numRuns: 80, seed: 11 });
  });
});

test('the comparison notices one wrong element', () => {
  const { program, args } = randomCase(3, 'float64', 5);
  const wrong = reference(program, args).map((data) => data.slice());
  wrong[0][wrong[0].length - 1] += 1;
  expect(difference(wrong, reference(program, args), TOLERANCE.float64)).toMatch(/^output 0 element \d+: /);
});

test('products of large matrices and large tensors without a batch axis are left to schedule S2', () => {
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((n, d) => n * d, 1)), { shape });
  const chosen = (fn: (...args: Tensor[]) => Tensor, ...args: Tensor[]) =>
    wasmExecutor.compile(programOf(fn, args)).report.parts[0];
  expect(chosen(matmul, zeros(128, 16), zeros(16, 16))).toMatchObject({
    schedule: 'S2',
    reason: 'products of large matrices are most of the work',
  });
  expect(chosen(matmul, zeros(128, 4), zeros(4, 4)).schedule).toBe('S1');
  expect(chosen((x) => sum(mul(x, x)), zeros(100)).schedule).toBe('S2');
  expect(chosen((x) => sum(mul(x, x)), zeros(4)).schedule).toBe('S1');
  expect(chosen((x) => mul(x, x), zeros(100)).schedule).toBe('S1');
});

test('loops with short steps, and selections from large tables, are left to schedule S2', () => {
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((n, d) => n * d, 1)), { shape });
  const chosen = (fn: (...args: Tensor[]) => Tensor, ...args: Tensor[]) =>
    wasmExecutor.compile(programOf(fn, args)).report.parts[0];
  const loop = (step: (x: Tensor) => Tensor) => (x: Tensor) => fori(0, 100, (_i, y) => step(y), x);
  expect(chosen(loop(tanh), zeros(1024))).toMatchObject({
    schedule: 'S2',
    reason: 'the steps of a loop do little for each example',
  });
  expect(chosen(loop(tanh), zeros(16)).schedule).toBe('S1');
  const long = (x: Tensor) => [1, 2, 3, 4, 5].reduce((y, k) => mul(sub(y, k), tanh(y)), x);
  expect(chosen(loop(long), zeros(1024)).schedule).toBe('S1');
  for (const n of [17, 33]) {
    expect(chosen((a) => eigh(a).values, zeros(n, n)).reason).toBe(
      'selections from large tables are most of the work',
    );
  }
  expect(chosen((a) => eigh(a).values, zeros(5, 5)).schedule).toBe('S1');
});

test('the schedules are those asked for', () => {
  const { program } = randomCase(2, 'float64', 5);
  expect(schedules(compileProgram(program, MODES.scalar))).toEqual(['S1']);
  expect(schedules(compileProgram(program, MODES.nests))[0]).toBe('S2');
});

describe('without FMA', () => {
  const arithmetic = (a: Tensor, b: Tensor): Tensor =>
    sub(sqrt(add(mul(a, a), mul(b, b))), div(add(mul(a, b), 1), add(mul(b, b), 0.1)));

  test('+ - * / sqrt give the bits of float64 arithmetic, at every batch size', () => {
    const executor = createWasmExecutor({ fma: false });
    for (const batch of [1, 2, 5, 33]) {
      const [a, b] = randomArguments(batch, 'float64', [batch])
        .slice(0, 2)
        .map((t) => sum(t, 1));
      const program = programOf(arithmetic, [a, sum(b, 1)]);
      const data = dataOf([a, sum(b, 1)]);
      expect(executor.compile(program).run(data)).toEqual(reference(program, [a, sum(b, 1)]));
    }
  });

  test('float32 rounds after every operation', () => {
    const [a, b] = [tensor([0.1, 1.7, -2.3, 1e-3, 5]), tensor([0.3, -0.7, 11, 3, 1e3])];
    const program = programOf(arithmetic, [a, b]);
    expect(
      createWasmExecutor({ fma: false })
        .compile(program)
        .run(dataOf([a, b])),
    ).toEqual(reference(program, [a, b]));
  });
});

describe('reports', () => {
  test('name the schedule, lanes and batch', () => {
    const x = tensor(new Float32Array(12), { shape: [6, 2] });
    const wide = cast(x, 'float64');
    expect(wasmExecutor.compile(programOf((t: Tensor) => mul(t, t), [x])).report).toMatchObject({
      executor: 'wasm',
      parts: [{ schedule: 'S1', lanes: 4, batch: 6, operations: 2, functions: 1, fma: hasRelaxedSimd() }],
    });
    const report = wasmExecutor.compile(programOf((t: Tensor) => mul(t, t), [wide])).report;
    expect(report.parts[0]).toMatchObject({ lanes: 2, batch: 6 });
    expect(report.memoryBytes).toBeGreaterThanOrEqual(2 * 12 * 8);
    expect(report.codeBytes).toBeGreaterThan(50);
  });

  test('say why a program is not scalar code', () => {
    const x = tensor(new Float32Array(90_000), { shape: [300, 300] });
    const { parts } = wasmExecutor.compile(programOf((t: Tensor) => sum(mul(t, t)), [x])).report;
    expect(parts[0]).toMatchObject({
      schedule: 'S2',
      reason: 'no input has a batch axis, and the tensors are large',
    });
  });
});

test('inputs of the wrong length are refused', () => {
  const x = tensor([1, 2, 3]);
  const executable = wasmExecutor.compile(programOf((t: Tensor) => mul(t, t), [x]));
  expect(() => executable.run([new Float32Array(2)])).toThrow(
    'wasm executor: inputs must have 3 elements for input 0; got 2',
  );
});

test('inputs that come again are still there, others are copied', () => {
  const [a, b, c] = [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ].map((values) => Float32Array.from(values));
  const executable = wasmExecutor.compile(
    programOf((x: Tensor, y: Tensor) => sub(x, y), [tensor(a), tensor(b)]),
  );
  const run = (x: Float32Array, y: Float32Array) => [...executable.run([x, y])[0]];
  expect(run(a, b)).toEqual([-3, -3, -3]);
  expect(run(a, c)).toEqual([-6, -6, -6]);
  expect(run(b, c)).toEqual([-3, -3, -3]);
  expect(run(c, b)).toEqual([3, 3, 3]);
  expect(run(c, b)).toEqual([3, 3, 3]);
});

test('outputs are fresh arrays', () => {
  const x = tensor([1, 2, 3]);
  const executable = wasmExecutor.compile(programOf((t: Tensor) => [t, mul(t, t)], [x]));
  const first = executable.run([x.data]);
  executable.run([new Float32Array([7, 8, 9])]);
  expect(first.map((a) => [...a])).toEqual([
    [1, 2, 3],
    [1, 4, 9],
  ]);
});
