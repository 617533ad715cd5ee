/** Choosing what to compute. */
import { ArgumentError, showShape } from '../errors.ts';
import { isTracing, variableLike, withInterning } from '../ir/build.ts';
import { closeOver } from '../ir/graph.ts';
import { interpret } from '../ir/interpret.ts';
import { condNode } from '../primitives/cond.ts';
import { Tensor } from '../tensor.ts';
import { trace } from '../transform/trace.ts';
import { flatten, structureKey, unflatten } from '../tree.ts';

/**
 * Runs one of two functions, chosen by a scalar predicate (bool): predicate ? whenTrue(operand) : whenFalse(operand).
 *
 * Both are traced and must return trees of one structure, with equal shapes and dtypes (an `ArgumentError`
 * otherwise); only the chosen one runs, except under `vmap` with a predicate for each example, where both run and
 * the results are selected. Outer values used by a branch are computed before the choice.
 *
 * @example
 * ```ts
 * import { cond, greater, mul, neg, tensor } from '@descant/tensor-ops';
 * const x = tensor(-3);
 * cond(greater(x, 0), (v) => mul(v, 2), (v) => neg(v), x).item(); // => 3
 * ```
 */
export function cond<X, Y>(
  predicate: Tensor,
  whenTrue: (operand: X) => Y,
  whenFalse: (operand: X) => Y,
  operand: X,
): Y {
  if (!(predicate instanceof Tensor) || predicate.dtype !== 'bool' || predicate.rank !== 0) {
    const received =
      predicate instanceof Tensor ? `${predicate.dtype}${showShape(predicate.shape)}` : typeof predicate;
    throw new ArgumentError('cond', 'predicate', 'be a bool scalar tensor', received);
  }
  const { leaves, structure } = flatten(operand, 'cond');
  const nested = isTracing();
  return withInterning(() => {
    const [yes, no] = [whenTrue, whenFalse].map((branch) => trace('cond', branch, leaves, structure));
    const show = (t: typeof yes) =>
      `${structureKey(t.structure)} of ${t.outputs.map((o) => `${o.dtype}${showShape(o.shape)}`).join(', ')}`;
    if (show(yes) !== show(no)) {
      throw new ArgumentError('cond', 'whenFalse', `return what whenTrue returns, ${show(yes)}`, show(no));
    }
    const [a, b] = [yes, no].map((t) => closeOver(t.variables, t.outputs));
    if (!nested && predicate.isConcrete && leaves.every((l) => l.isConcrete)) {
      const { program, captured } = predicate.item() !== 0 ? a : b;
      // A loop inside the branch over values known now is an input without a value yet.
      const known = interpret({ inputs: [], outputs: captured }, []);
      return unflatten<Y>(yes.structure, interpret(program, [...leaves, ...known]));
    }
    const captured = [...a.captured, ...b.captured];
    const own = leaves.length;
    // Both programs take all captured values, so that they have the same inputs.
    const padded = (program: typeof a.program, before: readonly Tensor[], after: readonly Tensor[]) => ({
      inputs: [
        ...program.inputs.slice(0, own),
        ...before.map((c) => variableLike('unused', c)),
        ...program.inputs.slice(own),
        ...after.map((c) => variableLike('unused', c)),
      ],
      outputs: program.outputs,
    });
    const inputs = [predicate, ...leaves, ...captured];
    const outputs = condNode(padded(a.program, [], b.captured), padded(b.program, a.captured, []), inputs);
    return unflatten<Y>(yes.structure, outputs);
  });
}
