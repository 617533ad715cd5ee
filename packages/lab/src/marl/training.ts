/** Trainings of `@descant/marl-algos` inside of a run: with a progress bar, and files to go on from. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Algorithm,
  type Network,
  readTraining,
  type Training,
  train,
  writeAgent,
  writeTraining,
} from '@descant/marl-algos';

import { foldIn, type Tensor } from '@descant/tensor-ops';
import type { z } from 'zod';
import type { TaskContext } from '../experiment.ts';
import { writeAtomically } from '../results/files.ts';

/** Milliseconds of training that an interruption without warning may lose. */
const INTERVAL = 20_000;

/** What a training in a run is. */
export interface TrainingPlan<S> {
  /** Of the checkpoint in the run's folder, without its extension. */
  readonly name: string;
  readonly algorithm: Algorithm<S>;
  readonly key: Tensor;
  readonly updates: number;
  /** What the training depends on; a checkpoint is only read back under the same. */
  readonly config: z.core.util.JSONType;
}

/**
 * Trains to the end, from the checkpoint where there is one, and leaves a checkpoint when it is interrupted.
 *
 * @throws The signal's reason when it is aborted: nothing is lost, and the checkpoint goes on from there.
 */
export async function trainInRun<S>(plan: TrainingPlan<S>, context: TaskContext): Promise<Training<S>> {
  const { name, algorithm, key, updates, config } = plan;
  const { signal, progress, folder } = context;
  const path = folder === undefined ? undefined : join(folder, `${name}.safetensors`);
  const from =
    path !== undefined && existsSync(path)
      ? { from: readTraining(readFileSync(path), algorithm.init(foldIn(key, 0)), config) }
      : {};
  let saved = performance.now();
  const save = (training: Training<S>) => {
    if (path === undefined || folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    writeAtomically(path, writeTraining(training, config));
    saved = performance.now();
  };
  const training = await train(algorithm, {
    key,
    updates,
    ...from,
    signal,
    onUpdate: (now) => {
      progress(now.done / updates);
      if (performance.now() - saved > INTERVAL) save(now);
    },
  });
  save(training);
  signal.throwIfAborted();
  return training;
}

/** Keeps a trained agent in the run's folder, as `<name>.agent.safetensors`, for leagues to load. */
export function keepAgent<P>(
  { folder }: TaskContext,
  name: string,
  network: Network<P>,
  parameters: P,
): void {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeAtomically(join(folder, `${name}.agent.safetensors`), writeAgent(network, parameters));
}
