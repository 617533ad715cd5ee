/** Checks of arguments that several functions share. */
import { ArgumentError, Tensor } from '@descant/tensor-ops';

/** Checks that an argument is a whole number of at least 1. */
export function checkWhole(fn: string, argument: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new ArgumentError(fn, argument, 'be a whole number of at least 1', String(value));
  }
}

/** Checks that a number, or each element of a tensor that has a value now, is positive. */
export function checkPositive(fn: string, argument: string, x: number | boolean | Tensor): void {
  const values = x instanceof Tensor ? (x.isConcrete ? x.data : []) : [Number(x)];
  const wrong = values.find((v) => !(v > 0));
  if (wrong !== undefined) throw new ArgumentError(fn, argument, 'be positive', String(wrong));
}
