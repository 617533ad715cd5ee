/** Special functions by other formulas than the package's. */

/** The Maclaurin series 2/sqrt(pi) sum (-1)^n x^(2n+1) / (n! (2n+1)); enough for |x| <= 3. */
export function erf(x: number): number {
  let power = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    power *= (-x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

export const sigmoid = (x: number): number => (1 + Math.tanh(x / 2)) / 2;

/** The probabilities of a line of logits. */
export function softmax(line: readonly number[]): number[] {
  const weights = line.map((x) => Math.exp(x));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}
