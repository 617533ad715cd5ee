/** Copies B into panels: [panel][k][column], so that a tile reads its columns one after the other. */
import { loadScalar, storeScalar } from '../access.ts';
import { I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { advance } from '../loops/nest.ts';
import { v128 } from '../opcodes.ts';
import { keyOf, type Problem, VECTOR } from './problem.ts';

type Source = Pick<Problem, 'dtype' | 'depth' | 'columns' | 'b'>;

/** Bytes of the panels of B. */
export const packedBytes = ({ dtype, depth, columns }: Source, width: number): number =>
  Math.ceil(columns / width) * width * depth * VECTOR[dtype].bytes;

/** The function (addresses of B and of the panels) that packs B; the last panel is padded with what is there. */
export function packFunction(g: Generator, { dtype, depth, columns, b }: Source, width: number): number {
  const key = keyOf('pack', { dtype, depth, columns, b, width });
  return g.helper(key, [I32, I32], [], (f) => {
    const [FROM, TO] = [0, 1];
    const { bytes, lanes } = VECTOR[dtype];
    const source = f.local(I32);
    const panel = (used: number): void => {
      f.get(FROM).set(source);
      f.loop(depth, () => {
        const whole = b.column === bytes ? used - (used % lanes) : 0;
        for (let j = 0; j < whole; j += lanes) {
          f.get(TO)
            .get(source)
            .memory(v128.load, j * bytes)
            .memory(v128.store, j * bytes);
        }
        for (let j = whole; j < used; j++) {
          f.get(TO).get(source);
          loadScalar(f, dtype, j * b.column);
          storeScalar(f, dtype, j * bytes);
        }
        advance(f, TO, width * bytes);
        advance(f, source, b.step);
      });
    };
    const full = Math.floor(columns / width);
    if (full > 0) {
      f.loop(full, () => {
        panel(width);
        advance(f, FROM, width * b.column);
      });
    }
    if (columns % width > 0) panel(columns % width);
  });
}
