/**
 * Export: functions as ONNX models, to run trained networks elsewhere.
 *
 * @module
 */
export type { NameTree } from './names.ts';
export { type OnnxOptions, toOnnx } from './to-onnx.ts';
