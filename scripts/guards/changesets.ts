import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Changesets of a folder that do not say, in a line of its own, what happens to the numbers. */
export function changesetsWithoutNumerics(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .filter((name) => !/^Numerics: \S/m.test(readFileSync(join(folder, name), 'utf8')));
}
