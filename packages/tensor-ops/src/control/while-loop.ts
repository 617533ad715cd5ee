/** Loops that run until a condition fails. */
import { ArgumentError, showShape } from '../errors.ts';
import { isTracing, variableLike, withInterning } from '../ir/build.ts';
import { closeOver } from '../ir/graph.ts';
import { interpret } from '../ir/interpret.ts';
import { whileNode } from '../primitives/while.ts';
import { Tensor } from '../tensor.ts';
import { flatten, unflatten } from '../tree.ts';
import { checkCarry } from './carry.ts';

/**
 * Applies a body to a state as long as a condition holds: while (condition(state)) state <- body(state).
 *
 * The state is a tree that keeps its structure, shapes and dtypes, the condition gives a bool scalar (an
 * `ArgumentError` otherwise). Both are traced once. Forward mode (`jvp`) differentiates to any order; reverse mode
 * (`grad`, `vjp`) is an `ArgumentError`, because the number of steps is not known before: use `fori` or `scan`, or
 * give the loop a pullback with `customGradient`.
 *
 * Under `vmap` with a condition for each example the loop runs until all are done; the body goes on running on
 * examples that are done, without effect, so that it must come to an end on their states too. A condition that never
 * fails, such as a tolerance below the precision of the dtype, runs for ever: count the steps in the state.
 *
 * @example
 * ```ts
 * import { less, mul, tensor } from '@descant/tensor-ops';
 * import { whileLoop } from '@descant/tensor-ops/control';
 * whileLoop((x) => less(x, 100), (x) => mul(x, 3), tensor(1)).item(); // => 243
 * ```
 */
export function whileLoop<C>(condition: (state: C) => Tensor, body: (state: C) => C, init: C): C {
  const state = flatten(init, 'whileLoop');
  const nested = isTracing();
  return withInterning(() => {
    const carries = state.leaves.map((l) => variableLike('carry', l));
    const current = unflatten<C>(state.structure, carries);
    const running = condition(current);
    if (!(running instanceof Tensor) || running.dtype !== 'bool' || running.rank !== 0) {
      const received =
        running instanceof Tensor ? `${running.dtype}${showShape(running.shape)}` : typeof running;
      throw new ArgumentError('whileLoop', 'condition', 'return a bool scalar tensor', received);
    }
    const next = flatten(body(current), 'whileLoop');
    checkCarry('whileLoop', state, next);
    const { program, captured } = closeOver(carries, [running, ...next.leaves]);
    const [test, ...results] = program.outputs;
    const attributes = {
      carries: carries.length,
      condition: { inputs: program.inputs, outputs: [test] },
      body: { inputs: program.inputs, outputs: results },
    };
    const inputs = [...state.leaves, ...captured];
    const node = whileNode(attributes, inputs);
    // A loop inside the body over values known now is an input without a value yet.
    const outputs = nested ? node : interpret({ inputs: [], outputs: node }, []);
    return unflatten<C>(state.structure, outputs);
  });
}
