/** Programs on TensorFlow.js: GPUs, and whatever else it has a backend for. Derivatives are ours. */
import type { TypedArray } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import type { Program } from '../../ir/attributes.ts';
import { constant } from '../../ir/build.ts';
import type { Tensor } from '../../tensor.ts';
import { flatten, unflatten } from '../../tree.ts';
import type { Executable, Executor } from '../executor.ts';
import { loadBackend, nameOf, type PassedOver } from './backends.ts';
import { Constants } from './constants.ts';
import { deviceDataOf, deviceTensor, handleOf, stored } from './device-data.ts';
import { planOf } from './plan.ts';
import { runProgram } from './run-program.ts';
import {
  checkFaults,
  type Handle,
  type Runtime,
  readNow,
  type TensorflowBackend,
  upload,
} from './runtime.ts';
import { checkSupported } from './supported.ts';

export type { PassedOver, TensorflowBackend };

/** Options of `createTensorflowExecutor`. */
export interface TensorflowOptions {
  /**
   * The backend; default: the first that loads of tensorflow-gpu, tensorflow, wasm and cpu, in browsers of webgl,
   * wasm and cpu.
   */
  readonly backend?: TensorflowBackend;
}

/** An executor whose results stay on the device until they are read. */
export interface TensorflowExecutor extends Executor {
  readonly backend: TensorflowBackend;
  /** The backends that were tried before, with the reason why they did not load. */
  readonly passedOver: readonly PassedOver[];
  /** The tree with every leaf in the device's memory, so that calls need not copy it there again. */
  toDevice<T>(tree: T): T;
  /** The tree with every leaf in JavaScript's memory, read without blocking. */
  toHost<T>(tree: T): Promise<T>;
  /** Frees the device's memory of the leaves now; they must not be used afterwards. Other leaves stay as they are. */
  dispose(tree: unknown): void;
}

/** Frees the constants of compiled programs that nobody refers to any more. */
const forgotten = new FinalizationRegistry<Constants>((constants) => constants.dispose());

/** Runs an action on the executor's backend; TensorFlow.js has one for all, which is restored. */
function onBackend<T>({ tf, backend }: Runtime, action: () => T): T {
  const name = nameOf(backend);
  const before = tf.getBackend();
  if (before === name) return action();
  // Synchronous, because both have started.
  void tf.setBackend(name);
  try {
    return action();
  } finally {
    void tf.setBackend(before);
  }
}

/**
 * Loads TensorFlow.js and makes an executor for `jit` and `setDefaultExecutor` that runs programs on one of its
 * backends, above all on GPUs.
 *
 * Loading is asynchronous, running is not: a jitted function starts its operations and returns tensors that stay in
 * the device's memory. Passed to another jitted function on this executor they are not copied; reading one (`data`,
 * `item`, `toArray`) copies it once. Memory is given back when the garbage collector finds a tensor unused, which it
 * does only between tasks: a long loop that never awaits should `dispose` of old state. The webgpu
 * backend cannot be read at once, and so is never chosen unasked: `await executor.toHost(tree)` reads it and reports
 * what the device refused, `cond` computes both branches, `whileLoop` is an error.
 *
 * Types are float32, int32 and bool; a program with float64, uint32 or random bits is an `ArgumentError` when it is
 * compiled. TensorFlow's own derivatives are not used. Values are those of the other executors up to float32 rounding:
 * what backends do otherwise (NaN in extremes, saturating casts, wrapping integers, indices out of range, ...) is
 * composed of operations that agree. On webgl and webgpu, integers are exact up to 2^24 only.
 *
 * The packages are optional peers, version 4.22.0: `@tensorflow/tfjs-node-gpu` (CUDA), `@tensorflow/tfjs-node`, or
 * `@tensorflow/tfjs-core` with `@tensorflow/tfjs-backend-wasm`, `-cpu`, `-webgl` or `-webgpu`, this one in Node with
 * the package `webgpu` (Dawn). Tested on cpu, wasm, tfjs-node, webgpu in Node and Chromium, and webgl in Chromium.
 *
 * @param options - The backend; without one, the first that loads, see `TensorflowOptions`.
 * @returns The executor; `backend` tells which it is and `passedOver` what did not load before it.
 * @throws ArgumentError when the backend cannot be loaded; the message says what to install.
 *
 * @example
 * ```ts
 * import { grad, jit, mul, sub, sum, tensor, type Tensor } from '@descant/tensor-ops';
 * import { createTensorflowExecutor } from '@descant/tensor-ops/tensorflow';
 * const executor = await createTensorflowExecutor({ backend: 'cpu' });
 * const loss = (w: Tensor) => sum(mul(w, w));
 * const step = jit((w: Tensor) => sub(w, mul(0.25, grad(loss)(w))), { executor });
 * const w = step(step(tensor([4, 8])));
 * w.toArray(); // => [1, 2]
 * executor.dispose(w);
 * ```
 */
