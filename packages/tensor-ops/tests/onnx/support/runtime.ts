/** Runs exported functions in onnxruntime and compares them with the function itself. */
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { type DType, flatten, jit, jsExecutor, type Tensor } from '../../../src/index.ts';
import { graphOf } from '../../../src/onnx/lower-program.ts';
import type { Lowerings } from '../../../src/onnx/lowerings/lowering.ts';
import { encodeModel } from '../../../src/onnx/model.ts';
import { traceFunction } from '../../../src/transform/jit.ts';
import { expectClose } from '../../support/close.ts';
import type { Grid } from '../../support/grid.ts';

export type AnyFunction = (...args: never[]) => unknown;
type Untyped = (...args: unknown[]) => unknown;

/** What the runtime returned. */
export interface Result extends Grid {
  readonly dtype: string;
}

/** Runs a model on tensors in the order of its inputs. */
export async function runModel(model: Uint8Array, args: readonly Tensor[]): Promise<Result[]> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const feeds = session.inputNames.map((name, i) => {
      const { dtype, data, shape } = args[i];
      return [name, new RuntimeTensor(dtype, data, shape)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((name) => {
      const { dims, type, data } = results[name];
      return { shape: dims, dtype: type, values: Array.from(data as Float32Array, Number) };
    });
  } finally {
    await session.release();
  }
}

/** The model of a function, its inputs and outputs numbered; `lowerings` to try other ones than the package's. */
export function modelOf(fn: AnyFunction, args: readonly unknown[], lowerings?: Lowerings): Uint8Array {
  const { leaves, structure } = flatten(args);
  const { program } = traceFunction(fn as Untyped, leaves, structure);
  const names = (word: string, values: readonly unknown[]) => values.map((_, i) => `${word}_${i}`);
  return encodeModel(
    graphOf(program, names('input', program.inputs), names('output', program.outputs), lowerings),
  );
}

/** How far a result may be from the reference: relative, absolute below one. */
const TOLERANCE: Readonly<Record<DType, number>> = {
  float32: 1e-5,
  float64: 1e-11,
  int32: 0,
  uint32: 0,
  bool: 0,
};

/** Throws unless onnxruntime computes what the reference executor computes, dtypes and shapes included. */
export async function checkExport(
  what: string,
  fn: AnyFunction,
  args: readonly unknown[],
  lowerings?: Lowerings,
): Promise<void> {
  const { leaves } = flatten(args);
  const actual = await runModel(modelOf(fn, args, lowerings), leaves);
  const expected = flatten(jit(fn as Untyped, { executor: jsExecutor })(...args)).leaves;
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} outputs instead of ${expected.length}`);
  }
  expected.forEach((value, i) => {
    if (actual[i].dtype !== value.dtype) {
      throw new Error(`${what}: output ${i} is ${actual[i].dtype} instead of ${value.dtype}`);
    }
    expectClose(actual[i], value, { what: `${what}: output ${i}`, tolerance: TOLERANCE[value.dtype] });
  });
}
