/** Forward-mode differentiation. */
import { ArgumentError, showShape } from '../errors.ts';
import { zerosLike } from '../ir/arithmetic.ts';
import { isTracing, variableLike, withInterning } from '../ir/build.ts';
import { cast } from '../primitives/cast.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, structureKey, unflatten } from '../tree.ts';
import { differentiable } from './grad.ts';
import { jvpGraph } from './jvp-graph.ts';
import { evaluateOrInline, trace } from './trace.ts';

/**
 * The value of a function at `x` and its pushforward, tangent -> J(x) tangent.
 *
 * The function is traced once; the pushforward can be called many times and be differentiated and batched.
 *
 * @example
 * ```ts
 * import { linearize, mul, tensor } from '@descant/tensor-ops';
 * const [, pushforward] = linearize((x) => mul(x, x), tensor([1, 2]));
 * pushforward(tensor([1, 1])).toArray(); // => [2, 4]
 * ```
 */
export function linearize<X, Y>(fn: (x: X) => Y, x: X): [value: Y, pushforward: (tangent: X) => Y] {
  const { leaves, structure } = differentiable('jvp', x);
  const nested = isTracing();
  const [traced, value] = withInterning(() => {
    const t = trace('jvp', fn, leaves, structure);
    return [t, evaluateOrInline({ inputs: t.variables, outputs: t.outputs }, leaves, nested)] as const;
  });
  const pushforward = (tangent: X): Y => {
    const inside = isTracing();
    const given = flatten(tangent, 'jvp');
    if (structureKey(given.structure) !== structureKey(structure)) {
      throw new ArgumentError(
        'jvp',
        'tangent',
        `have the structure ${structureKey(structure)}`,
        structureKey(given.structure),
      );
    }
    const tangents = given.leaves.map((t, i) => {
      if (t.shape.join() !== leaves[i].shape.join()) {
        throw new ArgumentError(
          'jvp',
          'tangent',
          `have shape ${showShape(leaves[i].shape)}`,
          showShape(t.shape),
        );
      }
      return cast(t, leaves[i].dtype);
    });
    return withInterning(() => {
      const seeds = traced.variables.map((v) => variableLike('tangent', v));
      const out = jvpGraph(
        traced.outputs,
        new Map<Tensor, Tensor>(traced.variables.map((v, i) => [v, seeds[i]])),
      );
      const outputs = out.tangents.map((t, i) => t ?? zerosLike(traced.outputs[i]));
      const program = { inputs: [...traced.variables, ...seeds], outputs };
      return unflatten<Y>(traced.structure, evaluateOrInline(program, [...leaves, ...tangents], inside));
    });
  };
  return [unflatten<Y>(traced.structure, value), pushforward];
}

/**
 * The value of a function and the directional derivative J(x) t along a tangent.
 *
 * @example
 * ```ts
 * import { jvp, mul, tensor } from '@descant/tensor-ops';
 * const [, slope] = jvp((x) => mul(x, x), tensor(3), tensor(1));
 * slope.item(); // => 6
 * ```
 */
export function jvp<X, Y>(fn: (x: X) => Y, x: X, tangent: X): [value: Y, tangent: Y] {
  const [value, pushforward] = linearize(fn, x);
  return [value, pushforward(tangent)];
}
