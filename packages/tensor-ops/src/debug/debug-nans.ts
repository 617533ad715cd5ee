/** Finding where a value first stops being finite. */
import { isFloat } from '../dtype.ts';
import { isTracing } from '../ir/build.ts';
import { interpretWatched } from '../ir/interpret.ts';
import { recording } from '../ir/source.ts';
import { traceFunction } from '../transform/jit.ts';
import { flatten, unflatten } from '../tree.ts';
import { freshlyNonFinite, NonFiniteError, recorder } from './non-finite.ts';

/**
 * The same function, which throws a `NonFiniteError` at the first NaN or infinity that an operation produces: a NaN
 * from operands without NaN, or an infinity from finite ones.
 *
 * The error tells the operation, the line of the user's source that called it (derivative code points at the line
 * of the function it was derived from), the iteration of each loop around it, and the element. Infinities and NaNs
 * in the arguments are reported too; constants of the program (a mask of -Infinity, say) may be infinite. Runs on the
 * reference interpreter: slow, for finding a fault. Inside another transformation the function is left as it is.
 *
 * @example
 * ```ts
 * import { log, tensor } from '@descant/tensor-ops';
 * import { debugNaNs } from '@descant/tensor-ops/debug';
 * const safeLog = debugNaNs(log);
 * safeLog(tensor(1)).item(); // => 0
 * ```
 */
export function debugNaNs<A extends readonly unknown[], Y>(fn: (...args: A) => Y): (...args: A) => Y {
  return (...args) => {
    if (isTracing()) return fn(...args);
    const { leaves, structure } = flatten(args, 'debugNaNs');
    leaves.forEach((leaf, i) => {
      const at = freshlyNonFinite(leaf.data, []);
      if (at >= 0)
        throw new NonFiniteError(`argument leaf ${i}`, leaf.data[at], at, leaf.shape, [], undefined);
    });
    const traced = recording(recorder, () => traceFunction(fn, leaves, structure));
    const outputs = interpretWatched(traced.program, leaves, (node, operands, value, steps) => {
      if (!isFloat(value.dtype) || operands.length === 0) return;
      const at = freshlyNonFinite(value.data, operands);
      if (at < 0) return;
      const name = node.is('elementwise') ? node.attributes.fn : node.op;
      throw new NonFiniteError(name, value.data[at], at, value.shape, steps, node.source);
    });
    return unflatten<Y>(traced.structure, outputs);
  };
}
