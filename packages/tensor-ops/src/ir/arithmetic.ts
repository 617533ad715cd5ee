/** Shorthand for the elementwise nodes that the rules of the primitives are written in; no dtype promotion. */
import type { DType } from '../dtype.ts';
import { broadcast } from '../primitives/broadcast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import { reduce } from '../primitives/reduce.ts';
import { reshape } from '../primitives/reshape.ts';
import { type Shape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { scalar } from './build.ts';

type Operand = Tensor | number;

const lift = (x: Operand, like: Tensor): Tensor => (typeof x === 'number' ? scalar(x, like.dtype) : x);

const binary = (fn: Parameters<typeof elementwise>[0]) => (a: Operand, b: Operand) => {
  const like = typeof a === 'number' ? (b as Tensor) : a;
  return elementwise(fn, [lift(a, like), lift(b, like)]);
};

export const add = binary('add');
export const subtract = binary('subtract');
export const multiply = binary('multiply');
export const divide = binary('divide');
export const less = binary('less');
export const equal = binary('equal');
export const negate = (x: Tensor): Tensor => elementwise('negate', [x]);

/** `condition ? a : b`, elementwise. */
export function select(condition: Tensor, a: Operand, b: Operand): Tensor {
  const like = typeof a === 'number' ? (b as Tensor) : a;
  return elementwise('select', [condition, lift(a, like), lift(b, like)]);
}

/** A tensor with every element equal to `value`; takes no memory. */
export const filled = (value: number, shape: Shape, dtype: DType): Tensor =>
  broadcast(scalar(value, dtype), shape);

export const zerosLike = (x: Tensor): Tensor => filled(0, x.shape, x.dtype);
export const onesLike = (x: Tensor): Tensor => filled(1, x.shape, x.dtype);

/** Sums over the axes along which `shape` was broadcast to become the shape of `x`: the transpose of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((d, i) => (i < lead || (shape[i - lead] === 1 && d !== 1) ? [i] : []));
  return reshape(reduce('sum', x, axes), shape);
}

/** The sum of two tangents or cotangents, where null is zero. */
export function addMaybe(a: Tensor | null, b: Tensor | null): Tensor | null {
  if (!a) return b;
  return b ? add(a, b) : a;
}
