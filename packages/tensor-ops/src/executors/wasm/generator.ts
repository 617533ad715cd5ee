/** What all code of one module shares: the module, its memory, helper functions and imported functions. */
import { ArgumentError } from '../../errors.ts';
import { scalarFunction } from '../../ir/scalar-functions.ts';
import { F64, type FunctionBuilder, ModuleBuilder, V128, type ValueType } from './encoder.ts';
import { MemoryPlan } from './memory.ts';
import { f32x4, v128 } from './opcodes.ts';

/** Pages of 64 KiB that a 32-bit address reaches. */
const MOST_PAGES = 65536;

/** Scalar functions that are called in JavaScript, with their number of arguments. */
const IMPORTED = { sin: 1, cos: 1, erf: 1, power: 2 } as const;
export type ImportedName = keyof typeof IMPORTED;
const IMPORTED_NAMES = Object.keys(IMPORTED) as ImportedName[];

export class Generator {
  readonly module = new ModuleBuilder();
  readonly memory = new MemoryPlan();
  /** Whether products and sums may be fused with relaxed SIMD. */
  readonly fma: boolean;
  /** S1 kernels with more scalar operations are refused. */
  readonly mostOperations: number;
  private readonly imports: Record<ImportedName, number>;
  private readonly helpers = new Map<string, number>();

  constructor(fma: boolean, mostOperations: number) {
    this.fma = fma;
    this.mostOperations = mostOperations;
    const add = (name: ImportedName) =>
      this.module.import(name, new Array<ValueType>(IMPORTED[name]).fill(F64), [F64]);
    this.imports = { sin: add('sin'), cos: add('cos'), erf: add('erf'), power: add('power') };
  }

  imported(name: ImportedName): number {
    return this.imports[name];
  }

  /** The index of the helper function of that name, built at its first use. */
  helper(
    name: string,
    params: readonly ValueType[],
    results: readonly ValueType[],
    build: (f: FunctionBuilder) => void,
  ): number {
    const known = this.helpers.get(name);
    if (known !== undefined) return known;
    const builder = this.module.function(params, results);
    this.helpers.set(name, builder.index);
    build(builder);
    return builder.index;
  }

  /** Pushes a vector constant given as four 32-bit words. */
  vectorConstant(f: FunctionBuilder, words: readonly [number, number, number, number]): void {
    f.i32(0).memory(v128.load, this.memory.constant(words));
  }

  /** Compiles the module; the exported functions and the memory's buffer come back. */
  instantiate(): { exports: WebAssembly.Exports; buffer: ArrayBuffer; codeBytes: number } {
    if (this.memory.pages > MOST_PAGES) {
      const needed = `${(this.memory.bytes / 2 ** 30).toFixed(1)} GiB`;
      throw new ArgumentError('wasm executor', 'memory of the program', 'fit in 4 GiB', needed);
    }
    const bytes = this.module.build(this.memory.pages);
    const memory = new WebAssembly.Memory({ initial: this.memory.pages });
    this.memory.initialise(memory.buffer);
    const host: WebAssembly.ModuleImports = { memory };
    for (const name of IMPORTED_NAMES) host[name] = scalarFunction(name).evaluate;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host });
    return { exports: instance.exports, buffer: memory.buffer, codeBytes: bytes.length };
  }
}

let relaxed: boolean | undefined;

/** Whether this machine's WebAssembly has relaxed SIMD (Node 22 and later, current browsers). */
export function hasRelaxedSimd(): boolean {
  if (relaxed === undefined) {
    const module = new ModuleBuilder();
    module.function([V128, V128, V128], [V128]).get(0).get(1).get(2).op(f32x4.multiplyAdd);
    relaxed = WebAssembly.validate(module.build(1));
  }
  return relaxed;
}
