/** Scalar functions with broadcasting: one operation where TensorFlow.js has the same, compositions elsewhere. */
import type { ScalarFunction } from '../../../ir/scalar-functions.ts';
import { type Shape, sameShape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import { type DeviceType, deviceType, type Handle, type Runtime, scalar } from '../runtime.ts';
import { erf, expm1, extreme, floatRemainder, log1p, power, sine } from './float-functions.ts';
import { integerDivide, integerMultiply, integerRemainder } from './integer-functions.ts';
import type { Lowering } from './lowering.ts';

/** A scalar function of operands of one dtype (for `select`: of the values chosen from). */
type Function = (r: Runtime, operands: readonly Handle[], dtype: DeviceType) => Handle;

/** The functions of one operand that are operations as they are. */
type Unary = 'floor' | 'ceil' | 'round' | 'sqrt' | 'exp' | 'log' | 'tanh' | 'sigmoid' | 'softplus';

/** The precision of sin and cos on a graphics processor is its own affair: 2^-11 by the standard of WebGPU. */
const isRough = ({ backend }: Runtime): boolean => backend === 'webgpu' || backend === 'webgl';

const unary =
  (name: Unary): Function =>
  ({ tf }, [x]) =>
    tf[name](x);

/** TensorFlow orders numbers only, so that truth values are compared as numbers. */
const comparison =
  (name: 'less' | 'lessEqual'): Function =>
  ({ tf }, [a, b], dtype) =>
    dtype === 'bool' ? tf[name](tf.cast(a, 'int32'), tf.cast(b, 'int32')) : tf[name](a, b);

const extremum =
  (name: 'maximum' | 'minimum'): Function =>
  (r, [a, b], dtype) =>
    dtype === 'float32' ? extreme(r, name, a, b) : r.tf[name](a, b);

/** The product; integers wrap. */
export const multiply = (r: Runtime, a: Handle, b: Handle): Handle =>
  a.dtype === 'int32' ? integerMultiply(r, a, b) : r.tf.mul(a, b);

/** Choice by a condition, all operands broadcasting; the wasm backend's own one is wrong for truth values. */
export function select({ tf }: Runtime, condition: Handle, yes: Handle, no: Handle): Handle {
  if (yes.dtype !== 'bool') return tf.where(condition, yes, no);
  return tf.logicalOr(tf.logicalAnd(condition, yes), tf.logicalAnd(tf.logicalNot(condition), no));
}

/** What can be computed; the functions of 32 random bits cannot (see `checkSupported`). */
const FUNCTIONS: Readonly<Partial<Record<ScalarFunction, Function>>> = {
  negate: (r, [x], dtype) => (dtype === 'int32' ? r.tf.sub(scalar(r, 0, dtype), x) : r.tf.neg(x)),
  // Backends take the absolute value of integers, too, in float32.
  abs: (r, [x], dtype) =>
    dtype === 'int32' ? r.tf.maximum(x, r.tf.sub(scalar(r, 0, dtype), x)) : r.tf.abs(x),
  sign: ({ tf }, [x], dtype) => (dtype === 'int32' ? tf.sign(x) : tf.where(tf.notEqual(x, x), x, tf.sign(x))),
  floor: unary('floor'),
  ceil: unary('ceil'),
  round: unary('round'),
  sqrt: unary('sqrt'),
  exp: unary('exp'),
  expm1: (r, [x]) => expm1(r, x),
  log: unary('log'),
  log1p: (r, [x]) => log1p(r, x),
  sin: (r, [x]) => (isRough(r) ? sine(r, x, 0) : r.tf.sin(x)),
  cos: (r, [x]) => (isRough(r) ? sine(r, x, 1) : r.tf.cos(x)),
  tanh: unary('tanh'),
  sigmoid: unary('sigmoid'),
  softplus: unary('softplus'),
  erf: (r, [x]) => erf(r, x),
  add: ({ tf }, [a, b]) => tf.add(a, b),
  subtract: ({ tf }, [a, b]) => tf.sub(a, b),
  multiply: (r, [a, b]) => multiply(r, a, b),
  divide: (r, [a, b], dtype) => (dtype === 'int32' ? integerDivide(r, a, b) : r.tf.div(a, b)),
  remainder: (r, [a, b], dtype) => (dtype === 'int32' ? integerRemainder(r, a, b) : floatRemainder(r, a, b)),
  power: (r, [a, b]) => power(r, a, b),
  maximum: extremum('maximum'),
  minimum: extremum('minimum'),
  less: comparison('less'),
  lessEqual: comparison('lessEqual'),
  equal: ({ tf }, [a, b]) => tf.equal(a, b),
  notEqual: ({ tf }, [a, b]) => tf.notEqual(a, b),
  and: ({ tf }, [a, b]) => tf.logicalAnd(a, b),
  or: ({ tf }, [a, b]) => tf.logicalOr(a, b),
  not: ({ tf }, [x]) => tf.logicalNot(x),
  select: (r, [condition, yes, no]) => select(r, condition, yes, no),
};

/** True for the scalar functions that have a lowering. */
export const isLowered = (fn: ScalarFunction): boolean => fn in FUNCTIONS;

/** Backends broadcast tensors up to this rank; beyond it, some give wrong numbers without an error. */
const MOST_AXES = 4;

/**
 * The shapes with neighbouring axes merged along which every operand either extends or repeats: the same elements in
 * the same order, in fewer axes.
 */
function mergeAxes(shapes: readonly Shape[], result: Shape): number[][] {
  const merged: number[][] = shapes.map(() => []);
  let last = '';
  result.forEach((length, axis) => {
    if (length === 1) return;
    const lengths = shapes.map((s) => s[axis - (result.length - s.length)] ?? 1);
    const pattern = lengths.map((n) => Number(n !== 1)).join('');
    lengths.forEach((n, i) => {
      if (pattern === last) merged[i][merged[i].length - 1] *= n;
      else merged[i].push(n);
    });
    last = pattern;
  });
  return merged;
}

export const lowerElementwise: Lowering<'elementwise'> = (r, node: Tensor<'elementwise'>, inputs) => {
  const compute = FUNCTIONS[node.attributes.fn];
  if (!compute) throw new Error(`internal: ${node.attributes.fn} was not refused`);
  const dtype = deviceType((node.inputs.at(-1) ?? node).dtype);
  if (node.rank <= MOST_AXES) return compute(r, inputs, dtype);
  const shapes = mergeAxes(
    inputs.map((x) => x.shape),
    node.shape,
  );
  const merged = inputs.map((x, i) => (sameShape(x.shape, shapes[i]) ? x : r.tf.reshape(x, shapes[i])));
  return r.tf.reshape(compute(r, merged, dtype), [...node.shape]);
};
