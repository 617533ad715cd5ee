/** Compilation of whole functions. */
import { defaultExecutor } from '../executors/default.ts';
import type { Executable, Executor } from '../executors/executor.ts';
import type { Program } from '../ir/attributes.ts';
import { constant, isTracing, withInterning } from '../ir/build.ts';
import { escaped, reachable } from '../ir/graph.ts';
import { lower } from '../ir/lower.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, type Structure, structureKey, unflatten } from '../tree.ts';
import { trace } from './trace.ts';

/** Options of `jit`. */
export interface JitOptions {
  /** Where the function runs; default: see `setDefaultExecutor`. */
  readonly executor?: Executor;
}

/** Compiled programs kept for each jitted function; the one used longest ago goes first. */
const CACHE_LIMIT = 64;

/** A function traced on the shapes of its arguments, ready for an executor. */
export interface TracedFunction {
  readonly program: Program;
  readonly structure: Structure;
}

/** Traces a function on arguments that look like the given leaves, and lowers the program. */
export function traceFunction<A extends readonly unknown[], Y>(
  fn: (...args: A) => Y,
  leaves: readonly Tensor[],
  structure: Structure,
): TracedFunction {
  return withInterning(() => {
    const traced = trace('jit', (args: A) => fn(...args), leaves, structure);
    for (const node of reachable(traced.outputs)) {
      if (node.is('variable') && !traced.variables.includes(node)) throw escaped(node);
    }
    const program = lower({ inputs: traced.variables, outputs: traced.outputs });
    return { program, structure: traced.structure };
  });
}

/** What distinguishes calls that need different programs: tree structure, shapes and dtypes. */
function signature(leaves: readonly Tensor[], structure: Structure): string {
  return `${structureKey(structure)} ${leaves.map((l) => `${l.dtype}[${l.shape.join()}]`).join()}`;
}

/** The results of a compiled program on concrete tensors. */
function runOn(executable: Executable, { outputs }: Program, inputs: readonly Tensor[]): Tensor[] {
  if (executable.runTensors) return executable.runTensors(inputs);
  const results = executable.run(inputs.map((x) => x.data));
  return results.map((data, i) => constant(data, outputs[i].shape, outputs[i].dtype));
}

/**
 * Compiles a function of trees of tensors; the first call with new shapes traces it, later calls only run it.
 *
 * The function must be pure and must not read traced values. Inside another transformation it is inlined. Results
 * equal those of the plain function up to the executor's rounding.
 *
 * @example
 * ```ts
 * import { add, jit, mul, tensor, type Tensor } from '@descant/tensor-ops';
 * const fma = jit((a: Tensor, b: Tensor) => add(mul(a, b), 1));
 * fma(tensor([1, 2]), tensor([3, 4])).toArray(); // => [4, 9]
 * ```
 */
export function jit<A extends readonly unknown[], Y>(
  fn: (...args: A) => Y,
  options: JitOptions = {},
): (...args: A) => Y {
  const cache = new Map<string, { program: Program; structure: Structure; executable: Executable }>();
  return (...args) => {
    if (isTracing()) return fn(...args);
    const executor = options.executor ?? defaultExecutor();
    const { leaves, structure } = flatten(args, 'jit');
    const key = `${executor.name} ${executor.settings?.()} ${signature(leaves, structure)}`;
    let entry = cache.get(key);
    if (entry) {
      cache.delete(key);
    } else {
      const traced = traceFunction(fn, leaves, structure);
      entry = { ...traced, executable: executor.compile(traced.program) };
      const oldest = cache.keys().next();
      if (cache.size >= CACHE_LIMIT && !oldest.done) cache.delete(oldest.value);
    }
    cache.set(key, entry);
    return unflatten<Y>(entry.structure, runOn(entry.executable, entry.program, leaves));
  };
}