export async function createTensorflowExecutor(options: TensorflowOptions = {}): Promise<TensorflowExecutor> {
  const { runtime, passedOver } = await loadBackend(options.backend);
  const { tf, backend } = runtime;
  const name = `tensorflow (${backend})`;
  const within = <T>(action: () => T): T => onBackend(runtime, action);

  function compile(program: Program): Executable {
    checkSupported(name, backend, program);
    const constants = new Constants(runtime);
    const plan = planOf(program);
    /** Results that outlive a tidy of the user's. */
    const run = (handles: readonly Handle[]): Handle[] =>
      runProgram(runtime, program, handles, constants).map((handle) => tf.keep(handle));
    const executable: Executable = {
      run(inputs: readonly TypedArray[]) {
        checkLengths(name, inputs, program);
        return within(() => {
          const given = program.inputs.map(({ shape, dtype }, i) => upload(runtime, inputs[i], shape, dtype));
          try {
            return run(given).map((handle, i) => {
              const data = stored(readNow(runtime, handle), program.outputs[i].dtype);
              handle.dispose();
              return data;
            });
          } finally {
            tf.dispose(given);
          }
        });
      },
      runTensors(inputs) {
        return within(() => {
          const given = inputs.map((x) => handleOf(runtime, x));
          try {
            const results = run(given.map(({ handle }) => handle));
            return results.map((handle, i) => deviceTensor(runtime, handle, program.outputs[i]));
          } finally {
            for (const { handle, own } of given) if (!own) handle.dispose();
          }
        });
      },
      report: {
        executor: name,
        parts: [{ schedule: 'tensorflow', backend, nodes: plan.steps.length }],
        memoryBytes: plan.peakBytes,
        codeBytes: 0,
      },
    };
    forgotten.register(executable, constants);
    return executable;
  }

  return {
    name,
    backend,
    passedOver,
    compile,
    toDevice(tree) {
      const { leaves, structure } = flatten(tree, 'toDevice');
      const moved = within(() =>
        leaves.map((x) => {
          const { handle } = handleOf(runtime, x);
          return deviceTensor(runtime, tf.keep(tf.clone(handle)), x);
        }),
      );
      return unflatten(structure, moved);
    },
    async toHost(tree) {
      const { leaves, structure } = flatten(tree, 'toHost');
      const read = async (x: Tensor) => constant((await deviceDataOf(x)?.read()) ?? x.data, x.shape, x.dtype);
      const values = await Promise.all(leaves.map(read));
      checkFaults(runtime);
      return unflatten(structure, values);
    },
    dispose(tree) {
      for (const x of flatten(tree, 'dispose').leaves) deviceDataOf(x)?.dispose();
    },
  };
}

function checkLengths(name: string, inputs: readonly TypedArray[], program: Program): void {
  program.inputs.forEach(({ size }, i) => {
    if (inputs[i]?.length === size) return;
    const expected = `have ${size} elements for input ${i}`;
    throw new ArgumentError(`executor ${name}`, 'inputs', expected, `${inputs[i]?.length}`);
  });
}
