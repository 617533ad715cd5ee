/** Functions that bring their own derivative. */
import { ArgumentError, showShape } from '../errors.ts';
import type { Pullback } from '../ir/attributes.ts';
import { isTracing, withInterning } from '../ir/build.ts';
import { closeOver } from '../ir/graph.ts';
import { interpret } from '../ir/interpret.ts';
import { cast } from '../primitives/cast.ts';
import { customNode } from '../primitives/custom.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, structureKey, unflatten } from '../tree.ts';
import { trace } from './trace.ts';

/**
 * A function whose reverse-mode derivative is `pullback` instead of that of its operations.
 *
 * y = fn(x), and cotangent -> pullback(x, y, cotangent) takes the place of J(x)^T cotangent. Forward mode and
 * higher derivatives follow from the pullback when it is linear in the cotangent, and throw otherwise. `fn` may
 * use nothing but its argument (an outer traced value would silently lose its gradient): an `ArgumentError`.
 *
 * @example
 * ```ts
 * import { customGradient, grad, round, tensor, type Tensor } from '@descant/tensor-ops';
 * const straightThrough = customGradient((x: Tensor) => round(x), (_x, _y, cotangent) => cotangent);
 * grad(straightThrough)(tensor(1.7)).item(); // => 1
 * ```
 */
export function customGradient<X, Y>(
  fn: (x: X) => Y,
  pullback: (x: X, y: Y, cotangent: Y) => X,
): (x: X) => Y {
  return (x) => {
    const { leaves, structure } = flatten(x, 'customGradient');
    const nested = isTracing();
    return withInterning(() => {
      const traced = trace('customGradient', fn, leaves, structure);
      const { program: body, captured } = closeOver(traced.variables, traced.outputs);
      if (captured.length > 0) {
        throw new ArgumentError(
          'customGradient',
          'fn',
          'use only its argument',
          'a function that also uses an outer traced value',
        );
      }
      if (!nested && leaves.every((l) => l.isConcrete))
        return unflatten<Y>(traced.structure, interpret(body, leaves));
      const back: Pullback = (operands, outputs, cotangents) => {
        const gradient = pullback(
          unflatten<X>(structure, operands),
          unflatten<Y>(traced.structure, outputs),
          unflatten<Y>(traced.structure, cotangents),
        );
        return checkedGradient(gradient, structureKey(structure), operands);
      };
      return unflatten<Y>(traced.structure, customNode({ body, pullback: back }, leaves));
    });
  };
}

function checkedGradient(gradient: unknown, key: string, operands: readonly Tensor[]): Tensor[] {
  const flat = flatten(gradient, 'customGradient');
  if (structureKey(flat.structure) !== key) {
    throw new ArgumentError(
      'customGradient',
      'pullback',
      `return a tree like x, ${key}`,
      structureKey(flat.structure),
    );
  }
  flat.leaves.forEach((g, i) => {
    if (g.shape.join() !== operands[i].shape.join()) {
      throw new ArgumentError(
        'customGradient',
        'pullback',
        `return shape ${showShape(operands[i].shape)}`,
        showShape(g.shape),
      );
    }
  });
  return flat.leaves.map((g, i) => cast(g, operands[i].dtype));
}
