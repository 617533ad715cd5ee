/** The backends that the tests of the tensorflow executor run on, and the rows of the conformance table for them. */
import { type DType, jit } from '@descant/tensor-ops';
import {
  createTensorflowExecutor,
  type TensorflowBackend,
  type TensorflowExecutor,
} from '@descant/tensor-ops/tensorflow';
import type { Row } from '../conformance/row.ts';
import { TABLE } from '../conformance/table.ts';
import type { Mode } from '../support/executors.ts';
import type { Grid } from '../support/grid.ts';

/** Development dependencies: that one does not load is a failure. */
const REQUIRED: readonly TensorflowBackend[] = ['cpu', 'wasm'];
/** Its binary comes from the network when it is installed, so that it is not a dependency. */
const OPTIONAL: TensorflowBackend = 'tensorflow';

const required = await Promise.all(REQUIRED.map((backend) => createTensorflowExecutor({ backend })));

const native = await createTensorflowExecutor({ backend: OPTIONAL }).catch((error: Error) => error);

if (native instanceof Error) console.log(`Not run on the backend ${OPTIONAL}: ${native.message}`);

export const EXECUTORS: readonly TensorflowExecutor[] = [
  ...required,
  ...(native instanceof Error ? [] : [native]),
];

export const MODES: readonly Mode[] = EXECUTORS.map((executor) => ({
  name: executor.name,
  run: (fn) => jit(fn, { executor }),
}));

/** The types of TensorFlow.js. */
export const DEVICE_TYPES: readonly DType[] = ['float32', 'int32', 'bool'];

/** Rows that need a type that TensorFlow.js does not have. */
const REFUSED: Readonly<Record<string, DType>> = {
  'cast to float64': 'float64',
  'cast to uint32': 'uint32',
  // Asks for float64 in its function.
  oneHot: 'float64',
};

/** The rows that run, and those that must be refused because of a type. */
export const ROWS: readonly Row[] = TABLE.filter((row) => !(row.name in REFUSED));
export const REFUSED_ROWS = TABLE.flatMap((row) =>
  row.name in REFUSED ? [{ row, name: row.name, dtype: REFUSED[row.name] }] : [],
);

/** Whole numbers in [1, 4] (0 or 1 for bool) in place of the numeric arguments. */
export const whole = (row: Row, args: readonly Grid[], dtype: DType): Grid[] =>
  args.map((g, i) => {
    if (row.fixedTypes?.[i]) return g;
    const pick = (x: number) => Math.floor(Math.abs(x) * 7) % (dtype === 'bool' ? 2 : 4);
    return { shape: g.shape, values: g.values.map((x) => pick(x) + (dtype === 'bool' ? 0 : 1)) };
  });
