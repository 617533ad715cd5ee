/** The backends that the tests of the tensorflow executor run on. */
import { jit } from '@descant/tensor-ops';
import {
  createTensorflowExecutor,
  type TensorflowBackend,
  type TensorflowExecutor,
} from '@descant/tensor-ops/tensorflow';
import type { Mode } from '../support/executors.ts';

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
