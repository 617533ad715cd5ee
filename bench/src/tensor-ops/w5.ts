/** W5: a convolution of 3 x 3 filters, 64 channels to 64, over four images of 32 x 46. */
import { type Tensor, vjp } from '@descant/tensor-ops';
import { conv2d } from '@descant/tensor-ops/conv';

export const INPUTS: readonly (readonly number[])[] = [
  [4, 32, 46, 64],
  [3, 3, 64, 64],
];

/** With a cotangent of the output. */
export const GRADIENT_INPUTS: readonly (readonly number[])[] = [...INPUTS, [4, 32, 46, 64]];

export const convolution = (x: Tensor, w: Tensor): Tensor => conv2d(x, w, { padding: 'SAME' });

/** The output and both gradients. */
export function gradients(x: Tensor, w: Tensor, cotangent: Tensor): readonly Tensor[] {
  const [y, pullback] = vjp(([a, b]: [Tensor, Tensor]) => convolution(a, b), [x, w]);
  return [y, ...pullback(cotangent)];
}
