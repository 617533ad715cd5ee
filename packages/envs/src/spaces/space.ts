/** What a space is: the set that observations or actions are taken from. */
import { ArgumentError } from '@descant/tensor-ops';
import type { Random } from '../random/random.ts';

/**
 * A set of values with a way to draw from it and to test for membership, as in Gymnasium.
 *
 * `describe` gives the space as text; spaces with the same text are equal.
 */
export interface Space<T = unknown> {
  readonly kind: 'discrete' | 'multiDiscrete' | 'box' | 'dict' | 'tuple';
  /** A random member; the same stream of random numbers gives the same members. */
  sample(random: Random): T;
  contains(value: unknown): value is T;
  describe(): string;
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);

/** A value as text, short enough for an error message. */
export function show(value: unknown): string {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const values = Array.from(value as unknown as ArrayLike<number>);
    const head = values.slice(0, 8).join(', ');
    return `${value.constructor.name}[${head}${values.length > 8 ? ', ...' : ''}] (${values.length} numbers)`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return shorten(`[${value.map(show).join(',')}]`);
  try {
    return shorten(JSON.stringify(value));
  } catch {
    return 'an object';
  }
}

/** Checks a number of values or elements. */
export function checkCount(fn: string, argument: string, n: unknown, least = 1): void {
  if (!Number.isSafeInteger(n) || (n as number) < least) {
    throw new ArgumentError(fn, argument, `be a whole number of at least ${least}`, show(n));
  }
}
