/** Finding the chorales: a path given, an environment variable, a cache, or a download that is checked. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { atResolution, type Corpus, parseCorpus, type Resolution } from '../data/chorales.ts';
import { writeWhole } from './files.ts';

/** The data set that Cooijmans et al. used, at sixteenths, with its commit and checksum. It has no licence. */
const CHORALES = {
  file: 'Jsb16thSeparated.json',
  url: 'https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/Jsb16thSeparated.json',
  sha256: '79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7',
} as const;

/** The environment variable that names a local copy. */
const VARIABLE = 'DESCANT_CHORALES';

/** Options of `loadChorales`. */
export interface LoadOptions {
  /** A local file of the same form; default: the one that the environment variable DESCANT_CHORALES names. */
  readonly path?: string;
  /** Default 'sixteenth', that of the file. */
  readonly resolution?: Resolution;
  /** Folder for the downloaded file; default: `descant` in XDG_CACHE_HOME or ~/.cache. */
  readonly cache?: string;
  /** Whether to download the file when it is not in the cache; default true. */
  readonly download?: boolean;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function downloaded(): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(CHORALES.url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `loadChorales: cannot download ${CHORALES.url}: ${reason}; ${VARIABLE} can name a local copy`,
    );
  }
  if (!response.ok)
    throw new Error(
      `loadChorales: cannot download ${CHORALES.url}: status ${response.status}; ${VARIABLE} can name a local copy`,
    );
  return new Uint8Array(await response.arrayBuffer());
}

/** The bytes, unless they are not those of the data set. */
function checked(bytes: Uint8Array, origin: string): Uint8Array {
  const found = sha256(bytes);
  if (found !== CHORALES.sha256)
    throw new Error(`loadChorales: ${origin} must have the sha256 ${CHORALES.sha256}; got ${found}`);
  return bytes;
}

/**
 * Bach's chorales in four parts, 229 for training, 76 for validation and 77 for tests, as soprano, alto, tenor, bass.
 *
 * Takes the file from `path`, else from the path in the environment variable DESCANT_CHORALES, else from the cache,
 * else downloads it from its public home into the cache. Cached and downloaded files must have the right checksum;
 * local paths may hold any corpus of the same form. The data set has no licence and is not part of this package.
 *
 * Source: Boulanger-Lewandowski et al. (2012), in the form of github.com/czhuang/JSB-Chorales-dataset.
 *
 * @throws Error when no file is found or its checksum differs; ArgumentError when its contents are not a corpus.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadChorales } from '@descant/coconet/node';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'coconet-')), 'own.json');
 * writeFileSync(path, '{ "train": [[[60], [60], [62], [62]]], "valid": [], "test": [] }');
 * const { train } = await loadChorales({ path, resolution: 'eighth' });
 * train; // => [[[60], [62]]]
 * ```
 */
export async function loadChorales(options: LoadOptions = {}): Promise<Corpus> {
  const { resolution = 'sixteenth', download = true } = options;
  const local = options.path ?? process.env[VARIABLE];
  if (local !== undefined && local !== '') {
    if (!existsSync(local)) {
      const named = options.path === undefined ? `${VARIABLE} names ${local}, which` : local;
      throw new Error(`loadChorales: ${named} does not exist`);
    }
    return atResolution(parseCorpus(readFileSync(local, 'utf8')), resolution);
  }
  const folder = options.cache ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'descant');
  const cached = join(folder, CHORALES.file);
  if (!existsSync(cached)) {
    if (!download)
      throw new Error(
        `loadChorales: ${cached} does not exist; allow the download, or set ${VARIABLE} to a local copy`,
      );
    writeWhole(cached, checked(await downloaded(), CHORALES.url));
  }
  const bytes = checked(readFileSync(cached), cached);
  return atResolution(parseCorpus(new TextDecoder().decode(bytes)), resolution);
}
