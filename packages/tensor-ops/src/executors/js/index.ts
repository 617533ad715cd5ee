/** The reference executor: every node with its JavaScript reference implementation, arithmetic in double precision. */
import type { TypedArray } from '../../dtype.ts';
import { constant } from '../../ir/build.ts';
import { reachable } from '../../ir/graph.ts';
import { interpret } from '../../ir/interpret.ts';
import { sizeOf } from '../../shape.ts';
import type { Executor } from '../executor.ts';

const BYTES = { float32: 4, float64: 8, int32: 4, uint32: 4, bool: 1 } as const;

/**
 * Plain JavaScript: values round to their dtype when stored, everything between is float64.
 *
 * Slow and simple: the reference that the other executors are tested against, and the choice where WebAssembly is
 * not allowed.
 *
 * @example
 * ```ts
 * import { jit, jsExecutor, mul, tensor, type Tensor } from '@descant/tensor-ops';
 * jit((x: Tensor) => mul(x, x), { executor: jsExecutor })(tensor(3)).item(); // => 9
 * ```
 */
export const jsExecutor: Executor = {
  name: 'js',
  compile(program) {
    const order = reachable(program.outputs);
    return {
      run(inputs: readonly TypedArray[]) {
        const values = program.inputs.map((v, i) => constant(inputs[i], v.shape, v.dtype));
        return interpret(program, values).map((value) => value.data.slice());
      },
      report: {
        executor: 'js',
        parts: [{ schedule: 'interpreter', nodes: order.length }],
        memoryBytes: order.reduce((sum, node) => sum + sizeOf(node.shape) * BYTES[node.dtype], 0),
        codeBytes: 0,
      },
    };
  },
};
