/** Files that are never half: written under a temporary name and renamed. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file so that readers see either what was there before or all of the new contents.
 *
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeWhole } from '@descant/coconet/node';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'coconet-')), 'roll.svg');
 * writeWhole(path, '<svg/>');
 * readFileSync(path, 'utf8'); // => '<svg/>'
 * ```
 */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, contents);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
