/** The helper threads of the thread that calls compiled programs. */
import { helperSource } from './helper-source.ts';
import { CONTROL_BYTES, type Message, SPIN_MILLISECONDS, WORD } from './protocol.ts';
import { startThread, type Thread } from './thread.ts';

/** A compiled program with parallel regions. */
export interface ParallelProgram {
  readonly id: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
  /** The regions by their index, and other functions by their names. */
  readonly exports: WebAssembly.Exports;
}

type Region = (chunk: number, thread: number) => void;

/** Where a helper's chunk takes longer, it is taken for dead. */
export const PATIENCE_MILLISECONDS = 60_000;

/** Whether this thread may sleep: the main thread of a browser may not. */
function maySleep(control: Int32Array): boolean {
  try {
    Atomics.wait(control, WORD.waiting, 1, 0);
    return true;
  } catch {
    return false;
  }
}

export class Pool {
  /** Settled when all helpers run. */
  readonly ready: Promise<void>;
  private control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  private readonly threads = new Set<Thread>();
  private readonly known = new Set<number>();
  private readonly dropped = new FinalizationRegistry<{ id: number; bytes: number }>((program) => {
    this.known.delete(program.id);
    this.tell({ kind: 'forget', ...program });
  });
  private readonly sleeps = maySleep(this.control);
  private readonly patience: number;
  private stopped = false;

  /** Starts so many helpers. */
  constructor(helpers: number, patience: number) {
    this.patience = patience;
    const source = helperSource();
    const start = (index: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const thread = startThread(source, {
          message: (text) => {
            if (text !== '') this.warn(text);
            else {
              thread.release();
              resolve();
            }
          },
          ended: (reason) => {
            reject(new Error(`setThreads: a thread does not start: ${reason}`));
            if (this.threads.delete(thread) && !this.stopped) this.warn(reason);
          },
        });
        this.threads.add(thread);
        thread.send({ kind: 'start', control: this.control.buffer, thread: index } as Message);
      });
    this.ready = Promise.all(Array.from({ length: helpers }, (_, i) => start(i + 1))).then(() => undefined);
  }

  /** Threads at work, the caller's included. */
  get size(): number {
    return this.threads.size + 1;
  }

  stop(): void {
    this.stopped = true;
    for (const thread of this.threads) thread.stop();
    this.threads.clear();
  }

  /** Runs all chunks of a region, on this thread and on those that come to help. */
  run(program: ParallelProgram, region: number, chunks: number): void {
    const { control } = this;
    const run = program.exports[region] as Region;
    if (!this.known.has(program.id)) this.introduce(program);
    control[WORD.program] = program.id;
    control[WORD.region] = region;
    control[WORD.chunks] = chunks;
    control[WORD.next] = 0;
    Atomics.store(control, WORD.open, 1);
    this.wake();
    try {
      const take = (): number => Atomics.add(control, WORD.next, 1);
      for (let chunk = take(); chunk < chunks; chunk = take()) run(chunk, 0);
    } finally {
      Atomics.store(control, WORD.open, 0);
      this.join();
    }
    if (control[WORD.failed] > 0) {
      control[WORD.failed] = 0;
      throw new Error('wasm executor: a thread failed in this call; a warning follows with its message');
    }
  }

  /** Sends a program to all helpers. */
  private introduce(program: ParallelProgram): void {
    const { id, module, memory, threads } = program;
    this.known.add(id);
    this.dropped.register(program, { id, bytes: memory.buffer.byteLength });
    this.tell({ kind: 'program', id, module, memory, threads });
  }

  private tell(message: Message): void {
    Atomics.add(this.control, WORD.messages, 1);
    for (const thread of this.threads) thread.send(message);
    this.wake();
  }

  private wake(): void {
    Atomics.add(this.control, WORD.epoch, 1);
    if (Atomics.load(this.control, WORD.sleeping) > 0) Atomics.notify(this.control, WORD.epoch);
  }

  /** Waits until no helper is in the job that was closed. */
  private join(): void {
    const { control } = this;
    const begin = performance.now();
    for (let looks = 1; ; looks++) {
      const active = Atomics.load(control, WORD.active);
      if (active === 0) return;
      const waited = looks % 64 === 0 ? performance.now() - begin : 0;
      if (waited > SPIN_MILLISECONDS && this.sleeps) {
        Atomics.store(control, WORD.waiting, 1);
        Atomics.wait(control, WORD.active, active, this.patience / 8);
        Atomics.store(control, WORD.waiting, 0);
      }
      if (waited > this.patience) {
        this.stop();
        // The helper may still write to the old words.
        this.control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
        throw new Error(
          `wasm executor: a thread gave no answer for ${this.patience / 1000} s; ` +
            'the results of this call are lost, and this thread goes on alone: call setThreads again',
        );
      }
    }
  }

  private warn(reason: string): void {
    console.warn(`@descant/tensor-ops: a thread stopped helping (${reason}); ${this.size} compute`);
  }
}
