/** Drawing pitches from predictions. */

/** Where the log-probabilities of one cell lie: every `stride`-th number from `start` on. */
export interface Place {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
}

/** The place of cell (t, i) of example b in predictions [B, T, P, I]. */
export function placeOf(
  shape: { steps: number; pitches: number; instruments: number },
  b: number,
  cell: number,
): Place {
  const { steps, pitches, instruments } = shape;
  const t = Math.floor(cell / instruments);
  const start = (b * steps + t) * pitches * instruments + (cell % instruments);
  return { start, stride: instruments, count: pitches };
}

/** The index of the largest number; the first of equals. */
function argmax(logs: ArrayLike<number>, { start, stride, count }: Place): number {
  let best = 0;
  for (let p = 1; p < count; p++) if (logs[start + p * stride] > logs[start + best * stride]) best = p;
  return best;
}

/**
 * The index drawn by u, uniform on [0, 1), with probabilities proportional to p^(1 / temperature); at temperature 0
 * the most probable.
 */
export function draw(logs: ArrayLike<number>, place: Place, temperature: number, u: number): number {
  const mode = argmax(logs, place);
  if (temperature === 0) return mode;
  const { start, stride, count } = place;
  const top = logs[start + mode * stride];
  const weight = (p: number) => Math.exp((logs[start + p * stride] - top) / temperature);
  let total = 0;
  for (let p = 0; p < count; p++) total += weight(p);
  let left = u * total;
  for (let p = 0; p < count; p++) {
    left -= weight(p);
    if (left < 0) return p;
  }
  // Rounding left a rest: the last one that has any probability.
  for (let p = count - 1; p > 0; p--) if (weight(p) > 0) return p;
  return 0;
}
