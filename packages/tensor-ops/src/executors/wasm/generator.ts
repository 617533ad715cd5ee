/** What all code of one module shares: the module, its memory, helper functions and imported functions. */
import { ArgumentError } from '../../errors.ts';
import { scalarFunction } from '../../ir/scalar-functions.ts';
import { F64, type FunctionBuilder, I32, ModuleBuilder, V128, type ValueType } from './encoder.ts';
import { MemoryPlan } from './memory.ts';
import { f32x4, v128 } from './opcodes.ts';
import { runRegion } from './threads/current.ts';
import type { ParallelProgram } from './threads/pool.ts';

/** Pages of 64 KiB that a 32-bit address reaches. */
const MOST_PAGES = 65536;

/** Scalar functions that are called in JavaScript, with their number of arguments. */
const IMPORTED = { sin: 1, cos: 1, erf: 1, power: 2 } as const;
export type ImportedName = keyof typeof IMPORTED;
const IMPORTED_NAMES = Object.keys(IMPORTED) as ImportedName[];

/** For how many threads code is generated, and when work is divided among them. */
export interface ThreadOptions {
  readonly count: number;
  /** Chunks of less work are not made. */
  readonly leastNanoseconds: number;
}

const ONE_THREAD: ThreadOptions = { count: 1, leastNanoseconds: 0 };

let programs = 0;

export class Generator {
  readonly module = new ModuleBuilder();
  readonly memory = new MemoryPlan();
  /** Whether products and sums may be fused with relaxed SIMD. */
  readonly fma: boolean;
  /** S1 kernels with more scalar operations are refused. */
  readonly mostOperations: number;
  readonly threads: ThreadOptions;
  /** The imported function (region, chunks) that has all chunks of a region done. */
  readonly fork: number;
  /** How many parallel regions there are so far. */
  regions = 0;
  private readonly imports: Record<ImportedName, number>;
  private readonly helpers = new Map<string, number>();

  constructor(fma: boolean, mostOperations: number, threads: ThreadOptions = ONE_THREAD) {
    this.fma = fma;
    this.mostOperations = mostOperations;
    this.threads = threads;
    const add = (name: ImportedName) =>
      this.module.import(name, new Array<ValueType>(IMPORTED[name]).fill(F64), [F64]);
    this.imports = { sin: add('sin'), cos: add('cos'), erf: add('erf'), power: add('power') };
    this.fork = this.module.import('fork', [I32, I32], []);
  }

  /** The index of a parallel region, a function of the number of the chunk and of the thread. */
  region(builder: FunctionBuilder): number {
    this.module.export(String(this.regions), builder);
    return this.regions++;
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
    const shared = this.regions > 0;
    const bytes = this.module.build(this.memory.pages, shared);
    const { pages } = this.memory;
    const memory = new WebAssembly.Memory(
      shared ? { initial: pages, maximum: pages, shared } : { initial: pages },
    );
    this.memory.initialise(memory.buffer);
    const host: WebAssembly.ModuleImports = {
      memory,
      fork: (region: number, chunks: number) => runRegion(program, region, chunks),
    };
    for (const name of IMPORTED_NAMES) host[name] = scalarFunction(name).evaluate;
    const module = new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(module, { host });
    const program: ParallelProgram = { id: programs++, module, memory, threads: this.threads.count, exports };
    return { exports, buffer: memory.buffer, codeBytes: bytes.length };
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
