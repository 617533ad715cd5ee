/**
 * Networks: pure functions of explicit trees of parameters, and functions that make these trees from a key.
 *
 * @module
 */
export {
  type BatchNormOptions,
  type BatchStatistics,
  batchNorm,
  batchNormTraining,
  initStatistics,
} from './batch-norm.ts';
export { type Conv2dParameters, conv2d, type InitConv2dOptions, initConv2d } from './conv2d.ts';
export { type GruParameters, gru, gruStep, initGru } from './gru.ts';
export * from './initializers.ts';
export { initNorm, layerNorm, type NormOptions, type NormParameters } from './layer-norm.ts';
export { type InitOptions, initLinear, type LinearParameters, linear } from './linear.ts';
export { initLstm, type LstmParameters, type LstmState, lstm, lstmStep } from './lstm.ts';
export { initMlp, type MlpOptions, mlp } from './mlp.ts';
export { orthogonal } from './orthogonal.ts';
