/** Small grey pictures. */
import { ArgumentError } from '@descant/tensor-ops';
import type { ParallelEnvironment } from '../interfaces/parallel.ts';
import type { ObservationArray } from '../kernel/kernel.ts';
import { type BoxSpace, box } from '../spaces/box.ts';
import { checkCount, type Space } from '../spaces/space.ts';
import { transformObservation } from './transform.ts';

/** For each new pixel of a row: the first old one under it, and the shares of those that it covers. */
type Cover = readonly { readonly first: number; readonly shares: readonly number[] }[];

/** Intervals of equal length that cover `from` pixels. */
function coverOf(from: number, to: number): Cover {
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [(i * from) / to, ((i + 1) * from) / to];
    const first = Math.floor(start);
    const count = Math.ceil(end - 1e-9) - first;
    const overlap = (pixel: number) => Math.min(end, pixel + 1) - Math.max(start, pixel);
    return {
      first,
      shares: Array.from({ length: count }, (_, k) => (overlap(first + k) * to) / from),
    };
  });
}

function checkPicture(agent: string, space: Space): readonly [number, number] {
  const { shape, dtype } = space as BoxSpace;
  if (space.kind !== 'box' || dtype !== 'uint8' || shape.length !== 3 || shape[2] !== 3) {
    const expected = `show ${agent} pictures of bytes [height, width, 3]`;
    throw new ArgumentError('grayResize', 'environment', expected, space.describe());
  }
  return [shape[0], shape[1]];
}

/**
 * Pictures in colour as grey ones of `size` by `size` pixels, bytes [size, size].
 *
 * Grey is 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601); each new pixel is the mean over the area that it covers.
 *
 * Source: the preprocessing of Mnih et al. 2015 (Nature), Methods.
 *
 * @throws ArgumentError when an agent does not see pictures in colour, or the size is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { grayResize, pong } from '@descant/envs';
 * const { observations } = grayResize(pong(), 84).reset();
 * observations.agent_0[84 * 42]; // => 87
 * ```
 */
export function grayResize<A>(
  environment: ParallelEnvironment<ObservationArray, A>,
  size: number,
): ParallelEnvironment<ObservationArray, A> {
  checkCount('grayResize', 'size', size);
  const covers = new Map<string, readonly [rows: Cover, columns: Cover, width: number]>();
  const space = box({ shape: [size, size], dtype: 'uint8', low: 0, high: 255 });
  return transformObservation<ObservationArray, ObservationArray, A>(environment, {
    space(old, agent) {
      const [height, width] = checkPicture(agent, old);
      covers.set(agent, [coverOf(height, size), coverOf(width, size), width]);
      return space as Space<ObservationArray>;
    },
    observe(seen, agent) {
      const [rows, columns, width] = covers.get(agent)!;
      const out = new Uint8Array(size * size);
      rows.forEach((row, i) => {
        const line = new Float64Array(width);
        row.shares.forEach((share, k) => {
          for (let x = 0; x < width; x++) {
            const at = 3 * ((row.first + k) * width + x);
            line[x] += share * (0.299 * seen[at] + 0.587 * seen[at + 1] + 0.114 * seen[at + 2]);
          }
        });
        columns.forEach(({ first, shares }, j) => {
          let sum = 0;
          for (let k = 0; k < shares.length; k++) sum += shares[k] * line[first + k];
          out[i * size + j] = Math.round(sum);
        });
      });
      return out;
    },
  });
}
