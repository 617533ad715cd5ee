/** What reading and writing safetensors files share. */
import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';

/** The name in the header under which metadata stands in place of a tensor. */
export const METADATA = '__metadata__';

/** Names of dtypes in headers, in the order of the tensors that Python's library writes. */
export const DTYPE_NAMES: Record<DType, string> = {
  float64: 'F64',
  float32: 'F32',
  uint32: 'U32',
  int32: 'I32',
  bool: 'BOOL',
};

/** The contents of a safetensors file. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Texts by name. */
  readonly metadata: Readonly<Record<string, string>>;
}
