/** The identity with derivative zero. */
import { makeNode } from '../ir/build.ts';
import type { Tensor } from '../tensor.ts';
import { notLinear, type Primitive } from './primitive.ts';

/** Hides `x` from differentiation. */
export function stopGradientNode(x: Tensor): Tensor {
  if (x.isConcrete || x.is('stopGradient')) return x;
  return makeNode('stopGradient', [x], {}, x.shape, x.dtype);
}

export const stopGradientPrimitive: Primitive<'stopGradient'> = {
  rebuild: ([x]) => stopGradientNode(x),
  evaluate: ([x]) => x.data,
  jvp: () => null,
  transpose() {
    throw notLinear('stopGradient');
  },
  batch: ([x]) => stopGradientNode(x),
};
