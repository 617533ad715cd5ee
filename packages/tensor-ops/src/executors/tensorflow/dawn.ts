/** WebGPU where the runtime has none of its own: Dawn, in Node, from the package `webgpu`. */

/** The part of Node's package `webgpu` that is used. */
interface Dawn {
  create(options: readonly string[]): { requestAdapter(): Promise<unknown> };
  /** The classes and constants that browsers have as globals: GPUBufferUsage, ... */
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Bundlers for browsers must not look for it. */
const PACKAGE = 'webgpu';

/**
 * Makes sure that `navigator.gpu` is there, as TensorFlow.js asks for it, and has an adapter.
 *
 * In Node this loads Dawn and defines its globals, as its documentation says; everything else stays as it is.
 */
export async function provideWebgpu(inNode: boolean): Promise<void> {
  const scope = globalThis as { navigator?: { gpu?: ReturnType<Dawn['create']> } };
  if (scope.navigator?.gpu === undefined && inNode) {
    const { create, globals }: Dawn = await import(/* @vite-ignore */ PACKAGE);
    Object.assign(globalThis, globals);
    const gpu = create([]);
    // Node 20 has no navigator.
    if (scope.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: { gpu } });
    else Object.defineProperty(scope.navigator, 'gpu', { value: gpu });
  }
  const gpu = scope.navigator?.gpu;
  if (gpu === undefined) throw new Error('this runtime has no navigator.gpu');
  if (!(await gpu.requestAdapter()))
    throw new Error('there is no WebGPU adapter: no driver, or it is switched off');
}
