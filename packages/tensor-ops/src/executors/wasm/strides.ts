/** Strides of views: what broadcasting, transposing, slicing and reshaping do to them (in any unit). */
import { type Shape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';

/** A strided part of an array that begins `start` units after its origin. */
interface StridedView {
  readonly start: number;
  readonly strides: readonly number[];
}

/**
 * How a node reads its strided operand, when it only looks at the elements in another order: broadcast, transpose,
 * slice, reshape. Undefined for other nodes and for reshapes that no strides describe. The shapes may be those of
 * one lane.
 */
export function viewOf(
  node: Tensor,
  from: Shape,
  strides: readonly number[],
  to: Shape,
): StridedView | undefined {
  if (node.is('broadcast')) {
    const lead = to.length - from.length;
    return {
      start: 0,
      strides: to.map((d, i) => (i < lead || from[i - lead] !== d ? 0 : strides[i - lead])),
    };
  }
  if (node.is('transpose')) {
    return { start: 0, strides: node.attributes.permutation.map((axis) => strides[axis]) };
  }
  if (node.is('slice')) {
    return { start: node.attributes.begin.reduce((sum, b, i) => sum + b * strides[i], 0), strides };
  }
  if (node.is('reshape')) {
    const reshaped = reshapeStrides(from, strides, to);
    return reshaped && { start: 0, strides: reshaped };
  }
  return undefined;
}

/** The strides of a strided tensor after a reshape, or undefined where no strides describe it. */
function reshapeStrides(from: Shape, strides: readonly number[], to: Shape): number[] | undefined {
  const out = new Array<number>(to.length).fill(0);
  if (sizeOf(from) === 0) return out;
  let i = 0;
  let j = 0;
  while (i < from.length || j < to.length) {
    // The smallest groups of axes on both sides with the same number of elements.
    const group = i;
    const target = j;
    let inside = i < from.length ? from[i++] : 1;
    let outside = j < to.length ? to[j++] : 1;
    while (inside !== outside) {
      if (inside < outside) inside *= from[i++];
      else outside *= to[j++];
    }
    const axes: number[] = [];
    for (let d = i - 1; d >= group; d--) if (from[d] !== 1) axes.push(d);
    const joined = axes.every((d, n) => n === 0 || strides[d] === strides[axes[n - 1]] * from[axes[n - 1]]);
    if (!joined) return undefined;
    let step = axes.length > 0 ? strides[axes[0]] : 0;
    for (let d = j - 1; d >= target; d--) {
      out[d] = step;
      step *= to[d];
    }
  }
  return out;
}
