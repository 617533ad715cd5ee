/** A corpus from a folder of MIDI files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImportOptions, importCorpus } from '../music/import-corpus.ts';

/**
 * A corpus from all files *.mid and *.midi in a folder and the folders in it; see `importCorpus`.
 *
 * @throws Error when the folder cannot be read; ArgumentError when no file can be used.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { encodeMidi } from '@descant/coconet';
 * import { importMidiFolder } from '@descant/coconet/node';
 *
 * const folder = mkdtempSync(join(tmpdir(), 'coconet-'));
 * writeFileSync(join(folder, 'a.mid'), encodeMidi([[72, 48], [72, 50]]));
 * const options = { instruments: 2, lowestPitch: 36, highestPitch: 81, shortest: 2, shares: [0, 0] } as const;
 * importMidiFolder(folder, options).corpus.train; // => [[[72, 48], [72, 50]]]
 * ```
 */
export function importMidiFolder(folder: string, options: ImportOptions): ReturnType<typeof importCorpus> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.midi?$/i.test(name))
    .sort();
  const files = names.map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
  return importCorpus(files, options);
}
