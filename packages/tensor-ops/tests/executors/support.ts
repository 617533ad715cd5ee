/** Shared by the executor tests: tracing, running, comparing. */
import { type Executable, jsExecutor, type Tensor, type TypedArray, vmap } from '../../src/index.ts';
import type { Program } from '../../src/ir/attributes.ts';
import { traceFunction } from '../../src/transform/jit.ts';
import { flatten } from '../../src/tree.ts';

type AnyFunction = (...args: never[]) => unknown;

/** The lowered program of a function on arguments like the given ones. */
export function programOf(fn: AnyFunction, args: readonly Tensor[]): Program {
  const { leaves, structure } = flatten(args, 'test');
  return traceFunction(fn as (...args: Tensor[]) => unknown, leaves, structure).program;
}

/** The program of a function mapped over the leading axis of all arguments. */
export const batchedProgramOf = (fn: AnyFunction, args: readonly Tensor[]): Program =>
  programOf(vmap(fn as (...args: Tensor[]) => Tensor), args);

export const dataOf = (args: readonly Tensor[]): TypedArray[] => args.map((a) => a.data);

export const reference = (program: Program, args: readonly Tensor[]): TypedArray[] =>
  jsExecutor.compile(program).run(dataOf(args));

/** The schedules of all compiled parts. */
export const schedules = (executable: Executable): unknown[] =>
  executable.report.parts.map((p) => p.schedule);

/**
 * The first element that differs by more than `tolerance` relative to the largest finite magnitude of its tensor
 * (at least 1), described; undefined when there is none. Infinities and NaN must agree.
 */
export function difference(
  actual: readonly TypedArray[],
  expected: readonly TypedArray[],
  tolerance: number,
): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} outputs instead of ${expected.length}`;
  for (let k = 0; k < expected.length; k++) {
    if (actual[k].length !== expected[k].length) return `output ${k} has ${actual[k].length} elements`;
    let scale = 1;
    for (const value of expected[k]) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
    for (let i = 0; i < expected[k].length; i++) {
      const [a, b] = [actual[k][i], expected[k][i]];
      const same = a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= tolerance * scale;
      if (!same) return `output ${k} element ${i}: ${a} instead of ${b}`;
    }
  }
  return undefined;
}
