/** The packages behind the backends, loaded when somebody asks for them. */
import type * as Tfjs from '@tensorflow/tfjs-core';
import { ArgumentError } from '../../errors.ts';
import type { Runtime, TensorflowBackend } from './runtime.ts';

const VERSION = '4.22.0';

interface Backend {
  /** What TensorFlow.js calls it. */
  readonly name: string;
  readonly packages: readonly string[];
  readonly load: () => Promise<unknown>;
}

/** Imports a package that only Node has; bundlers for browsers must not look for it. */
const native = (name: string): Backend => ({
  name: 'tensorflow',
  packages: [name],
  load: () => {
    restoreNodeUtil();
    return import(/* @vite-ignore */ name);
  },
});

const portable = (name: string, register: () => Promise<unknown>): Backend => ({
  name,
  packages: ['@tensorflow/tfjs-core', `@tensorflow/tfjs-backend-${name}`],
  async load() {
    const tf = await import('@tensorflow/tfjs-core');
    await register();
    return tf;
  },
});

const BACKENDS: Readonly<Record<TensorflowBackend, Backend>> = {
  'tensorflow-gpu': native('@tensorflow/tfjs-node-gpu'),
  tensorflow: native('@tensorflow/tfjs-node'),
  webgpu: portable('webgpu', () => import('@tensorflow/tfjs-backend-webgpu')),
  webgl: portable('webgl', () => import('@tensorflow/tfjs-backend-webgl')),
  wasm: portable('wasm', () => import('@tensorflow/tfjs-backend-wasm')),
  cpu: portable('cpu', () => import('@tensorflow/tfjs-backend-cpu')),
};

interface Process {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: string): unknown;
}

const { process } = globalThis as { process?: Process };

/** Where nothing is asked for: the fastest first. Not webgpu, which got one derivative of a minimum wrong in a trial. */
const preferred = (): readonly TensorflowBackend[] =>
  process?.versions?.node === undefined
    ? ['webgl', 'wasm', 'cpu']
    : ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu'];

/** tfjs-node 4.22 calls two functions that Node removed in version 23. */
function restoreNodeUtil(): void {
  const util = process?.getBuiltinModule?.('node:util') as Record<string, unknown> | undefined;
  if (!util) return;
  util.isNullOrUndefined ??= (x: unknown) => x === null || x === undefined;
  util.isArray ??= Array.isArray;
}

/** The module itself: a CommonJS package shows it as the default export only, unless its names can be seen. */
function moduleOf(imported: unknown): typeof Tfjs {
  const { default: whole } = imported as { readonly default?: typeof Tfjs };
  return whole ?? (imported as typeof Tfjs);
}

const reasonOf = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n')[0];

/** What TensorFlow.js calls the backend. */
export const nameOf = (backend: TensorflowBackend): string => BACKENDS[backend].name;

/** The end of the last loading: TensorFlow.js starts one backend at a time. */
let loaded: Promise<unknown> = Promise.resolve();

function load(backend: TensorflowBackend): Promise<Runtime> {
  const next = loaded.then(() => start(backend));
  loaded = next.catch(() => undefined);
  return next;
}

async function start(backend: TensorflowBackend): Promise<Runtime> {
  const { name, load: loadPackages } = BACKENDS[backend];
  const tf = moduleOf(await loadPackages());
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start the backend ${name}`);
  await tf.ready();
  return { tf, backend };
}

const installing = (backend: TensorflowBackend): string =>
  `npm install ${BACKENDS[backend].packages.map((p) => `${p}@${VERSION}`).join(' ')}`;

/** A backend that was tried before another was found, and why it is not that one. */
export interface PassedOver {
  readonly backend: TensorflowBackend;
  readonly reason: string;
}

/** Loads the backend asked for, or the first of the preferred ones that loads. */
export async function loadBackend(
  asked: TensorflowBackend | undefined,
): Promise<{ runtime: Runtime; passedOver: readonly PassedOver[] }> {
  const fn = 'createTensorflowExecutor';
  if (asked !== undefined && !(asked in BACKENDS)) {
    throw new ArgumentError(fn, 'backend', `be one of ${Object.keys(BACKENDS).join(', ')}`, String(asked));
  }
  const passedOver: PassedOver[] = [];
  for (const backend of asked === undefined ? preferred() : [asked]) {
    try {
      return { runtime: await load(backend), passedOver };
    } catch (error) {
      passedOver.push({ backend, reason: reasonOf(error) });
    }
  }
  const last = passedOver[passedOver.length - 1];
  const expected = `be installed and start here (${installing(last.backend)})`;
  throw new ArgumentError(fn, 'backend', expected, `${last.backend}: ${last.reason}`);
}
