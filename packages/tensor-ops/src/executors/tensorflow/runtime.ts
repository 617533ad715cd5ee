/** What lowerings compute with: TensorFlow.js and the backend that runs it. */
import type * as Tfjs from '@tensorflow/tfjs-core';
import type { TypedArray } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import type { Shape } from '../../shape.ts';

/** A tensor of TensorFlow.js: a handle on memory of the backend. */
export type Handle = Tfjs.Tensor;

/** The element types that TensorFlow.js shares with us. */
export type DeviceType = 'float32' | 'int32' | 'bool';

/** The backends, by the names that the executor takes. */
export type TensorflowBackend = 'tensorflow-gpu' | 'tensorflow' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';

export interface Runtime {
  readonly tf: typeof Tfjs;
  readonly backend: TensorflowBackend;
  /** What the device reported since somebody looked: webgpu goes on after an error, with zeros. */
  readonly faults: string[];
}

/** Throws what the device has reported. */
export function checkFaults({ faults, backend }: Runtime): void {
  const [first] = faults.splice(0);
  if (first !== undefined) throw new Error(`executor tensorflow (${backend}): the device failed: ${first}`);
}

/** Narrows a dtype; programs with others are refused when they are compiled. */
export function deviceType(dtype: string): DeviceType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new ArgumentError('tensorflow executor', 'dtype', 'be float32, int32 or bool', dtype);
}

/** A copy of typed storage in the backend's memory. */
export function upload({ tf }: Runtime, data: TypedArray, shape: Shape, dtype: string): Handle {
  const type = deviceType(dtype);
  // TensorFlow.js has no parameter type for Float64Array, nor have programs that get here.
  return tf.tensor(data as Exclude<TypedArray, Float64Array>, [...shape], type);
}

/** One number as a tensor. */
export const scalar = ({ tf }: Runtime, value: number, dtype: string): Handle =>
  tf.scalar(value, deviceType(dtype));

/** A tensor of equal numbers. */
export const fill = ({ tf }: Runtime, shape: Shape, value: number, dtype: string): Handle =>
  tf.fill([...shape], value, deviceType(dtype));

/** The numbers of a tensor as floats; webgpu's own cast only calls integers floats, and its transpose reads the bits. */
export const asFloat = ({ tf }: Runtime, x: Handle): Handle =>
  x.dtype === 'float32' ? x : tf.add(tf.cast(x, 'float32'), tf.scalar(0));

/**
 * What integers or truth values become, computed in floats on webgpu: there every integer is one on the way, exact
 * up to 2^24, and code that transposes integers is not valid, which gives zeros without an error.
 */
export function inFloats(r: Runtime, x: Handle, dtype: string, compute: (x: Handle) => Handle): Handle {
  if (r.backend !== 'webgpu' || x.dtype === 'float32') return compute(x);
  return r.tf.cast(compute(asFloat(r, x)), deviceType(dtype));
}

/**
 * The elements of a tensor, now. The webgpu backend reads at once through a canvas, which gives zeros without an
 * error where there is none; it is only read by waiting.
 */
export function readNow({ backend }: Runtime, handle: Handle): ArrayLike<number> {
  if (backend !== 'webgpu') return handle.dataSync();
  const expected = 'wait where the backend is webgpu (await executor.toHost(tree))';
  throw new ArgumentError('tensorflow executor', 'reading', expected, 'a tensor to be read at once');
}
