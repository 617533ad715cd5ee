/**
 * Files: pure functions between bytes and tensors; reading and writing the bytes is left to the platform.
 *
 * @module
 */
export { readNpy } from './read-npy.ts';
export { readNpz } from './read-npz.ts';
export { readSafetensors } from './read-safetensors.ts';
export { recordToTree, treeToRecord } from './record.ts';
export type { Safetensors } from './safetensors-format.ts';
export { writeSafetensors } from './write-safetensors.ts';
