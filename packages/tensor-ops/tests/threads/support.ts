/** Programs on one thread and on several, with every parallel path taken however small the program is. */
import type { Executable, Tensor, TypedArray } from '@descant/tensor-ops';
import { type CompileOptions, compileProgram, MOST_OPERATIONS } from '../../src/executors/wasm/compile.ts';
import { hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';
import { useThreads } from '../../src/executors/wasm/threads/current.ts';
import { type ParallelProgram, Pool } from '../../src/executors/wasm/threads/pool.ts';
import type { Program } from '../../src/ir/attributes.ts';

/** The caller and two helpers. */
export const THREADS = 3;
const PATIENCE = 20_000;

type Region = (chunk: number, thread: number) => void;

const sleep = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/** A pool whose caller takes its time, so that helpers do most of the work, and that counts who did what. */
export class LatePool extends Pool {
  own = 0;
  all = 0;
  private readonly late = new WeakMap<ParallelProgram, ParallelProgram>();

  constructor() {
    super(THREADS - 1, PATIENCE);
  }

  override run(program: ParallelProgram, region: number, chunks: number): void {
    this.all += chunks;
    let late = this.late.get(program);
    if (!late) {
      const exports = Object.fromEntries(
        Object.entries(program.exports).map(([name, run]) => [
          name,
          (chunk: number, thread: number) => {
            this.own++;
            sleep(0.1);
            (run as Region)(chunk, thread);
          },
        ]),
      );
      late = { ...program, exports };
      this.late.set(program, late);
    }
    super.run(late, region, chunks);
  }
}

/** In place of a pool: does all chunks but the last of every region. */
export const lazyPool = {
  run(program: ParallelProgram, region: number, chunks: number): void {
    for (let chunk = 0; chunk < chunks - 1; chunk++) (program.exports[region] as Region)(chunk, 0);
  },
  stop(): void {},
} as unknown as Pool;

/** Threads for a group of tests: begun before, ended after. */
export const begin = async (): Promise<LatePool> => {
  const pool = new LatePool();
  useThreads(THREADS, pool);
  await pool.ready;
  return pool;
};

export const end = (): void => void useThreads(1);

export type Schedule = 'S1' | 'S2';

/** A program for one thread and for several; the latter in chunks of any size. */
export function bothWays(
  program: Program,
  schedule: Schedule,
  fma = true,
): { one: Executable; several: Executable } {
  const options: CompileOptions = {
    fma: fma && hasRelaxedSimd(),
    mostOperations: schedule === 'S1' ? MOST_OPERATIONS : 0,
    scalarFirst: schedule === 'S1',
  };
  const threads = { count: THREADS, leastNanoseconds: 0 };
  return { one: compileProgram(program, options), several: compileProgram(program, { ...options, threads }) };
}

/** Whether any part of a program is shared by threads. */
export const isParallel = ({ report }: Executable): boolean =>
  report.parts.some(({ threads }) => threads === THREADS);

/** The first output that has other bits, described; undefined when there is none. */
export function otherBits(
  actual: readonly TypedArray[],
  expected: readonly TypedArray[],
): string | undefined {
  const bytes = (x: TypedArray): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  for (const [i, wanted] of expected.entries()) {
    const [a, b] = [bytes(actual[i]), bytes(wanted)];
    const at = b.findIndex((byte, k) => byte !== a[k]);
    if (at < 0 && a.length === b.length) continue;
    const element = Math.floor(at / wanted.BYTES_PER_ELEMENT);
    return `output ${i}, element ${element}: ${actual[i][element]} instead of ${wanted[element]}`;
  }
  return undefined;
}

/** How the results on several threads differ from those on one, in either of two runs. */
export function differenceOf(
  { one, several }: ReturnType<typeof bothWays>,
  args: readonly Tensor[],
): string | undefined {
  const inputs = args.map((x) => x.data);
  const expected = one.run(inputs);
  // The second run finds the working memory of the first.
  return otherBits(several.run(inputs), expected) ?? otherBits(several.run(inputs), expected);
}
