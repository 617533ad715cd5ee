/** The packages behind the backends, loaded when somebody asks for them. */
import type * as Tfjs from '@tensorflow/tfjs-core';
import { ArgumentError } from '../../errors.ts';
import { provideWebgpu } from './dawn.ts';
import type { Runtime, TensorflowBackend } from './runtime.ts';

const VERSION = '4.22.0';
const DAWN_VERSION = '0.6.2';

interface Process {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: string): unknown;
}

const { process } = globalThis as { process?: Process };
const inNode = process?.versions?.node !== undefined;

/** The part of a WebGPU device that is used. */
interface Device {
  addEventListener(type: 'uncapturederror', listener: (event: { readonly error: Error }) => void): void;
}

interface Backend {
  /** What TensorFlow.js calls it. */
  readonly name: string;
  /** What to install, with versions. */
  readonly packages: readonly string[];
  readonly load: () => Promise<unknown>;
}

/** Imports a package that only Node has; bundlers for browsers must not look for it. */
const native = (name: string): Backend => ({
  name: 'tensorflow',
  packages: [`${name}@${VERSION}`],
  load: () => {
    restoreNodeUtil();
    return import(/* @vite-ignore */ name);
  },
});

const portable = (
  name: string,
  register: () => Promise<unknown>,
  beside: readonly string[] = [],
): Backend => ({
  name,
  packages: [`@tensorflow/tfjs-core@${VERSION}`, `@tensorflow/tfjs-backend-${name}@${VERSION}`, ...beside],
  async load() {
    const tf = await import('@tensorflow/tfjs-core');
    await register();
    return tf;
  },
});

const BACKENDS: Readonly<Record<TensorflowBackend, Backend>> = {
  'tensorflow-gpu': native('@tensorflow/tfjs-node-gpu'),
  tensorflow: native('@tensorflow/tfjs-node'),
  webgpu: portable(
    'webgpu',
    async () => {
      await provideWebgpu(inNode);
      await import('@tensorflow/tfjs-backend-webgpu');
    },
    inNode ? [`webgpu@${DAWN_VERSION}`] : [],
  ),
  webgl: portable('webgl', () => import('@tensorflow/tfjs-backend-webgl')),
  wasm: portable('wasm', () => import('@tensorflow/tfjs-backend-wasm')),
  cpu: portable('cpu', () => import('@tensorflow/tfjs-backend-cpu')),
};

/** Where nothing is asked for: the fastest first. Not webgpu, which got one derivative of a minimum wrong in a trial. */
const preferred = (): readonly TensorflowBackend[] =>
  inNode ? ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu'] : ['webgl', 'wasm', 'cpu'];

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
  // Small tensors would be computed by other code, with other rounding and other faults.
  if (backend === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start the backend ${name}`);
  await tf.ready();
  const faults: string[] = [];
  if (backend === 'webgpu') {
    const { device } = tf.backend() as unknown as { device: Device };
    device.addEventListener('uncapturederror', ({ error }) => faults.push(error.message));
  }
  return { tf, backend, faults };
}

const installing = (backend: TensorflowBackend): string =>
  `npm install ${BACKENDS[backend].packages.join(' ')}`;

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
