/** An expected value of an example, with the tolerance its number literals ask for. */
export type Expected =
  | { readonly kind: 'number'; readonly value: number; readonly tolerance: number }
  | { readonly kind: 'exact'; readonly value: string | boolean | null | undefined }
  | { readonly kind: 'array'; readonly items: readonly Expected[] }
  | { readonly kind: 'object'; readonly entries: Readonly<Record<string, Expected>> };

/**
 * Throws unless `actual` is the value that the example's `// =>` comment states.
 * It is copied beside the example into plain Node and browsers, so it imports nothing.
 */
export function expectValue(actual: unknown, expected: Expected, text: string, where: string): void {
  const problem = mismatch(plain(actual), expected, '');
  if (problem !== undefined) throw new Error(`${where}: the example states ${text}; ${problem}`);
}

/** Tensors as nested arrays or numbers, typed arrays as arrays. */
function plain(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    if ('toArray' in value && typeof value.toArray === 'function') return value.toArray();
    if ('item' in value && typeof value.item === 'function') return value.item();
    if (ArrayBuffer.isView(value) && Symbol.iterator in value) return Array.from(value as Iterable<unknown>);
  }
  return value;
}

function mismatch(actual: unknown, expected: Expected, path: string): string | undefined {
  const at = path === '' ? '' : ` at ${path}`;
  switch (expected.kind) {
    case 'number': {
      const close =
        typeof actual === 'number' &&
        (Object.is(actual, expected.value) || Math.abs(actual - expected.value) <= expected.tolerance);
      return close ? undefined : `got ${show(actual)}${at}`;
    }
    case 'exact':
      return actual === expected.value ? undefined : `got ${show(actual)}${at}`;
    case 'array': {
      if (!Array.isArray(actual)) return `got ${show(actual)}${at}`;
      if (actual.length !== expected.items.length) return `got ${show(actual)}${at}`;
      return first(expected.items.map((item, i) => () => mismatch(plain(actual[i]), item, `${path}[${i}]`)));
    }
    case 'object': {
      if (typeof actual !== 'object' || actual === null) return `got ${show(actual)}${at}`;
      const fields = Object.entries(actual);
      const wanted = Object.keys(expected.entries);
      const names = fields.map(([name]) => name);
      if (names.length !== wanted.length || wanted.some((name) => !names.includes(name))) {
        return `got the keys ${show(names)}${at}`;
      }
      return first(
        fields.map(
          ([name, field]) =>
            () =>
              mismatch(plain(field), expected.entries[name]!, `${path}.${name}`),
        ),
      );
    }
  }
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check();
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function show(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  return JSON.stringify(value) ?? String(value);
}
