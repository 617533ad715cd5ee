/** What loops ask of the state that they carry. */
import type { DType } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import type { Shape } from '../shape.ts';
import { type Structure, structureKey } from '../tree.ts';

interface Flat {
  readonly leaves: readonly { readonly shape: Shape; readonly dtype: DType }[];
  readonly structure: Structure;
}

/** Rejects a state that comes out of the loop's body otherwise than it went in. */
export function checkCarry(fn: string, before: Flat, after: Flat): void {
  const show = ({ leaves, structure }: Flat) =>
    `${structureKey(structure)} of ${leaves.map((l) => `${l.dtype}${showShape(l.shape)}`).join(', ')}`;
  if (show(before) !== show(after)) {
    throw new ArgumentError(
      fn,
      'carry',
      `keep its structure, shapes and dtypes, ${show(before)}`,
      show(after),
    );
  }
}
