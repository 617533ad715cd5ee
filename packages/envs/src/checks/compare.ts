/** Comparing what environments return, and turning exceptions into problems. */

/** Whether two values are the same: numbers by `Object.is`, arrays and records element by element. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a.constructor !== b.constructor) return false;
  if (ArrayBuffer.isView(a)) {
    const [x, y] = [a as unknown as ArrayLike<number>, b as unknown as ArrayLike<number>];
    if (x.length !== y.length) return false;
    for (let k = 0; k < x.length; k++) if (!Object.is(x[k], y[k])) return false;
    return true;
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same((a as never)[key], (b as never)[key]))
  );
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
