/** Runs a user's function on symbolic variables. */
import type { DType } from '../dtype.ts';
import type { Program } from '../ir/attributes.ts';
import { variableLike } from '../ir/build.ts';
import { apply } from '../ir/graph.ts';
import { interpret } from '../ir/interpret.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, type Structure, unflatten } from '../tree.ts';

/** What tracing needs to know of an input. */
export interface Like {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A function applied to fresh variables: the program it wrote, and the structure of what it returned. */
export interface Traced {
  readonly variables: Tensor<'variable'>[];
  readonly outputs: Tensor[];
  readonly structure: Structure;
}

/** Traces `fn` on a tree of variables that look like `leaves`. */
export function trace(
  name: string,
  fn: (tree: never) => unknown,
  leaves: readonly Like[],
  structure: Structure,
): Traced {
  const variables = leaves.map((leaf) => variableLike(name, leaf));
  const result = flatten(fn(unflatten<never>(structure, variables)), name);
  return { variables, outputs: result.leaves, structure: result.structure };
}

/**
 * The outputs of a graph in terms of `inputs` in place of `variables`: values when all of these are concrete and
 * nothing else is traced, an expression otherwise.
 */
export function evaluateOrInline(
  program: Program,
  inputs: readonly Tensor[],
  tracingOutside: boolean,
): Tensor[] {
  return tracingOutside || inputs.some((i) => !i.isConcrete)
    ? apply(program, inputs)
    : interpret(program, inputs);
}
