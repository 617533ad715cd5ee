/** Reverse-mode differentiation. */
import { isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { onesLike, zerosLike } from '../ir/arithmetic.ts';
import { isTracing, variableLike, withInterning } from '../ir/build.ts';
import { cast } from '../primitives/cast.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, structureKey, unflatten } from '../tree.ts';
import { jvpGraph } from './jvp-graph.ts';
import { evaluateOrInline, trace } from './trace.ts';
import { transposeGraph } from './transpose-graph.ts';

/** The leaves of an argument that is differentiated: all of them must be floating point. */
export function differentiable(fn: string, argument: unknown) {
  const flat = flatten(argument, fn);
  for (const leaf of flat.leaves) {
    if (!isFloat(leaf.dtype)) throw new ArgumentError(fn, 'x', 'hold float32 or float64 tensors', leaf.dtype);
  }
  return flat;
}

/** Derivative values of variables in a traced graph, for given cotangents of its outputs. */
function pullBackGraph(
  outputs: readonly Tensor[],
  variables: readonly Tensor[],
  cotangents: readonly Tensor[],
): { primals: Tensor[]; gradients: Tensor[] } {
  const seeds = variables.map((v) => variableLike('tangent', v));
  const { primals, tangents } = jvpGraph(outputs, new Map(variables.map((v, i) => [v, seeds[i]])));
  const found = transposeGraph(tangents, cotangents, seeds);
  return { primals, gradients: found.map((g, i) => g ?? zerosLike(variables[i])) };
}

/**
 * A function that returns both the value of a scalar function and its gradient in the first argument.
 *
 * d f(x) / d x, by linearising f (forward mode) and transposing the linear graph; exact to any order when nested.
 * The first argument is any tree of floating-point tensors; the gradient is a tree of the same structure. The
 * other arguments pass through unchanged. An `ArgumentError` when f does not return one scalar.
 *
 * @example
 * ```ts
 * import { mul, sum, tensor, valueAndGrad } from '@descant/tensor-ops';
 * const [value, gradient] = valueAndGrad((x) => sum(mul(x, x)))(tensor([1, 2, 3]));
 * value.item(); // => 14
 * gradient.toArray(); // => [2, 4, 6]
 * ```
 */
export function valueAndGrad<X = Tensor, R extends readonly unknown[] = []>(
  fn: (x: X, ...rest: R) => Tensor,
): (x: X, ...rest: R) => [value: Tensor, gradient: X] {
  return (x, ...rest) => {
    const nested = isTracing();
    const { leaves, structure } = differentiable('grad', x);
    return withInterning(() => {
      const traced = trace('grad', (v: X) => fn(v, ...rest), leaves, structure);
      const [output] = traced.outputs;
      if (traced.outputs.length !== 1 || output.size !== 1 || !isFloat(output.dtype)) {
        const shapes = traced.outputs.map((o) => `${o.dtype}${showShape(o.shape)}`).join(', ');
        throw new ArgumentError('grad', 'fn', 'return one floating-point scalar', shapes || 'nothing');
      }
      const { primals, gradients } = pullBackGraph(traced.outputs, traced.variables, [onesLike(output)]);
      const program = { inputs: traced.variables, outputs: [...primals, ...gradients] };
      const [value, ...found] = evaluateOrInline(program, leaves, nested);
      return [value, unflatten<X>(structure, found)];
    });
  };
}

/**
 * The gradient of a scalar function in its first argument (see `valueAndGrad`).
 *
 * @example
 * ```ts
 * import { grad, mul, tensor, type Tensor } from '@descant/tensor-ops';
 * const cube = (x: Tensor) => mul(x, mul(x, x));
 * grad(grad(cube))(tensor(2)).item(); // => 12
 * ```
 */
export function grad<X = Tensor, R extends readonly unknown[] = []>(
  fn: (x: X, ...rest: R) => Tensor,
): (x: X, ...rest: R) => X {
  const both = valueAndGrad(fn);
  return (x, ...rest) => both(x, ...rest)[1];
}

/**
 * The value of a function and its pullback, cotangent -> J(x)^T cotangent.
 *
 * Cotangents are a tree like the function's result; the pullback returns a tree like `x`. An `ArgumentError` when
 * the cotangent has another structure or other shapes.
 *
 * @example
 * ```ts
 * import { mul, tensor, vjp } from '@descant/tensor-ops';
 * const [y, pullback] = vjp((x) => mul(x, x), tensor([1, 2]));
 * y.toArray(); // => [1, 4]
 * pullback(tensor([1, 10])).toArray(); // => [2, 40]
 * ```
 */
export function vjp<X, Y>(fn: (x: X) => Y, x: X): [value: Y, pullback: (cotangent: Y) => X] {
  const { leaves, structure } = differentiable('vjp', x);
  const nested = isTracing();
  const traced = withInterning(() => trace('vjp', fn, leaves, structure));
  const value = withInterning(() =>
    evaluateOrInline({ inputs: traced.variables, outputs: traced.outputs }, leaves, nested),
  );
  const pullback = (cotangent: Y): X => {
    const inside = isTracing();
    const given = flatten(cotangent, 'vjp');
    const key = structureKey(traced.structure);
    if (structureKey(given.structure) !== key) {
      throw new ArgumentError('vjp', 'cotangent', `have the structure ${key}`, structureKey(given.structure));
    }
    return withInterning(() => {
      const seeds = traced.outputs.map((o, i) => {
        const c = given.leaves[i];
        if (c.shape.join() !== o.shape.join()) {
          throw new ArgumentError('vjp', 'cotangent', `have shape ${showShape(o.shape)}`, showShape(c.shape));
        }
        return variableLike('cotangent', o);
      });
      const { gradients } = pullBackGraph(traced.outputs, traced.variables, seeds);
      const program = { inputs: [...traced.variables, ...seeds], outputs: gradients };
      const cotangents = given.leaves.map((c, i) => cast(c, seeds[i].dtype));
      return unflatten<X>(structure, evaluateOrInline(program, [...leaves, ...cotangents], inside));
    });
  };
  return [unflatten<Y>(traced.structure, value), pullback];
}
