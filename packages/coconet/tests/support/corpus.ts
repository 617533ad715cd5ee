import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const candidates = [
  process.env.DESCANT_CHORALES,
  fileURLToPath(new URL('../../../../../shared/data/Jsb16thSeparated.json', import.meta.url)),
];

/** A local copy of the chorales, which have no licence and are not in the repository. */
export const choralesPath = candidates.find((path) => path !== undefined && path !== '' && existsSync(path));

/** Why tests on the chorales are skipped, where they are: it ends their names. */
export const skipNote =
  choralesPath === undefined ? ': DESCANT_CHORALES names no file, and ../shared/data has none' : '';
