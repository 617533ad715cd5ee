/** Frames as PNG files. */
import { encode } from 'fast-png';
import type { Frame } from './frame.ts';

/**
 * A frame as a PNG file.
 *
 * @example
 * ```ts
 * import { checkers, encodePng } from '@descant/envs';
 * const environment = checkers();
 * environment.reset();
 * const file = encodePng(environment.render('rgb'));
 * Array.from(file.slice(1, 4), (byte) => String.fromCharCode(byte)).join(''); // => 'PNG'
 * ```
 */
export function encodePng({ width, height, data }: Frame): Uint8Array {
  return encode({ width, height, data, channels: 3, depth: 8 });
}
