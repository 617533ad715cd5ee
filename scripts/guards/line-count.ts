import { readFileSync } from 'node:fs';
import { displayPath, sourceFiles } from '../lib/workspace.ts';

const sources = ['.ts', '.mts', '.js', '.mjs', '.py', '.svelte', '.css', '.sh'];

/** Source files below `directory` that are longer than `limit` lines, as `path: N lines`. */
export function longFiles(directory: string, limit: number): string[] {
  return sourceFiles(directory, sources).flatMap((file) => {
    const lines = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n').length;
    return lines > limit ? [`${displayPath(file)}: ${lines} lines`] : [];
  });
}
