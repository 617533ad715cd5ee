/** Reading NumPy's archives. */
import { unzipSync } from 'fflate';
import { ArgumentError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { checkBytes } from './bytes.ts';
import { readArray } from './read-npy.ts';

const FN = 'readNpz';

/**
 * The arrays by name in the bytes of a .npz file, as numpy.savez and numpy.savez_compressed write it. See `readNpy`.
 *
 * @throws ArgumentError when the bytes are no zip archive, or an entry is no array that `readNpy` reads.
 *
 * @example
 * ```ts
 * import { readNpz } from '@descant/tensor-ops/io';
 * // numpy.savez of nothing: the end of an empty archive.
 * const bytes = new Uint8Array(22);
 * bytes.set([0x50, 0x4b, 5, 6]);
 * readNpz(bytes); // => {}
 * ```
 */
export function readNpz(bytes: Uint8Array): Record<string, Tensor> {
  checkBytes(FN, bytes);
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArgumentError(FN, 'bytes', 'be a zip archive', reason);
  }
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => {
      if (!name.endsWith('.npy'))
        throw new ArgumentError(FN, 'bytes', 'hold only files whose names end in .npy', `"${name}"`);
      return [name.slice(0, -4), readArray(`${FN}: ${name}`, content)];
    }),
  );
}
