/** What operations accept, and how operands come to one dtype. */
import { type DType, isFloat, promote } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { scalar } from '../ir/build.ts';
import { cast } from '../primitives/cast.ts';
import { broadcastShapes } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/**
 * An operand: a tensor, or a plain number or boolean, which takes the dtype of the tensors it meets (a number with
 * a fraction makes integers float32; numbers among themselves are float32).
 */
export type Operand = Tensor | number | boolean;

/** Checks one operand and makes it a tensor; a plain number becomes float32 unless `like` says otherwise. */
export function asTensor(fn: string, argument: string, x: Operand, like?: DType): Tensor {
  if (x instanceof Tensor) return x;
  if (typeof x === 'boolean') return scalar(x ? 1 : 0, 'bool');
  if (typeof x === 'number') {
    const whole = Number.isInteger(x) && like !== undefined && like !== 'bool';
    return scalar(x, like !== undefined && (isFloat(like) || whole) ? like : 'float32');
  }
  const received = Array.isArray(x)
    ? 'an array (wrap it in tensor(...))'
    : String(x === null ? 'null' : typeof x);
  throw new ArgumentError(fn, argument, 'be a tensor or a number', received);
}

/** The operands as tensors of one dtype. */
export function unify(fn: string, operands: readonly Operand[]): Tensor[] {
  let common: DType | undefined;
  for (const x of operands) {
    if (x instanceof Tensor) common = common === undefined ? x.dtype : promote(common, x.dtype);
  }
  const tensors = operands.map((x, i) => asTensor(fn, `operand ${i + 1}`, x, common));
  const dtype = tensors.reduce<DType>((t, x) => promote(t, x.dtype), tensors[0].dtype);
  return tensors.map((x) => cast(x, dtype));
}

/** Arithmetic takes booleans for int32. */
export const withoutBool = (t: Tensor): Tensor => (t.dtype === 'bool' ? cast(t, 'int32') : t);

/** Checks, in the name of the public function, that the operands broadcast together. */
export function broadcasting(fn: string, operands: readonly Tensor[]): readonly Tensor[] {
  broadcastShapes(fn, ...operands.map((x) => x.shape));
  return operands;
}

/** An operand for a function of real numbers: integers and booleans become float32. */
export function asFloat(fn: string, x: Operand): Tensor {
  const t = asTensor(fn, 'x', x);
  return isFloat(t.dtype) ? t : cast(t, 'float32');
}
