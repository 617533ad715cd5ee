/** The error function in double precision. */

/**
 * erf(x) = 2/sqrt(pi) int_0^x exp(-t^2) dt, to about 1e-15 relative.
 *
 * Below |x| = 2.5 the series 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!! (Abramowitz and Stegun 7.1.6), whose
 * terms are all positive; above it the continued fraction of the complement (7.1.14). Uses nothing outside of itself:
 * its text is sent to other threads.
 */
export function erf(x: number): number {
  const TERMS = 60;
  const FRACTION_DEPTH = 60;
  const z = Math.abs(x);
  if (Number.isNaN(z)) return Number.NaN;
  if (z > 6) return Math.sign(x);
  const gauss = Math.exp(-z * z);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < TERMS; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return (Math.sign(x) * 2 * gauss * sum) / Math.sqrt(Math.PI);
  }
  let fraction = z;
  for (let k = FRACTION_DEPTH; k >= 1; k--) fraction = z + k / 2 / fraction;
  return Math.sign(x) * (1 - gauss / (fraction * Math.sqrt(Math.PI)));
}
