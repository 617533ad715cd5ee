/**
 * What the calling thread and its helpers have in common: words of shared memory, and what a message says.
 *
 * A job is a parallel region of one compiled program: so many chunks, which every thread takes one after the other
 * by adding to NEXT. The caller opens a job, takes chunks like the others, closes it and waits until nobody is at
 * work in it. So a helper that sleeps, or does not know the program yet, costs nothing but its help.
 */

/** Indices into the control words. */
export const WORD = {
  /** Changes whenever helpers should look: the word that they sleep on. */
  epoch: 0,
  /** The job: program, region, number of chunks, the next chunk. */
  program: 1,
  region: 2,
  chunks: 3,
  next: 4,
  /** Whether the job may be entered. */
  open: 5,
  /** Helpers that are in the job, or looking whether there is one. The caller waits for 0. */
  active: 6,
  /** Messages sent to each helper so far. */
  messages: 7,
  /** Helpers that sleep, and whether the caller does. */
  sleeping: 8,
  waiting: 9,
  /** Whether a chunk failed. */
  failed: 10,
} as const;

export const CONTROL_BYTES = 64;

/** How long a thread looks for a change before it sleeps: longer than most gaps between the regions of a program. */
export const SPIN_MILLISECONDS = 1;

/** What the caller tells its helpers, in order. */
export type Message =
  | { readonly kind: 'start'; readonly control: SharedArrayBuffer; readonly thread: number }
  | {
      readonly kind: 'program';
      readonly id: number;
      readonly module: WebAssembly.Module;
      readonly memory: WebAssembly.Memory;
      /** Threads that the program has working memory for. */
      readonly threads: number;
    }
  | { readonly kind: 'forget'; readonly id: number; readonly bytes: number };
