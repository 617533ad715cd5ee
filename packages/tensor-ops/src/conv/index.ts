/** Convolution over two spatial axes, as an operation; layers with parameters are in nn. */

export { type Conv2dOptions, type ConvolutionPadding, conv2d, type Pair } from '../ops/conv.ts';
