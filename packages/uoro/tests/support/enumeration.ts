import { type Tensor, tensor } from '@descant/tensor-ops';

/** All 2^(steps * size) sequences of sign vectors, [n, steps, size] in float64. */
export function allSigns(steps: number, size: number): Tensor {
  const bits = steps * size;
  const n = 2 ** bits;
  const data = new Float64Array(n * bits);
  for (let row = 0; row < n; row++) {
    for (let bit = 0; bit < bits; bit++) data[row * bits + bit] = (row >> bit) & 1 ? 1 : -1;
  }
  return tensor(data, { shape: [n, steps, size], dtype: 'float64' });
}

/** Means of the columns of matrices [n, ...], and the sum of their variances: exact moments of an enumeration. */
export function moments(samples: readonly Tensor[]): { mean: number[]; variance: number } {
  const mean: number[] = [];
  let variance = 0;
  for (const t of samples) {
    const n = t.shape[0];
    const columns = t.size / n;
    const { data } = t;
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let r = 0; r < n; r++) sum += data[r * columns + c];
      const m = sum / n;
      let squares = 0;
      for (let r = 0; r < n; r++) squares += (data[r * columns + c] - m) ** 2;
      mean.push(m);
      variance += squares / n;
    }
  }
  return { mean, variance };
}
