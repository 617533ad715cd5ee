/** Functions of floats that ONNX lacks, or that onnxruntime computes too coarsely or in float32 only. */
import { allocate, type DType } from '../../dtype.ts';
import type { GraphBuilder, Value } from '../builder.ts';

/** exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which loses no digits near zero. */
export function expm1(g: GraphBuilder, x: Value, dtype: DType): Value {
  const half = g.op('Tanh', [g.op('Mul', [x, g.scalar(0.5, dtype)])]);
  return g.op('Mul', [half, g.op('Add', [g.op('Exp', [x]), g.scalar(1, dtype)])]);
}

/**
 * log(1 + x) = x log(u) / (u - 1) with u the rounded 1 + x: the rounding cancels in the quotient.
 *
 * Source: Goldberg (1991), theorem 4. Where u - 1 is x itself (infinity included), log(u) is the value.
 */
export function log1p(g: GraphBuilder, x: Value, dtype: DType): Value {
  const one = g.scalar(1, dtype);
  const u = g.op('Add', [x, one]);
  const rounded = g.op('Sub', [u, one]);
  const log = g.op('Log', [u]);
  const tiny = g.op('Equal', [rounded, g.scalar(0, dtype)]);
  const exact = g.op('Equal', [rounded, x]);
  const divisor = g.where(tiny, one, rounded, dtype);
  const quotient = g.op('Mul', [x, g.op('Div', [log, divisor])]);
  return g.where(exact, log, g.where(tiny, x, quotient, dtype), dtype);
}

/** 1 / (1 + exp(-x)). onnxruntime's Sigmoid has no correct digit left below x = -17, where this is accurate. */
export function sigmoid(g: GraphBuilder, x: Value, dtype: DType): Value {
  const exp = g.op('Exp', [g.op('Neg', [x])]);
  return g.op('Reciprocal', [g.op('Add', [g.scalar(1, dtype), exp])]);
}

/** log(1 + exp(x)); onnxruntime has the operation in float32 only. In float64: max(x, 0) + log1p(exp(-|x|)). */
export function softplus(g: GraphBuilder, x: Value, dtype: DType): Value {
  if (dtype === 'float32') return g.op('Softplus', [x]);
  const small = g.op('Exp', [g.op('Neg', [g.op('Abs', [x])])]);
  return g.op('Add', [g.op('Max', [x, g.scalar(0, dtype)]), log1p(g, small, dtype)]);
}

/** Beyond this, erf rounds to 1 in float64. */
const ERF_LIMIT = 6;
/** Terms of the series that exceed the rounding of float64. */
const ERF_TERMS = 24;

/**
 * erf; onnxruntime has the operation in float32 only. In float64:
 *
 * erf(x) = 4/pi sum_{k = 1, 3, 5, ...} exp(-(k h / 2)^2) sin(k h x) / k with h = pi / (2 ERF_LIMIT), for |x| <= ERF_LIMIT.
 *
 * That is the Fourier series of a square wave of half-period 2 ERF_LIMIT smoothed by a Gaussian of variance 1/2: near
 * one of its edges erf itself, up to erfc(ERF_LIMIT) = 2e-17. All terms have one sign near zero, so that no digits
 * cancel there.
 */
export function erf(g: GraphBuilder, x: Value, dtype: DType): Value {
  if (dtype === 'float32') return g.op('Erf', [x]);
  const h = Math.PI / (2 * ERF_LIMIT);
  const odd = Array.from({ length: ERF_TERMS }, (_, i) => 2 * i + 1);
  const vector = (values: readonly number[], shape: readonly number[]): Value => {
    const data = allocate(dtype, values.length);
    data.set(values);
    return g.constant(data, shape, dtype);
  };
  const clipped = g.op('Min', [g.op('Max', [x, g.scalar(-ERF_LIMIT, dtype)]), g.scalar(ERF_LIMIT, dtype)]);
  const column = g.op('Unsqueeze', [clipped, g.integers([-1])]);
  const frequencies = vector(
    odd.map((k) => k * h),
    [ERF_TERMS],
  );
  const weights = vector(
    odd.map((k) => ((4 / Math.PI) * Math.exp(-((k * h) ** 2) / 4)) / k),
    [ERF_TERMS],
  );
  const terms = g.op('Mul', [g.op('Sin', [g.op('Mul', [column, frequencies])]), weights]);
  return g.op('ReduceSum', [terms, g.integers([-1])], { keepdims: 0 });
}

/** x - y floor(x / y), which takes the divisor's sign, unlike ONNX's Mod of floats; computed in float64. */
export function floatRemainder(g: GraphBuilder, x: Value, y: Value, dtype: DType): Value {
  return g.through('float64', dtype, [x, y], ([a, b]) => {
    const whole = g.op('Floor', [g.op('Div', [a, b])]);
    return g.op('Sub', [a, g.op('Mul', [b, whole])]);
  });
}
