/** Changing shapes and taking blocks. */
import type { Lowering } from './lowering.ts';

export const lowerBroadcast: Lowering<'broadcast'> = (g, node, [x]) =>
  g.expand(x, node.inputs[0].shape, node.shape);

export const lowerReshape: Lowering<'reshape'> = (g, node, [x]) =>
  g.reshape(x, node.inputs[0].shape, node.shape);

export const lowerTranspose: Lowering<'transpose'> = (g, node, [x]) =>
  g.op('Transpose', [x], { perm: node.attributes.permutation });

export const lowerSlice: Lowering<'slice'> = (g, node, [x]) => {
  const { begin } = node.attributes;
  const end = begin.map((b, d) => b + node.shape[d]);
  return g.op('Slice', [x, g.integers(begin), g.integers(end)]);
};
