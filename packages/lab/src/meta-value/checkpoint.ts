/** Checkpoints of training: the state as safetensors, with what it is the state of. */
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { readSafetensors, recordToTree, treeToRecord, writeSafetensors } from '@descant/tensor-ops/io';
import { z } from 'zod';
import { writeAtomically } from '../results/files.ts';
import { parseJson } from '../results/schema.ts';

const format = 'descant training';
const version = '1';

/** A state, how much training it took, and what was seen on the way. */
export interface Checkpoint<S> {
  readonly state: S;
  /** Outer loops, or updates, done. */
  readonly done: number;
  /** Seconds of processor time. */
  readonly seconds: number;
  readonly history: readonly Readonly<Record<string, number | null>>[];
}

const progressSchema = z.strictObject({
  done: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  history: z.array(z.record(z.string(), z.number().nullable())),
});

/**
 * Writes a checkpoint.
 *
 * @param config - What the training depends on; a checkpoint is only read back under the same.
 */
export function writeCheckpoint<S>(
  path: string,
  { state, ...progress }: Checkpoint<S>,
  config: z.core.util.JSONType,
): void {
  const metadata = {
    format,
    version,
    config: JSON.stringify(config),
    progress: JSON.stringify(progress),
  };
  writeAtomically(path, writeSafetensors(treeToRecord(state), metadata));
}

/**
 * Reads a checkpoint; undefined when there is none.
 *
 * @param like - A state of the same structure and shapes.
 * @throws Error when the file is no checkpoint, of another version, or of another training.
 */
export function readCheckpoint<S>(
  path: string,
  like: S,
  config: z.core.util.JSONType,
): Checkpoint<S> | undefined {
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  if (metadata.format !== format) throw new Error(`${path}: is not a checkpoint of training`);
  if (metadata.version !== version) {
    throw new Error(
      `${path}: is a checkpoint of version ${metadata.version}; this descant reads version ${version}`,
    );
  }
  const stored = parseJson(z.json(), metadata.config ?? '', `${path}, config`);
  if (!isDeepStrictEqual(stored, JSON.parse(JSON.stringify(config)))) {
    throw new Error(`${path}: is a checkpoint of another training; remove it, or train as it was trained`);
  }
  const progress = parseJson(progressSchema, metadata.progress ?? '', `${path}, progress`);
  return { state: recordToTree(tensors, like), ...progress };
}
