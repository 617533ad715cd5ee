/** The default executor: programs become WebAssembly with SIMD, whole loops included. */
import type { TypedArray } from '../../dtype.ts';
import type { Program } from '../../ir/attributes.ts';
import { sizeOf } from '../../shape.ts';
import type { Executable, Executor } from '../executor.ts';
import { BYTES } from './access.ts';
import { Generator, hasRelaxedSimd } from './generator.ts';
import { buildKernel, scalariseProgram } from './kernel.ts';
import { NO_LANES } from './lane-shape.ts';
import { findLanes } from './lanes.ts';

function compile(program: Program, fma: boolean): Executable {
  const g = new Generator(fma);
  const place = (t: { shape: readonly number[]; dtype: keyof typeof BYTES }) =>
    g.memory.allocate(sizeOf(t.shape) * BYTES[t.dtype]);
  const inputs = program.inputs.map(place);
  const outputs = program.outputs.map(place);
  const found = findLanes(program);
  const lanes = typeof found === 'string' ? NO_LANES : found;
  const kernel = buildKernel(g, scalariseProgram(g, program, lanes, inputs, outputs));
  g.module.export('run', kernel.run);
  const { exports, buffer, codeBytes } = g.instantiate();
  const run = exports.run as () => void;
  const view = (t: { shape: readonly number[]; dtype: keyof typeof BYTES }, address: number): TypedArray => {
    const n = sizeOf(t.shape);
    switch (t.dtype) {
      case 'float32':
        return new Float32Array(buffer, address, n);
      case 'float64':
        return new Float64Array(buffer, address, n);
      case 'int32':
        return new Int32Array(buffer, address, n);
      case 'uint32':
        return new Uint32Array(buffer, address, n);
      case 'bool':
        return new Uint8Array(buffer, address, n);
    }
  };
  const inViews = program.inputs.map((t, i) => view(t, inputs[i]));
  const outViews = program.outputs.map((t, i) => view(t, outputs[i]));
  return {
    run(values) {
      inViews.forEach((v, i) => v.set(values[i]));
      run();
      return outViews.map((v) => v.slice());
    },
    report: { executor: 'wasm', parts: [kernel.report], memoryBytes: g.memory.bytes, codeBytes },
  };
}

export const createWasmExecutor = ({ fma }: { fma: boolean }): Executor => ({
  name: 'wasm',
  compile: (program) => compile(program, fma && hasRelaxedSimd()),
});
export const wasmExecutor = createWasmExecutor({ fma: true });
