/** Threefry-2x32-20 on scalars or on the lanes of a vector; see math/threefry.ts for the source. */
import { type FunctionBuilder, I32, V128 } from './encoder.ts';
import type { Generator } from './generator.ts';
import { i32, i32x4, v128 } from './opcodes.ts';

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const PARITY = 0x1bd11bda;

/** The function (index) of (k0, k1, c0, c1) that returns both output words. */
export function threefryPair(g: Generator, lanes: number): number {
  const scalar = lanes === 1;
  const type = scalar ? I32 : V128;
  const add = scalar ? i32.add : i32x4.add;
  const xor = scalar ? i32.xor : v128.xor;
  return g.helper(`threefry:${scalar ? 'scalar' : 'vector'}`, [type, type, type, type], [type, type], (f) => {
    const constant = (value: number): void => {
      const word = value >>> 0;
      if (scalar) f.i32(value);
      else g.vectorConstant(f, [word, word, word, word]);
    };
    const rotate = (local: number, bits: number): FunctionBuilder =>
      scalar
        ? f.get(local).i32(bits).op(i32.rotateLeft)
        : f
            .get(local)
            .i32(bits)
            .op(i32x4.shiftLeft)
            .get(local)
            .i32(32 - bits)
            .op(i32x4.shiftRight, v128.or);
    const parity = f.local(type);
    const schedule = [0, 1, parity];
    const [x0, x1] = [2, 3];
    f.get(0).get(1).op(xor);
    constant(PARITY);
    f.op(xor).set(parity);
    f.get(x0).get(0).op(add).set(x0).get(x1).get(1).op(add).set(x1);
    for (let group = 0; group < 5; group++) {
      for (const bits of ROTATIONS[group % 2]) {
        f.get(x0).get(x1).op(add).set(x0);
        rotate(x1, bits).get(x0).op(xor).set(x1);
      }
      f.get(x0)
        .get(schedule[(group + 1) % 3])
        .op(add)
        .set(x0);
      f.get(x1)
        .get(schedule[(group + 2) % 3])
        .op(add);
      constant(group + 1);
      f.op(add).set(x1);
    }
    f.get(x0).get(x1);
  });
}
