/**
 * sin and cos on vectors of float64; float32 is computed in double precision.
 *
 * Source: FreeBSD msun e_rem_pio2.c (its second reduction, for all arguments), k_sin.c, k_cos.c (Sun Microsystems,
 * 1993). Arguments beyond a million, where a longer pi is needed, are left to JavaScript.
 */
import { V128 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { f32x4, f64x2, v128 } from '../opcodes.ts';
import { type Expression, type Precision, VectorCode } from './vector-code.ts';

/** Below, the multiples of the parts of pi / 2 are exact. */
const LIMIT = 1e6;

/** pi / 2 in parts of 33 bits, and what is left after two of them. */
const HALF_PI = { first: 1.5707963267341256, second: 6.077100506303966e-11, rest: 2.0222662487959506e-21 };

const SIN = [
  -0.16666666666666632, 0.00833333333332249, -0.00019841269829857949, 2.7557313707070068e-6,
  -2.5050760253406863e-8, 1.58969099521155e-10,
];
const COS = [
  0.0416666666666666, -0.001388888888887411, 0.00002480158728947673, -2.7557314351390663e-7,
  2.087572321298175e-9, -1.1359647557788195e-11,
];

/** sin(x + quarters pi / 2) for |x| up to the limit. */
function sine(v: VectorCode, x: Expression, quarters: 0 | 1): Expression {
  const one = v.constant(1);
  const n = v.let(v.round(v.multiply(x, v.constant(2 / Math.PI))));
  // y + error = x - n pi / 2.
  const t = v.let(v.negativeMultiplyAdd(n, v.constant(HALF_PI.first), x));
  const w = v.let(v.multiply(n, v.constant(HALF_PI.second)));
  const r = v.let(v.subtract(t, w));
  const low = v.let(v.subtract(v.multiply(n, v.constant(HALF_PI.rest)), v.subtract(v.subtract(t, r), w)));
  const y = v.let(v.subtract(r, low));
  const error = v.let(v.subtract(v.subtract(r, y), low));
  const z = v.let(v.multiply(y, y));
  const halfSquare = v.let(v.multiply(z, v.constant(0.5)));
  const cube = v.let(v.multiply(z, y));
  const [s1, ...s] = SIN;
  const correction = v.subtract(v.multiply(error, v.constant(0.5)), v.multiply(cube, v.polynomial(z, s)));
  const sin = v.subtract(
    y,
    v.subtract(v.subtract(v.multiply(z, correction), error), v.multiply(cube, v.constant(s1))),
  );
  const rough = v.let(v.subtract(one, halfSquare));
  const series = v.multiply(v.multiply(z, z), v.polynomial(z, COS));
  const tail = v.add(
    v.subtract(v.subtract(one, rough), halfSquare),
    v.subtract(series, v.multiply(y, error)),
  );
  const cos = v.add(rough, tail);
  // Odd quarters take the cosine; the third and fourth are negative.
  const m = v.let(v.add(n, v.constant(quarters)));
  const modulo = (divisor: number): Expression =>
    v.subtract(m, v.multiply(v.floor(v.multiply(m, v.constant(1 / divisor))), v.constant(divisor)));
  const value = v.let(v.select(v.equal(modulo(2), one), cos, sin));
  return v.select(v.less(modulo(4), v.constant(2)), value, v.negate(value));
}

/** The function (index) of a vector. */
export function trigonometric(g: Generator, fn: 'sin' | 'cos', precision: Precision): number {
  return g.helper(`${fn}:${precision}:vector`, [V128], [V128], (f) => {
    if (precision === 'float32') {
      const double = trigonometric(g, fn, 'float64');
      f.get(0).op(f64x2.promote).call(double).op(f32x4.demote);
      f.get(0).get(0).shuffle32([2, 3, 2, 3]).op(f64x2.promote).call(double).op(f32x4.demote);
      f.shuffle32([0, 1, 4, 5]);
      return;
    }
    const v = new VectorCode(g, f, precision);
    const x = v.argument(0);
    const byLanes = (): void => {
      f.get(0);
      for (let lane = 0; lane < 2; lane++) {
        f.get(0).lane(f64x2.extract, lane).call(g.imported(fn)).lane(f64x2.replace, lane);
      }
    };
    const reduced = (): void => {
      const value = sine(v, x, fn === 'cos' ? 1 : 0);
      // The reduction loses the sign of -0.
      if (fn === 'sin') v.select(v.equal(x, v.constant(0)), x, value)();
      else value();
    };
    v.less(v.constant(LIMIT), v.abs(x))();
    f.op(v128.anyTrue).branch(byLanes, reduced, V128);
  });
}
