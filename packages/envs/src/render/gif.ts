/** Frames as an animated GIF. */
import { ArgumentError } from '@descant/tensor-ops';
import { encode } from 'modern-gif';
import { show } from '../spaces/space.ts';
import type { Frame } from './frame.ts';

/** Options of `encodeGif`. */
export interface GifOptions {
  /** Milliseconds that each frame is shown; default 100. */
  readonly delay?: number;
}

/**
 * Frames of one size as an animated GIF that repeats for ever. Colours beyond 255 are merged.
 *
 * @throws ArgumentError when there are no frames, their sizes differ, or the delay is not positive.
 *
 * @example
 * ```ts
 * import { checkers, encodeGif, recordFrames } from '@descant/envs';
 * const environment = recordFrames(checkers());
 * environment.reset({ seed: 1 });
 * environment.step({ agent_0: 1, agent_1: 4 });
 * const file = await encodeGif(environment.frames);
 * String.fromCharCode(...file.slice(0, 6)); // => 'GIF89a'
 * ```
 */
export async function encodeGif(
  frames: readonly Frame[],
  { delay = 100 }: GifOptions = {},
): Promise<Uint8Array> {
  if (!(delay > 0 && Number.isFinite(delay))) {
    throw new ArgumentError('encodeGif', 'delay', 'be a positive number of milliseconds', show(delay));
  }
  if (frames.length === 0) throw new ArgumentError('encodeGif', 'frames', 'hold at least one frame', 'none');
  const { width, height } = frames[0];
  const other = frames.find((frame) => frame.width !== width || frame.height !== height);
  if (other) {
    const expected = `have one size, that of the first, ${width} x ${height}`;
    throw new ArgumentError('encodeGif', 'frames', expected, `${other.width} x ${other.height}`);
  }
  const images = frames.map((frame) => ({ data: withAlpha(frame), delay }));
  return new Uint8Array(await encode({ width, height, frames: images }));
}

/** Four bytes a pixel, opaque. */
function withAlpha({ data }: Frame): Uint8ClampedArray<ArrayBuffer> {
  const pixels = data.length / 3;
  const rgba = new Uint8ClampedArray(pixels * 4);
  for (let k = 0; k < pixels; k++) {
    rgba[4 * k] = data[3 * k];
    rgba[4 * k + 1] = data[3 * k + 1];
    rgba[4 * k + 2] = data[3 * k + 2];
    rgba[4 * k + 3] = 255;
  }
  return rgba;
}
