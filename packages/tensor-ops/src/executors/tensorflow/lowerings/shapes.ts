/** Changes of shape. */
import type { Lowering } from './lowering.ts';

export const lowerBroadcast: Lowering<'broadcast'> = ({ tf }, node, [x]) =>
  tf.broadcastTo(x, [...node.shape]);

export const lowerReshape: Lowering<'reshape'> = ({ tf }, node, [x]) => tf.reshape(x, [...node.shape]);

export const lowerTranspose: Lowering<'transpose'> = ({ tf }, node, [x]) =>
  tf.transpose(x, [...node.attributes.permutation]);

export const lowerSlice: Lowering<'slice'> = ({ tf }, node, [x]) =>
  tf.slice(x, [...node.attributes.begin], [...node.shape]);
