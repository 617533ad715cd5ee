/** The error for programs that this executor cannot run. */
import { ArgumentError } from '../../errors.ts';

export const unsupported = (op: string): ArgumentError =>
  new ArgumentError(
    'wasm executor',
    'program',
    'hold only primitives that it compiles (pass { executor: jsExecutor } to run the others)',
    `'${op}'`,
  );
