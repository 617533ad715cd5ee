/** The errors of tensor-ops: one type for bad arguments, one for reading a value that does not exist yet. */

/**
 * A bad argument: the message reads `fn: argument must be expected; got received`, and the four parts are
 * fields, so that callers can act on them.
 */
export class ArgumentError extends Error {
  readonly fn: string;
  readonly argument: string;
  readonly expected: string;
  readonly received: string;
  constructor(fn: string, argument: string, expected: string, received: string) {
    super(`${fn}: ${argument} must ${expected}; got ${received}`);
    this.name = 'ArgumentError';
    this.fn = fn;
    this.argument = argument;
    this.expected = expected;
    this.received = received;
  }
}

/** The value of a tensor was read inside a transformation (grad, vmap, jit, scan, ...), where it has none yet. */
export class TracedValueError extends Error {
  constructor(what: string, description: string) {
    super(
      `${what}: ${description} has no value yet, because it is being traced by a transformation (grad, vmap, ` +
        `jit, scan, ...); compute with tensor operations (where, cond) instead of reading it, or read it outside`,
    );
    this.name = 'TracedValueError';
  }
}

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

/** Renders a shape as `[2, 3]`. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
