/** Where things go that are fetched once and kept between runs, outside the repository. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cacheFolder(name: string): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'descant', name);
}
