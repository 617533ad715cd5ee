/** The inverse error function, written in tensor operations, so that it runs, batches and compiles like them. */
import { add, divide, equal, less, multiply, negate, select, subtract } from '../ir/arithmetic.ts';
import { scalar } from '../ir/build.ts';
import { elementwise } from '../primitives/elementwise.ts';
import type { Tensor } from '../tensor.ts';

/** Single precision: polynomials in w - 2.5 for w < 5 and in sqrt(w) - 3 beyond. */
const SINGLE = {
  centre: [
    2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
  ],
  tail: [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
    0.00943887047, 1.00167406, 2.83297682,
  ],
} as const;

/**
 * Double precision: polynomials in w - 3.125, sqrt(w) - 3.25 and sqrt(w) - 5; of the published digits as many as their
 * sums can show.
 */
const DOUBLE = {
  centre: [
    -3.644412e-21, -1.68505914e-19, 1.285848072e-18, 1.115787768e-17, -1.3331716629e-16, 2.09727679e-17,
    6.6376381344e-15, -4.054566273e-14, -8.1519341976e-14, 2.63350931531e-12, -1.297513325345e-11,
    -5.415412054295e-11, 1.0512122733215e-9, -4.112633980347e-9, -2.9070369957882e-8, 4.23478778279324e-7,
    -0.00000136546920008347, -0.0000138825233627865, 0.0001867342080340571, -0.000740702534166267,
    -0.00603367087143015, 0.24015818242558962, 1.6536545626831027,
  ],
  middle: [
    2.21374e-9, 9.075656e-8, -2.75174063e-7, 1.823963e-8, 0.000001502740397, -0.000004013867527,
    0.000002923444909, 0.000012475304482, -0.000047318229009, 0.0000682848514596, 0.000024031110387,
    -0.000355037520363, 0.0009532893797374, -0.0016882755560235, 0.0024914420961079, -0.0037512085075692,
    0.0053709145535901, 1.0052589676941592, 3.0838856104922208,
  ],
  tail: [
    -2.710992e-11, -2.5556418e-10, 1.50765727e-9, -3.78946544e-9, 7.6157012e-9, -1.496002663e-8,
    2.914795345e-8, -6.771199758e-8, 2.2900482228e-7, -9.9298272942e-7, 0.00000452606259722,
    -0.00001968177810553, 0.00007599527703, -0.00021503011930044, -0.00013871931833623, 1.0103004648645344,
    4.849906401408584,
  ],
} as const;

/** Horner's rule, highest power first. */
const polynomial = (coefficients: readonly number[], x: Tensor): Tensor =>
  coefficients
    .slice(1)
    .reduce((sum, c) => add(multiply(sum, x), c), scalar(coefficients[0], x.dtype) as Tensor);

/**
 * y with erf(y) = x for x in (-1, 1); infinite at -1 and 1.
 *
 * y = x p(w), w = -log(1 - x^2). Source: Giles (2012), Approximating the erfinv function, tables 2 and 3; single
 * and double precision use different polynomials, those of XLA, so that random normals equal JAX's.
 */
export function erfInv(x: Tensor): Tensor {
  const w = negate(elementwise('log1p', [negate(multiply(x, x))]));
  const root = elementwise('sqrt', [w]);
  const factor =
    x.dtype === 'float32'
      ? select(
          less(w, 5),
          polynomial(SINGLE.centre, subtract(w, 2.5)),
          polynomial(SINGLE.tail, subtract(root, 3)),
        )
      : select(
          less(w, 6.25),
          polynomial(DOUBLE.centre, subtract(w, 3.125)),
          select(
            less(w, 16),
            polynomial(DOUBLE.middle, subtract(root, 3.25)),
            polynomial(DOUBLE.tail, subtract(root, 5)),
          ),
        );
  const atEdge = equal(elementwise('abs', [x]), 1);
  return select(atEdge, divide(x, 0), multiply(factor, x));
}
