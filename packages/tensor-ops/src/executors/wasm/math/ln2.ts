/** ln 2 in two parts: multiples of the first by small whole numbers are exact. */
export const LN2 = {
  float32: { high: 0.69314575195, low: 0.0000014286067653 },
  float64: { high: 0.6931471803691238, low: 1.9082149292705877e-10 },
} as const;
