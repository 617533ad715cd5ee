/** The helpers themselves: who does what, and what happens when one fails. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type FunctionBuilder, I32, ModuleBuilder } from '../../src/executors/wasm/encoder.ts';
import { i32 } from '../../src/executors/wasm/opcodes.ts';
import { type ParallelProgram, Pool } from '../../src/executors/wasm/threads/pool.ts';

let programs = 0;
const pools: Pool[] = [];

const start = async (helpers: number, patience = 20_000): Promise<Pool> => {
  const pool = new Pool(helpers, patience);
  pools.push(pool);
  await pool.ready;
  return pool;
};

afterEach(() => {
  for (const pool of pools.splice(0)) pool.stop();
  vi.restoreAllMocks();
});

const UNREACHABLE = 0x00;

/** A program with one region (chunk, thread), and its memory as words. */
function programWith(body: (f: FunctionBuilder) => void): { program: ParallelProgram; words: Int32Array } {
  const builder = new ModuleBuilder();
  for (const name of ['sin', 'cos', 'erf', 'power', 'fork']) builder.import(name, [], []);
  const region = builder.function([I32, I32], []);
  body(region);
  builder.export('0', region);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const module = new WebAssembly.Module(builder.build(1, true));
  const nothing = (): void => {};
  const host = { memory, sin: nothing, cos: nothing, erf: nothing, power: nothing, fork: nothing };
  const { exports } = new WebAssembly.Instance(module, { host });
  const program = { id: --programs, module, memory, threads: 8, exports };
  return { program, words: new Int32Array(memory.buffer) };
}

/** Takes a while, then notes at word 1 + chunk who did it: the thread's number and one. */
const note = (f: FunctionBuilder): void => {
  f.loop(200_000, () => {});
  f.get(0).i32(4).op(i32.multiply);
  f.get(1).i32(1).op(i32.add).memory(i32.store, 4);
};

/** Does something on helpers only, or on the caller only. */
const whenHelper =
  (helper: boolean, then: (f: FunctionBuilder) => void) =>
  (f: FunctionBuilder): void => {
    f.get(1);
    if (!helper) f.op(i32.isZero);
    f.branch(() => then(f));
    note(f);
  };

/** Runs until something is so, at most ten seconds. */
function until(condition: () => boolean, run: () => void): void {
  const end = performance.now() + 10_000;
  while (!condition() && performance.now() < end) run();
  expect(condition()).toBe(true);
}

const CHUNKS = 40;

describe('chunks', () => {
  test('every thread does some, each is done', async () => {
    const pool = await start(2);
    const { program, words } = programWith(note);
    const seen = new Set<number>();
    until(
      () => seen.size === 3,
      () => {
        words.fill(0);
        pool.run(program, 0, CHUNKS);
        const who = words.slice(1, 1 + CHUNKS);
        expect(who.includes(0)).toBe(false);
        for (const thread of who) seen.add(thread);
      },
    );
    expect([...seen].sort()).toEqual([1, 2, 3]);
  });

  test('of several programs in turn, and of one that has no memory for more threads', async () => {
    const pool = await start(2);
    const all = [programWith(note), programWith(note), programWith(note)];
    const narrow = { ...all[2].program, threads: 2 };
    const seen = all.map(() => new Set<number>());
    until(
      () => seen.slice(0, 2).every((s) => s.size === 3) && seen[2].size === 2,
      () => {
        all.forEach(({ program, words }, i) => {
          words.fill(0);
          pool.run(i === 2 ? narrow : program, 0, CHUNKS);
          const who = words.slice(1, 1 + CHUNKS);
          expect(who.includes(0)).toBe(false);
          for (const thread of who) seen[i].add(thread);
        });
      },
    );
    expect(seen[2].has(3)).toBe(false);
  });
});

describe('failures', () => {
  test('a helper that gives no answer: an error, and the caller goes on alone', async () => {
    const pool = await start(1, 300);
    const stuck = programWith(
      whenHelper(true, (f) =>
        f.loopWhile(
          () => f.i32(1),
          () => {},
        ),
      ),
    );
    until(
      () => pool.size === 1,
      () => {
        try {
          pool.run(stuck.program, 0, CHUNKS);
        } catch (error) {
          expect(String(error)).toMatch(/a thread gave no answer for 0\.3 s.*call setThreads again/);
        }
      },
    );
    stuck.words.fill(0);
    pool.run(stuck.program, 0, CHUNKS);
    expect([...stuck.words.slice(1, 1 + CHUNKS)]).toEqual(new Array(CHUNKS).fill(1));
  });

  test('a helper that fails: an error and a warning with the reason', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const pool = await start(1);
    const failing = programWith(whenHelper(true, (f) => f.op(UNREACHABLE)));
    let message = '';
    until(
      () => message !== '',
      () => {
        try {
          pool.run(failing.program, 0, CHUNKS);
        } catch (error) {
          message = String(error);
        }
      },
    );
    expect(message).toMatch('wasm executor: a thread failed in this call; a warning follows');
    await vi.waitFor(() => expect(warn).toHaveBeenCalled());
    expect(warn.mock.calls[0][0]).toMatch(/unreachable/);
    // The next call finds everything in order.
    pool.run(programWith(note).program, 0, CHUNKS);
  });

  test('the caller fails: its error, after the helpers have left', async () => {
    const pool = await start(1);
    const failing = programWith(whenHelper(false, (f) => f.op(UNREACHABLE)));
    expect(() => pool.run(failing.program, 0, CHUNKS)).toThrow(WebAssembly.RuntimeError);
    const { program, words } = programWith(note);
    pool.run(program, 0, CHUNKS);
    expect(words.slice(1, 1 + CHUNKS).includes(0)).toBe(false);
  });

  test('a helper that ends: a warning, and the others go on', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const pool = await start(2);
    const [first] = (pool as unknown as { threads: Set<{ stop(): void }> }).threads;
    first.stop();
    await vi.waitFor(() => expect(warn).toHaveBeenCalled());
    expect(warn.mock.calls[0][0]).toMatch(/a thread stopped helping \(it ended with status 1\); 2 compute/);
    const { program, words } = programWith(note);
    pool.run(program, 0, CHUNKS);
    expect(words.slice(1, 1 + CHUNKS).includes(0)).toBe(false);
  });
});
