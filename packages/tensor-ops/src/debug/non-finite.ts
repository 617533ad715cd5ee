/** Where a value stops being finite, and the error that says so. */
import { isFloat, type TypedArray } from '../dtype.ts';
import { showShape } from '../errors.ts';
import type { Recorder } from '../ir/source.ts';
import type { Tensor } from '../tensor.ts';

/** An operation produced a NaN or an infinity; thrown by functions under `debugNaNs`. */
export class NonFiniteError extends Error {
  /** The operation, or the argument. */
  readonly operation: string;
  /** The iterations of the loops around it, outermost first. */
  readonly steps: readonly number[];
  /** The line of the user's source. */
  readonly source: string | undefined;
  constructor(
    operation: string,
    value: number,
    element: number,
    shape: readonly number[],
    steps: readonly number[],
    source: string | undefined,
  ) {
    const loops = steps.length > 0 ? ` in loop iteration ${steps.join(', ')}` : '';
    const where = source === undefined ? '' : `, called at ${source}`;
    super(
      `debugNaNs: ${operation} gave ${value} at element ${element} of ${showShape(shape)}${loops}${where}`,
    );
    this.name = 'NonFiniteError';
    this.operation = operation;
    this.steps = steps;
    this.source = source;
  }
}

/** The first NaN in a result of operands without NaN, or the first infinity in a result of finite ones; else -1. */
export function freshlyNonFinite(data: TypedArray, operands: readonly Tensor[]): number {
  const at = data.findIndex((v) => !Number.isFinite(v));
  if (at < 0) return -1;
  const has = (test: (v: number) => boolean) => operands.some((x) => isFloat(x.dtype) && x.data.some(test));
  const nan = data.findIndex((v) => Number.isNaN(v));
  if (nan >= 0 && !has((v) => Number.isNaN(v))) return nan;
  return has((v) => !Number.isFinite(v)) ? -1 : at;
}

/** Frames of this package (its sources, or its bundle) are skipped when the user's line is looked for. */
const OWN_FRAME = /tensor-ops[/\\](src|dist)[/\\]/;

/** Throws where an operation on constants stops being finite, and finds the user's lines. */
export const recorder: Recorder = {
  line() {
    const frames = (new Error().stack ?? '').split('\n').slice(1);
    const frame = frames.find((line) => !OWN_FRAME.test(line));
    return frame?.trim().replace(/^at /, '');
  },
  folded(operation, operands, data, shape, source) {
    const at = freshlyNonFinite(data, operands);
    if (at >= 0) throw new NonFiniteError(operation, data[at], at, shape, [], source);
  },
};
