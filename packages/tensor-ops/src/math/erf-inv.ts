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

/** Double precision: polynomials in w - 3.125, sqrt(w) - 3.25 and sqrt(w) - 5. */
const DOUBLE = {
  centre: [
    -3.64441206401782e-21, -1.6850591381820166e-19, 1.28584807152564e-18, 1.1157877678025181e-17,
    -1.333171662854621e-16, 2.0972767875968562e-17, 6.637638134358324e-15, -4.054566272975207e-14,
    -8.151934197605472e-14, 2.6335093153082323e-12, -1.2975133253453532e-11, -5.415412054294628e-11,
    1.0512122733215323e-9, -4.112633980346984e-9, -2.9070369957882005e-8, 4.2347877827932404e-7,
    -1.3654692000834679e-6, -1.3882523362786469e-5, 0.00018673420803405714, -0.000740702534166267,
    -0.006033670871430149, 0.24015818242558962, 1.6536545626831027,
  ],
  middle: [
    2.2137376921775787e-9, 9.075656193888539e-8, -2.7517406297064545e-7, 1.8239629214389228e-8,
    1.5027403968909828e-6, -4.013867526981546e-6, 2.9234449089955446e-6, 1.2475304481671779e-5,
    -4.7318229009055734e-5, 6.828485145957318e-5, 2.4031110387097894e-5, -0.0003550375203628475,
    0.0009532893797373805, -0.0016882755560235047, 0.002491442096107851, -0.003751208507569241,
    0.005370914553590064, 1.0052589676941592, 3.0838856104922208,
  ],
  tail: [
    -2.7109920616438573e-11, -2.555641816996525e-10, 1.5076572693500548e-9, -3.789465440126737e-9,
    7.61570120807834e-9, -1.496002662714924e-8, 2.9147953450901081e-8, -6.77119975845234e-8,
    2.2900482228026655e-7, -9.9298272942317e-7, 4.526062597223154e-6, -1.968177810553167e-5,
    7.599527703001776e-5, -0.00021503011930044477, -0.00013871931833623122, 1.0103004648645344,
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
