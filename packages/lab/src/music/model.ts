/** The network that a command uses: a file's, or the one that comes with @descant/coconet. */
import { existsSync, readFileSync } from 'node:fs';
import { type Coconet, type Conditionals, conditionalsOf, decodeModel } from '@descant/coconet';
import { pretrained } from '@descant/coconet/weights';
import type { Executor } from '@descant/tensor-ops';
import { createTensorflowExecutor } from '@descant/tensor-ops/tensorflow';
import { UsageError } from '../errors.ts';

/** The model in a file, or without one the trained model of the package. */
async function modelFrom(path: string | undefined): Promise<Coconet> {
  return path === undefined ? pretrained() : decodeModel(bytesOf(path));
}

/** The conditional distributions of `modelFrom`. */
export const conditionalsFrom = async (path: string | undefined): Promise<Conditionals> =>
  conditionalsOf(await modelFrom(path));

/** The contents of a file that the user named. */
export function bytesOf(path: string): Uint8Array {
  if (!existsSync(path)) throw new UsageError(`no file ${path}`);
  return readFileSync(path);
}

/** The executor of a name; undefined is the default one. */
export async function executorOf(name: 'wasm' | 'tensorflow'): Promise<Executor | undefined> {
  return name === 'tensorflow' ? createTensorflowExecutor() : undefined;
}
