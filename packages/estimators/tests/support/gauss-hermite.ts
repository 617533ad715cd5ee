/** Gauss-Hermite quadrature: a discrete distribution with the moments of the standard normal. */

/** He_n(x) / sqrt(n!) and the same of degree n - 1. */
function hermite(n: number, x: number): [number, number] {
  let [before, now] = [0, 1];
  for (let k = 0; k < n; k++) {
    [before, now] = [now, (x * now - Math.sqrt(k) * before) / Math.sqrt(k + 1)];
  }
  return [now, before];
}

/**
 * n nodes and probabilities with which the expectation of every polynomial of degree at most 2 n - 1 under N(0, 1) is
 * exact. Roots by bisection between sign changes on a fine grid; weights 1 / (n h_(n-1)(x)^2), h orthonormal.
 */
export function gaussHermite(n: number): { nodes: number[]; probabilities: number[] } {
  const bound = 2 * Math.sqrt(n) + 1;
  const cells = 4000;
  const value = (x: number) => hermite(n, x)[0];
  const nodes: number[] = [];
  for (let i = 0; i < cells; i++) {
    // An odd number of cells apart from 0, so that the root at 0 lies inside a cell.
    let low = -bound + (2 * bound * (i + 0.37)) / cells;
    let high = low + (2 * bound) / cells;
    if (Math.sign(value(low)) === Math.sign(value(high))) continue;
    for (let k = 0; k < 80; k++) {
      const middle = (low + high) / 2;
      if (Math.sign(value(middle)) === Math.sign(value(low))) low = middle;
      else high = middle;
    }
    nodes.push((low + high) / 2);
  }
  return { nodes, probabilities: nodes.map((x) => 1 / (n * hermite(n, x)[1] ** 2)) };
}
