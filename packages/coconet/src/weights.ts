/**
 * A network trained on the chorales, with weights of 8 bits that come with the package.
 *
 * @module
 */
import { type Coconet, decodeModel } from './model/model.ts';

/** The same path from the sources and from the built package. */
const LOCATION = new URL('../weights/chorales.safetensors', import.meta.url);

async function bytesOf(url: URL): Promise<Uint8Array> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`pretrained: cannot read ${url}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * The network trained on Bach's chorales at sixteenths; the package's model card says how, and how well it does.
 *
 * @throws Error when the file cannot be read, ArgumentError when it is damaged.
 *
 * @example
 * ```ts
 * import { pretrained } from '@descant/coconet/weights';
 * const { description } = await pretrained();
 * [description.lowestPitch, description.highestPitch, description.instruments]; // => [36, 81, 4]
 * ```
 */
export async function pretrained(): Promise<Coconet> {
  return decodeModel(await bytesOf(LOCATION));
}
