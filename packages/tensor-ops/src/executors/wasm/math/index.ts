/** The mathematical functions that are generated on vectors; scalars use one lane of them. */
import type { ScalarFunction } from '../../../ir/scalar-functions.ts';
import { F32, F64, V128, type ValueType } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { f32x4, f64x2 } from '../opcodes.ts';
import { exp, expm1, sigmoid, tanh } from './exponential.ts';
import { log, log1p, softplus } from './logarithm.ts';
import { trigonometric } from './trigonometric.ts';
import { type Expression, type Precision, VectorCode } from './vector-code.ts';

const FUNCTIONS: Partial<Record<ScalarFunction, (v: VectorCode, x: Expression) => Expression>> = {
  exp,
  expm1,
  log,
  log1p,
  sigmoid,
  softplus,
  tanh,
};

/** The function (index) that computes `fn` on a vector, or undefined when there is none. */
export function vectorFunction(g: Generator, fn: ScalarFunction, precision: Precision): number | undefined {
  if (fn === 'sin' || fn === 'cos') return trigonometric(g, fn, precision);
  const define = FUNCTIONS[fn];
  if (!define) return undefined;
  return g.helper(`${fn}:${precision}:vector`, [V128], [V128], (f) => {
    const v = new VectorCode(g, f, precision);
    define(v, v.argument(0))();
  });
}

/** The same function of one scalar: it computes lane 0 of the vector function. */
export function scalarFromVector(g: Generator, fn: ScalarFunction, precision: Precision): number | undefined {
  const vector = vectorFunction(g, fn, precision);
  if (vector === undefined) return undefined;
  const type: ValueType = precision === 'float32' ? F32 : F64;
  const ops = precision === 'float32' ? f32x4 : f64x2;
  return g.helper(`${fn}:${precision}:scalar`, [type], [type], (f) => {
    f.get(0).op(ops.splat).call(vector).lane(ops.extract, 0);
  });
}
