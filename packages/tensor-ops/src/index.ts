/** A small array compiler: NumPy-like operations, derivatives of any order, batching, and compilation. */

export { cond } from './control/cond.ts';
export { fori, type ScanOptions, scan } from './control/scan.ts';
export type { DType, TypedArray } from './dtype.ts';
export { ArgumentError, TracedValueError } from './errors.ts';
export { defaultExecutor, setDefaultExecutor } from './executors/default.ts';
export type { CompileReport, Executable, Executor } from './executors/executor.ts';
export { jsExecutor } from './executors/js/index.ts';
export { createWasmExecutor, wasmExecutor } from './executors/wasm/index.ts';
export { setThreads } from './executors/wasm/threads/set-threads.ts';
export * from './ops/activation.ts';
export * from './ops/arithmetic.ts';
export * from './ops/compare.ts';
export * from './ops/create.ts';
export * from './ops/cumulative.ts';
export * from './ops/gather.ts';
export * from './ops/matmul.ts';
export type { Operand } from './ops/operands.ts';
export {
  type Axes,
  all,
  any,
  argmax,
  argmin,
  logSumExp,
  max,
  mean,
  min,
  prod,
  type ReduceOptions,
  sum,
} from './ops/reduce.ts';
export * from './ops/shape.ts';
export * from './ops/sort.ts';
export { bits } from './random/bits.ts';
export { foldIn, key, split } from './random/key.ts';
export { permutation } from './random/permutation.ts';
export { randint } from './random/randint.ts';
export {
  bernoulli,
  categorical,
  type FloatType,
  normal,
  type UniformOptions,
  uniform,
} from './random/sample.ts';
export type { Shape } from './shape.ts';
export { type Nested, Tensor } from './tensor.ts';
export { customGradient } from './transform/custom-gradient.ts';
export { grad, valueAndGrad, vjp } from './transform/grad.ts';
export { hessian, hvp, type JacobianMode, jacobian } from './transform/jacobian.ts';
export { type JitOptions, jit } from './transform/jit.ts';
export { jvp, linearize } from './transform/jvp.ts';
export { stopGradient } from './transform/stop-gradient.ts';
export { type BatchAxis, vmap } from './transform/vmap.ts';
export { flatten, mapTree, type Structure, structureKey, unflatten } from './tree.ts';
