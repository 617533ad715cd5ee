/** Which axes of a node's operands an axis of its output runs along independently. */
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';

/** No axis of the operand corresponds. */
export const NONE = -1;

/** Aligned from the right, as broadcasting does; repeated axes do not correspond. */
function alignedAxis(operand: Tensor, node: Tensor, axis: number): number {
  const own = axis - (node.rank - operand.rank);
  return own >= 0 && operand.shape[own] === node.shape[axis] ? own : NONE;
}

/** The axis with the same extent that has as many elements before it. */
function reshapedAxis(operand: Tensor, node: Tensor, axis: number): number {
  const before = sizeOf(node.shape.slice(0, axis));
  for (let own = 0, product = 1; own < operand.rank; own++) {
    if (product === before && operand.shape[own] === node.shape[axis]) return own;
    product *= operand.shape[own];
  }
  return NONE;
}

/**
 * For one output axis, the corresponding axis of each operand, such that part i of the output along the axis
 * depends on nothing but part i of these operands (and on all of the operands without a corresponding axis).
 * Undefined where the output axis mixes parts.
 */
export function linkedAxes(node: Tensor, axis: number): readonly number[] | undefined {
  const [x, y] = node.inputs;
  if (node.is('elementwise') || node.is('broadcast')) {
    return node.inputs.map((operand) => alignedAxis(operand, node, axis));
  }
  if (node.is('cast')) return [axis];
  if (node.is('reshape')) {
    const own = reshapedAxis(x, node, axis);
    return own === NONE ? undefined : [own];
  }
  if (node.is('transpose')) return [node.attributes.permutation[axis]];
  if (node.is('slice')) return x.shape[axis] === node.shape[axis] ? [axis] : undefined;
  if (node.is('assemble')) {
    return node.inputs.every((part) => part.shape[axis] === node.shape[axis])
      ? node.inputs.map(() => axis)
      : undefined;
  }
  if (node.is('reduce')) {
    return [x.shape.map((_, d) => d).filter((d) => !node.attributes.axes.includes(d))[axis]];
  }
  if (node.is('matmul')) {
    if (axis === node.rank - 2) return [x.rank - 2, NONE];
    if (axis === node.rank - 1) return [NONE, y.rank - 1];
    return [alignedAxis(x, node, axis), alignedAxis(y, node, axis)];
  }
  if (node.is('conv2d')) return axis === 0 ? [0, NONE] : undefined;
  if (node.is('solve')) {
    if (axis === node.rank - 2) return undefined;
    if (axis === node.rank - 1) return [NONE, y.rank - 1];
    return [alignedAxis(x, node, axis), alignedAxis(y, node, axis)];
  }
  if (node.is('gather')) {
    const before = node.attributes.axis;
    if (axis < before) return [axis, NONE];
    return axis < before + y.rank ? [NONE, axis - before] : [axis - y.rank + 1, NONE];
  }
  if (node.is('scatterAdd')) {
    const at = node.attributes.axis;
    if (axis === at) return undefined;
    return [axis < at ? axis : axis + y.rank - 1, NONE];
  }
  if (node.is('argmax')) return [axis < node.attributes.axis ? axis : axis + 1];
  if (node.is('cumsum')) return axis === node.attributes.axis ? undefined : [axis];
  return undefined;
}
