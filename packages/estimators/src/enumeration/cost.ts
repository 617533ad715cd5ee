/** What one run of a stochastic program costs, apart from its random numbers. */
import {
  broadcastTo,
  flatten,
  type JitOptions,
  jit,
  key,
  scan,
  type Tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import { explain } from '@descant/tensor-ops/debug';
import { type Chance, type StochasticProgram, sampledChance } from './chance.ts';

/** Cost of one run. */
export interface Cost {
  /** Operations in the compiled program of one run; bodies of loops count once. */
  readonly operations: number;
  /** Wall time of one run within a batch of 256, compilation left out. Differs from call to call. */
  readonly microseconds: number;
}

const BATCH = 256;

/** Draws as `chance` does, and keeps what was drawn. */
function recording(chance: Chance, draws: Tensor[]): Chance {
  const kept = (drawn: Tensor): Tensor => {
    draws.push(drawn);
    return drawn;
  };
  return {
    categorical: (logits) => kept(chance.categorical(logits)),
    signs: (shape, dtype) => kept(chance.signs(shape, dtype)),
    normal: (shape, dtype) => kept(chance.normal(shape, dtype)),
  };
}

/** Gives out draws that were kept. */
function replaying(draws: readonly Tensor[]): Chance {
  let next = 0;
  const take = () => draws[next++];
  return { categorical: take, signs: take, normal: take };
}

/** Counts and times a program on draws that are arguments, so that making random numbers is not part of it. */
export function costOf(program: StochasticProgram<unknown>, options: JitOptions): Cost {
  const draws: Tensor[] = [];
  program(recording(sampledChance(key(0)), draws));
  const run = (given: readonly Tensor[]) => program(replaying(given));
  const { operations } = explain(run, [draws], options);
  // The last argument, which the program does not use, gives those without draws a batch, too.
  const batch = [...draws, zeros([])].map((d) => broadcastTo(d, [1, BATCH, ...d.shape]));
  // As in `enumerate` and `simulate`: batches in a loop.
  const compiled = jit((batches: readonly Tensor[]) => {
    return scan((carry, rows) => [carry, vmap(run)(rows)], null, batches)[1];
  }, options);
  const milliseconds = (): number => {
    const start = performance.now();
    // Reading the results waits for executors that compute elsewhere.
    for (const leaf of flatten(compiled(batch)).leaves) leaf.data;
    return performance.now() - start;
  };
  milliseconds();
  const times = Array.from({ length: 5 }, milliseconds).sort((a, b) => a - b);
  return {
    operations: Object.values(operations).reduce((total, n) => total + n, 0),
    microseconds: (1000 * times[2]) / BATCH,
  };
}
