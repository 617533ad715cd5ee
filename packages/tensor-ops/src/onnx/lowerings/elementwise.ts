/** Scalar functions: one operation where ONNX has it and onnxruntime computes it well, compositions elsewhere. */
import type { DType } from '../../dtype.ts';
import type { ScalarFunction } from '../../ir/scalar-functions.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { erf, expm1, floatRemainder, log1p, sigmoid, softplus } from './float-functions.ts';
import { integerDivide, integerRemainder, shiftRight } from './integer-functions.ts';
import { type Lowering, unsupported } from './lowering.ts';

/** A scalar function of operands of one dtype (for `select`: of the values chosen from). */
type Function = (g: GraphBuilder, operands: readonly Value[], dtype: DType) => Value;

/** An operation that exists in ONNX. */
const direct =
  (type: string): Function =>
  (g, operands) =>
    g.op(type, operands);

/** A comparison; ONNX orders numbers only, so that truth values are compared as numbers. */
const comparison =
  (type: string): Function =>
  (g, operands, dtype) =>
    g.op(type, dtype === 'bool' ? operands.map((x) => g.cast(x, 'int32')) : operands);

const isInteger = (dtype: DType) => dtype === 'int32' || dtype === 'uint32';

/** Random bits. */
const random: Function = () => {
  throw unsupported(
    'threefry',
    'ONNX has no generator with keys, nor addition modulo 2^32; draw random numbers outside and pass them in',
  );
};

const FUNCTIONS: Readonly<Record<ScalarFunction, Function>> = {
  negate: (g, [x], dtype) => (dtype === 'uint32' ? g.op('Sub', [g.scalar(0, dtype), x]) : g.op('Neg', [x])),
  abs: direct('Abs'),
  sign: direct('Sign'),
  floor: direct('Floor'),
  ceil: direct('Ceil'),
  round: direct('Round'),
  sqrt: direct('Sqrt'),
  exp: direct('Exp'),
  expm1: (g, [x], dtype) => expm1(g, x, dtype),
  log: direct('Log'),
  log1p: (g, [x], dtype) => log1p(g, x, dtype),
  sin: direct('Sin'),
  cos: direct('Cos'),
  tanh: direct('Tanh'),
  sigmoid: (g, [x], dtype) => sigmoid(g, x, dtype),
  softplus: (g, [x], dtype) => softplus(g, x, dtype),
  erf: (g, [x], dtype) => erf(g, x, dtype),
  add: direct('Add'),
  subtract: direct('Sub'),
  multiply: direct('Mul'),
  divide: (g, [x, y], dtype) => (isInteger(dtype) ? integerDivide(g, x, y, dtype) : g.op('Div', [x, y])),
  remainder: (g, [x, y], dtype) =>
    isInteger(dtype) ? integerRemainder(g, x, y, dtype) : floatRemainder(g, x, y, dtype),
  power: direct('Pow'),
  maximum: direct('Max'),
  minimum: direct('Min'),
  less: comparison('Less'),
  lessEqual: comparison('LessOrEqual'),
  equal: (g, operands) => g.op('Equal', operands),
  notEqual: (g, operands) => g.op('Not', [g.op('Equal', operands)]),
  and: direct('And'),
  or: direct('Or'),
  not: direct('Not'),
  bitXor: direct('BitwiseXor'),
  shiftRight: (g, [x, y], dtype) => shiftRight(g, x, y, dtype),
  select: (g, [condition, yes, no], dtype) => g.where(condition, yes, no, dtype),
  threefry0: random,
  threefry1: random,
};

export const lowerElementwise: Lowering<'elementwise'> = (g, node, inputs) =>
  FUNCTIONS[node.attributes.fn](g, inputs, (node.inputs.at(-1) ?? node).dtype);
