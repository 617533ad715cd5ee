/** Sums over images in parts of their own, which threads can compute. */
import type { FunctionBuilder } from '../encoder.ts';
import { I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { advance } from '../loops/nest.ts';
import { f32x4, v128 } from '../opcodes.ts';
import { type Chunks, fork, whicheverSize } from '../threads/fork.ts';

const MOST_PARTS = 8;
/** Most bytes of the sums of all parts. */
const PARTS_BYTES = 2 ** 22;

/**
 * The parts of the images that are summed by themselves and then added in their order: as many whatever the number
 * of threads, so that the sums are the same. `bytes`: of the sums of one part.
 */
export function partialSums(images: number, bytes: number): Chunks {
  const most = Math.max(1, Math.min(images, MOST_PARTS, Math.floor(PARTS_BYTES / bytes)));
  const size = Math.ceil(images / most);
  const count = Math.ceil(images / size);
  return { count, size, last: images - (count - 1) * size };
}

/** Adds the float32 sums of the other parts, which lie `bytes` (a multiple of 16) apart, to those of the first. */
export function addPartialSums(f: FunctionBuilder, address: number, bytes: number, count: number): void {
  if (count === 1) return;
  const at = f.local(I32);
  f.i32(address).set(at);
  f.loop(bytes / 16, () => {
    f.get(at).get(at).memory(v128.load, 0);
    for (let part = 1; part < count; part++) {
      f.get(at)
        .memory(v128.load, part * bytes)
        .op(f32x4.add);
    }
    f.memory(v128.store, 0);
    advance(f, at, 16);
  });
}

/** Appends the code that has `write` done for each part, by all threads or in turn. */
export function overParts(
  g: Generator,
  f: FunctionBuilder,
  parts: Chunks,
  forks: boolean,
  write: (f: FunctionBuilder, part: number, thread: number | undefined, size: number) => void,
): void {
  if (forks) {
    fork(g, f, parts.count, [], (region, { chunk, thread }) => {
      whicheverSize(region, parts, chunk, (size) => write(region, chunk, thread, size));
    });
  } else {
    f.loop(parts.count, (part) => whicheverSize(f, parts, part, (size) => write(f, part, undefined, size)));
  }
}
