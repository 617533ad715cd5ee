/** Comparing what environments return, and turning exceptions into problems. */

/** Whether two values are the same: numbers by `Object.is`, arrays and records element by element. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a.constructor !== b.constructor) return false;
  if (ArrayBuffer.isView(a)) {
    const [x, y] = [a as unknown as ArrayLike<number>, b as unknown as ArrayLike<number>];
    return x.length === y.length && sameElements(x, 0, y);
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same((a as never)[key], (b as never)[key]))
  );
}

/** Whether the elements of an array from a place on are all those of another one. */
export function sameElements(x: ArrayLike<number>, at: number, y: ArrayLike<number>): boolean {
  const { length } = y;
  if (at + length > x.length) return false;
  for (let k = 0; k < length; k++) {
    const [a, b] = [x[at + k], y[k]];
    // `Object.is` tells 0 from -0 and knows NaN; the rest is faster without it.
    if ((a !== b || a === 0) && !Object.is(a, b)) return false;
  }
  return true;
}

/** The problems that a check finds; an exception is one. */
export function attempt(name: string, check: () => string[]): string[] {
  try {
    return check().map((problem) => `${name}: ${problem}`);
  } catch (error) {
    return [`${name}: fails with ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** What a function throws as text; undefined when it returns. */
export function thrownBy(f: () => unknown): string | undefined {
  try {
    f();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
