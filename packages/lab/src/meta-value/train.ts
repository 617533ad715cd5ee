/** Training that can be interrupted: compiled calls one after another, each followed by a checkpoint. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { z } from 'zod';
import type { TaskContext } from '../experiment.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';

/** A training as a sequence of calls. */
export interface Training<S> {
  readonly start: S;
  /** Goes on by `step` loops or updates, and tells what they showed. */
  advance(state: S): { state: S; seen: Readonly<Record<string, number>> };
  readonly step: number;
  /** How many there are in all, a multiple of the step. */
  readonly total: number;
}

/**
 * Trains to the end, from the checkpoint where there is one.
 *
 * @param name - Of the checkpoint in the run's folder, without its extension.
 * @param config - What the training depends on.
 * @throws The signal's reason when it is aborted: at most one call is lost, and the checkpoint goes on from there.
 */
export async function train<S>(
  training: Training<S>,
  name: string,
  config: z.core.util.JSONType,
  { signal, progress, folder }: TaskContext,
): Promise<Checkpoint<S>> {
  const path = folder === undefined ? undefined : join(folder, `${name}.safetensors`);
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const found = path === undefined ? undefined : readCheckpoint(path, training.start, config);
  let now: Checkpoint<S> = found ?? { state: training.start, done: 0, seconds: 0, history: [] };
  while (now.done < training.total) {
    await nextTurn();
    signal.throwIfAborted();
    const before = process.cpuUsage();
    const { state, seen } = training.advance(now.state);
    const { user, system } = process.cpuUsage(before);
    const done = now.done + training.step;
    now = {
      state,
      done,
      seconds: now.seconds + (user + system) / 1e6,
      history: [...now.history, { done, ...mapFinite(seen) }],
    };
    if (path !== undefined) writeCheckpoint(path, now, config);
    progress(done / training.total);
  }
  return now;
}

/** Null in place of what is not finite, which JSON does not have: a training that diverges shows it. */
const mapFinite = (seen: Readonly<Record<string, number>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(seen).map(([name, x]) => [name, Number.isFinite(x) ? x : null]));
