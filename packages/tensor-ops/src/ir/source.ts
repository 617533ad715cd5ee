/** Where in the user's source a node was made; recorded only while debugging, because stacks are slow to take. */
import type { TypedArray } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** What debugging does while programs are traced. */
export interface Recorder {
  /** The line of the user's source that runs now. */
  line(): string | undefined;
  /** Sees an operation on constants, which is done at once. */
  folded(
    operation: string,
    operands: readonly Tensor[],
    data: TypedArray,
    shape: Shape,
    source: string | undefined,
  ): void;
}

let current: Recorder | undefined;
let inherited: string | undefined;

/** The recorder, while debugging. */
export const recorder = (): Recorder | undefined => current;

/** The line to attach to a node made now: that of the node under transformation, else the user's own. */
export const currentSource = (): string | undefined => current && (inherited ?? current.line());

/** Runs `action` while a recorder sees what is traced. */
export function recording<T>(by: Recorder, action: () => T): T {
  const before = current;
  current = by;
  try {
    return action();
  } finally {
    current = before;
  }
}

/** Runs a rule of a transformation; the nodes it makes inherit the source of the node it rewrites. */
export function inheritingSource<T>(source: string | undefined, rule: () => T): T {
  if (!current) return rule();
  const before = inherited;
  inherited = source;
  try {
    return rule();
  } finally {
    inherited = before;
  }
}
