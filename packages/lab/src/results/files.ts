/** Files and folders of runs. Every file is written under a temporary name and renamed, so none is ever half. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Finding } from '../experiment.ts';
import {
  descriptionSchema,
  findingSchema,
  parseJson,
  parseResults,
  type Results,
  type RunDescription,
} from './schema.ts';

/**
 * Writes a file so that readers see either the old text or the whole new text, never a part.
 *
 * The text goes to a temporary file in the same folder, which then takes the file's name.
 *
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeAtomically } from 'descant';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'descant-')), 'notes.txt');
 * writeAtomically(path, 'whole');
 * readFileSync(path, 'utf8'); // => 'whole'
 * ```
 */
export function writeAtomically(path: string, text: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** JSON as it stands in the files: indented, with a final newline. */
export const toJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Makes the folder `<out>/<name>-<time>`, numbered when two runs start within one second. */
export function createRunFolder(out: string, name: string, startedAt: Date): string {
  const stamp = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
  mkdirSync(out, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const directory = join(out, `${name}-${stamp}${attempt === 1 ? '' : `-${attempt}`}`);
    try {
      mkdirSync(directory);
      return directory;
    } catch (error) {
      if (!existsSync(directory)) throw error;
    }
  }
}

/** The results of a run, named by its folder or by its results.json. */
export function readResults(run: string): Results {
  const path = runFile(run, 'results.json');
  return parseResults(readFileSync(path, 'utf8'), path);
}

/** The config.json of a run, named by its folder or by one of its files. */
export function readDescription(run: string): RunDescription {
  const path = runFile(run, 'config.json');
  return parseJson(descriptionSchema, readFileSync(path, 'utf8'), path);
}

/** What identifies a task in the files of a run. */
interface TaskName {
  readonly group: string;
  readonly name: string;
}

/** Where a run keeps what a task found: readable, and of its own even where names differ in signs only. */
function findingFile(directory: string, { group, name }: TaskName): string {
  const words = `${group} ${name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const hash = createHash('sha256')
    .update(JSON.stringify([group, name]))
    .digest('hex');
  return join(directory, 'findings', `${words.slice(0, 80)}-${hash.slice(0, 8)}.json`);
}

/** Keeps what a task found. */
export function writeFinding(directory: string, task: TaskName, finding: object): void {
  mkdirSync(join(directory, 'findings'), { recursive: true });
  writeAtomically(findingFile(directory, task), JSON.stringify(finding));
}

/** What a task found in an earlier run; undefined when it has not been done. */
export function readFinding(directory: string, task: TaskName): Finding | undefined {
  const path = findingFile(directory, task);
  return existsSync(path) ? parseJson(findingSchema, readFileSync(path, 'utf8'), path) : undefined;
}

function runFile(run: string, file: string): string {
  if (!existsSync(run)) throw new UsageError(`no run at ${run}`);
  const folder = statSync(run).isDirectory() ? run : dirname(run);
  const path = folder !== run && file === 'results.json' ? run : join(folder, file);
  if (!existsSync(path)) throw new UsageError(`${run} is not a run: it has no ${file}`);
  return path;
}
