/** Where the positions of a convolution meet. */
import type { ConvolutionAxis } from '../ir/attributes.ts';
import type { Shape } from '../shape.ts';

/** For each output position and filter position the input position, -1 where there is none; of the three lengths. */
export function meetings({ input, output, filter, offset }: ConvolutionAxis, lengths: Shape): Int32Array {
  const [inputs, outputs, filters] = lengths;
  const at = new Int32Array(outputs * filters);
  for (let o = 0; o < outputs; o++) {
    for (let k = 0; k < filters; k++) {
      const i = (output * o + filter * k + offset) / input;
      at[o * filters + k] = Number.isInteger(i) && i >= 0 && i < inputs ? i : -1;
    }
  }
  return at;
}
