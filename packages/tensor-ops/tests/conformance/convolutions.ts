/** Rows of the conformance table: convolutions. */
import { conv2d } from '@descant/tensor-ops/conv';
import fc from 'fast-check';
import { gridOf, type Samples, sampled, smooth } from '../support/arbitraries.ts';
import { convolution, type Geometry } from '../support/convolution.ts';
import type { Row } from './row.ts';

const size = (min: number, max: number) => fc.integer({ min, max });

/** Images of 1 or 2 examples and small filters that fit. */
const images = (groups: number, rows: readonly [number, number], filter: number): Samples =>
  sampled(
    fc.tuple(
      size(1, 2),
      size(...rows),
      size(...rows),
      size(1, filter),
      size(1, filter),
      size(1, 2),
      size(1, 2),
    ),
    ([n, h, w, kh, kw, c, o]) =>
      fc.tuple(gridOf([n, h, w, c * groups], smooth), gridOf([kh, kw, c, o * groups], smooth)),
  );

const row = (name: string, geometry: Geometry, args: Samples): Row => ({
  name,
  fn: (x, w) => conv2d(x, w, geometry),
  reference: (x, w) => convolution(x, w, geometry),
  args,
  differentiable: [true, true],
  result: 'real',
});

export const CONVOLUTIONS: readonly Row[] = [
  row('conv2d', {}, images(1, [2, 3], 2)),
  row('conv2d SAME', { padding: 'SAME' }, images(1, [1, 3], 3)),
  row('conv2d with stride', { stride: [2, 3], padding: 'SAME' }, images(1, [2, 4], 2)),
  row(
    'conv2d with dilation and padding',
    {
      dilation: [1, 2],
      stride: [2, 1],
      padding: [
        [1, 0],
        [0, 3],
      ],
    },
    images(1, [2, 3], 2),
  ),
  row(
    'conv2d in groups',
    {
      groups: 2,
      padding: [
        [0, 1],
        [1, 1],
      ],
    },
    images(2, [2, 2], 2),
  ),
];
