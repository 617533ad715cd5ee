/** Functions as ONNX models. */
import { traceFunction } from '../transform/jit.ts';
import { flatten } from '../tree.ts';
import { graphOf } from './lower-program.ts';
import { encodeModel } from './model.ts';
import { checkNames, leafNames, type NameTree } from './names.ts';

/** Options of `toOnnx`. */
export interface OnnxOptions {
  /** Names of the arguments' leaves, one entry for each argument; default `input_0`, `input_1_weights`, ... */
  readonly inputs?: readonly NameTree[];
  /** Names of the result's leaves; default `output`, `output_0`, `output_logits`, ... */
  readonly outputs?: NameTree;
}

/**
 * Writes a function of trees of tensors as an ONNX model: the bytes of an `.onnx` file, operator set 26.
 *
 * The function is traced on the shapes and dtypes of `args`, which become those of the model; the values of `args`
 * do not matter. Tensors that the function mentions but does not take, such as trained parameters, become constants
 * of the model. Inputs and outputs are float32, float64 (ONNX double), int32, uint32 or bool.
 *
 * Results are those of the function up to the runtime's rounding, except where ONNX leaves them to the runtime: `max`,
 * `min` and `argmax` along a line with a NaN (softmax and logSumExp still give NaN), `pow` of 1 or -1 to the power NaN
 * or infinity, and integers that overflow (they wrap in onnxruntime, as here). Indices out of range read NaN (0 in
 * integers) and add nothing, as here. Random numbers cannot be drawn inside a model.
 *
 * Source: ONNX operator schemas, version 26 of the domain ai.onnx. Tested with onnxruntime 1.30.
 *
 * @param fn - A pure function of tensors; see `jit`.
 * @param args - Its arguments: trees of tensors.
 * @param options - Names of inputs and outputs.
 * @returns The bytes of the model.
 * @throws ArgumentError when names repeat or fit nothing, and when the function uses an operation without a
 *   counterpart, which the message names.
 *
 * @example
 * ```ts
 * import { add, matmul, tanh, tensor, zeros, type Tensor } from '@descant/tensor-ops';
 * import { toOnnx } from '@descant/tensor-ops/onnx';
 * const weights = tensor([[0.5, -1], [2, 0.25]]);
 * const policy = (observation: Tensor) => tanh(add(matmul(observation, weights), 0.1));
 * const model = toOnnx(policy, [zeros([8, 2])], { inputs: ['observation'], outputs: 'action' });
 * model instanceof Uint8Array; // => true
 * new TextDecoder().decode(model).includes('MatMul'); // => true
 * ```
 */
export function toOnnx<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  args: A,
  options: OnnxOptions = {},
): Uint8Array {
  const { leaves, structure } = flatten(args, 'toOnnx');
  const { program, structure: result } = traceFunction(fn, leaves, structure);
  const inputNames = leafNames('inputs', structure, options.inputs, 'input');
  const outputNames = leafNames('outputs', result, options.outputs, 'output');
  checkNames(inputNames, outputNames);
  return encodeModel(graphOf(program, inputNames, outputNames));
}
