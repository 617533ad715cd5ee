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

/** A value that is there unless this package has a fault. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`internal: ${what} is missing`);
  return value;
}

/** Renders a shape as `[2, 3]`. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
